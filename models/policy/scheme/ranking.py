"""Places in an order with ties, and the awards that go by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from models.policy.scheme.consequences import Award, AwardTies, End, Order, Ranking, RankTies
from models.policy.scheme.figures import Figure, RuleRef, Term, settled


@dataclass(frozen=True, slots=True)
class Place:
    """Where a subject stands: its rank, the positions that it and those of the same score take up."""

    rank: int
    first: int
    last: int
    tied: tuple[str, ...]
    """All subjects of this score, itself among them, by key."""

    def span(self, ties: RankTies) -> tuple[int, int]:
        """The places it competes for: every position of the tie, or the one rank they share."""
        return (self.rank, self.rank) if ties is RankTies.DENSE else (self.first, self.last)


@dataclass(frozen=True, slots=True)
class Granted:
    """An award and why. `held` where a tie leaves it to people; then the amount is empty."""

    award: str
    rule: RuleRef
    place: int | None
    """From the award's end of the ranking; None for one that does not go by place."""
    tied: tuple[str, ...]
    amount: Figure | None
    unit: str
    held: bool = False


def places(scores: Mapping[str, Decimal], ranking: Ranking, end: End = End.TOP) -> dict[str, Place]:
    """The place of each subject; equal scores share one. Counted from the bottom, the last is place 1."""
    highest = (ranking.order is Order.HIGHEST_FIRST) == (end is End.TOP)
    compared = {subject: settled(score) for subject, score in scores.items()}
    ordered = sorted(sorted(compared), key=lambda subject: compared[subject], reverse=highest)
    found: dict[str, Place] = {}
    first = 1
    for dense, (_, group) in enumerate(groupby(ordered, key=lambda subject: compared[subject]), 1):
        tied = tuple(sorted(group))
        rank = dense if ranking.ties is RankTies.DENSE else first
        place = Place(rank, first, first + len(tied) - 1, tied)
        found |= dict.fromkeys(tied, place)
        first += len(tied)
    return found


def granted(award: Award, place: Place, ties: RankTies, rule: RuleRef) -> Granted | None:
    """What the award gives to whoever holds this place; its condition is the caller's to check."""
    first, last = place.span(ties)
    won = [number for number in range(first, last + 1) if number <= award.places]
    if not won:
        return None
    held = award.ties is AwardTies.HELD and _disputed(award, place, first, last)
    amount = None if held or not award.amounts else _amount(award, place, won, rule)
    return Granted(award.key, rule, first, place.tied, amount, award.unit, held)


def _disputed(award: Award, place: Place, first: int, last: int) -> bool:
    """Whether those who share the place cannot all have the same out of what there is."""
    if len(place.tied) == 1:
        return False
    room = last - first + 1 == len(place.tied) and last <= award.places
    return not room or len({settled(amount) for amount in award.amounts[first - 1 : last]}) > 1


def _amount(award: Award, place: Place, won: list[int], rule: RuleRef) -> Figure:
    """The amount, explained: the best place's, or the sum of all places won over those who share it."""
    split = award.ties is AwardTies.SPLIT
    terms = tuple(
        Term(f"place {number}", award.amounts[number - 1]) for number in (won if split else won[:1])
    )
    basis = tuple(Term(subject, Decimal(1)) for subject in place.tied) if split else ()
    return Figure.of(award.key, rule, terms, basis)
