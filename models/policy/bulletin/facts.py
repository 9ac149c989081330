"""From recorded facts to the scorecards of a bulletin: what each column counts (docs/bulletins.md).

Pure counting. Which facts belong to the period, and what was known at its end, the query has decided.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from models.policy.bulletin.period import Period, period
from models.policy.scheme.definition import Scheme
from models.policy.scheme.figures import Reading, Scorecard
from models.policy.scheme.standings import standings
from models.terms import BulletinKind, Criterion

SCHEMES: Mapping[BulletinKind, str] = {
    BulletinKind.DEPARTMENTS: "bulletin_departments",
    BulletinKind.STREETS: "bulletin_streets",
    BulletinKind.REVIEWS: "reverse_review",
    BulletinKind.ANNUAL: "annual_review",
}
"""The scheme of the rulebook that makes each table; a rulebook without it has no such table."""
MONTHLY = (BulletinKind.DEPARTMENTS, BulletinKind.STREETS, BulletinKind.REVIEWS)


@dataclass(frozen=True, slots=True)
class PartFacts:
    """A part of an issue offered to a department in the period, as it stood at the period's end."""

    issue: str
    department: str
    accepted_on_time: bool = False
    reported_in_on_time: bool = False
    done: bool = False
    late: bool = False
    """Whether a time to handle it had run out."""
    reworked: bool = False
    misdirected: bool = False
    """Returned, and the return upheld."""
    passed_on: bool = False
    """Returned, and another unit named to solve it first: whose duty it is stays open."""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """A street's call of the period."""

    issue: str
    street: str
    misdirected: bool = False


@dataclass(frozen=True, slots=True)
class RatingFacts:
    """A reporter's rating given in the period, for each department that had done its part."""

    issue: str
    department: str
    satisfied: bool


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """A reverse review: signed in the period, or owed since then and missing (`scores` is None)."""

    issue: str
    assignment: str
    department: str
    month: str = ""
    scores: Mapping[str, int] | None = None
    """By criterion."""


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """A score sheet of the year, from a community or a resident."""

    sheet: str
    department: str
    score: Decimal


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything counted of one period."""

    parts: tuple[PartFacts, ...] = ()
    calls: tuple[CallFacts, ...] = ()
    ratings: tuple[RatingFacts, ...] = ()
    reviews: tuple[ReviewFacts, ...] = ()
    sheets: tuple[SheetFacts, ...] = ()


def department_cards(scheme: Scheme, facts: Facts, subjects: Iterable[str]) -> list[Scorecard]:
    """One card a department; who was dispatched nothing has counts of 0, and so empty rates."""
    found: dict[str, dict[str, list[str]]] = {subject: defaultdict(list) for subject in subjects}
    for part in facts.parts:
        counted = found.get(part.department, defaultdict(list))
        for column in _columns(part):
            counted[column].append(part.issue)
    for rating in facts.ratings:
        counted = found.get(rating.department, defaultdict(list))
        counted["rated"].append(rating.issue)
        if not rating.satisfied:
            counted["dissatisfied"].append(rating.issue)
    return [_card(scheme, subject, counted) for subject, counted in found.items()]


def _columns(part: PartFacts) -> list[str]:
    outcome = "" if part.misdirected or part.passed_on else "not_done"
    if part.done:
        outcome = "done_late" if part.late else "done_on_time"
    counted = {
        "dispatched": True,
        outcome: outcome != "",
        "accepted_on_time": part.accepted_on_time,
        "reported_in_on_time": part.reported_in_on_time,
        "accurately_dispatched": not part.misdirected,
        "reworked": part.reworked,
    }
    return [column for column, counts in counted.items() if counts]


def street_cards(scheme: Scheme, facts: Facts, subjects: Iterable[str]) -> list[Scorecard]:
    """One card a street."""
    found: dict[str, dict[str, list[str]]] = {subject: defaultdict(list) for subject in subjects}
    for call in facts.calls:
        counted = found.get(call.street, defaultdict(list))
        counted["calls"].append(call.issue)
        if not call.misdirected:
            counted["not_misdirected"].append(call.issue)
    return [_card(scheme, subject, counted) for subject, counted in found.items()]


def _card(scheme: Scheme, subject: str, counted: Mapping[str, list[str]]) -> Scorecard:
    issues = {entry.key: tuple(sorted(counted.get(entry.key, ()))) for entry in scheme.inputs}
    return Scorecard(subject, subject, {key: Reading(Decimal(len(ids)), ids) for key, ids in issues.items()})


def review_cards(scheme: Scheme, facts: Facts) -> list[Scorecard]:
    """One card a department and issue; a review that is missing is a card with nothing filled in."""
    asked = {criterion.value: criterion.value.lower() for criterion in Criterion}
    inputs = {entry.key for entry in scheme.inputs}
    return [
        Scorecard(
            review.department,
            review.assignment,
            {
                key: Reading(
                    None if review.scores is None else Decimal(review.scores[criterion]), (review.issue,)
                )
                for criterion, key in asked.items()
                if key in inputs
            },
        )
        for review in facts.reviews
    ]


def annual_cards(process: Scheme, facts: Facts) -> list[Scorecard]:
    """A card for each month's process score, unrounded, and one for each score sheet of the year.

    `process` makes the score of a month. A month in which a department was owed no review has no card, one
    whose reviews are all missing an empty one.
    """
    by_month: dict[str, list[ReviewFacts]] = defaultdict(list)
    for review in facts.reviews:
        by_month[review.month].append(review)
    cards: list[Scorecard] = []
    for name, reviews in sorted(by_month.items()):
        of = period(name)
        if of is not None and process.score is not None:
            cards += _month(process, of, reviews)
    cards += [
        Scorecard(sheet.department, sheet.sheet, {"sheet_score": Reading(sheet.score)})
        for sheet in facts.sheets
    ]
    return cards


def _month(process: Scheme, of: Period, reviews: list[ReviewFacts]) -> list[Scorecard]:
    cards = []
    for standing in standings(process, review_cards(process, Facts(reviews=tuple(reviews))), of.last):
        issues = sorted(review.issue for review in reviews if review.department == standing.subject)
        value = standing.score.value if standing.score else None
        cards.append(Scorecard(standing.subject, of.name, {"month": Reading(value, tuple(issues))}))
    return cards
