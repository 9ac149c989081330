"""A scheme: what is asked, how it is worked out, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from models.policy.scheme.consequences import Award, Grading, Ranking, Veto
from models.policy.scheme.figures import RuleRef
from models.policy.scheme.rules import Rule


@dataclass(frozen=True, slots=True)
class Input:
    """What a scorecard may say: a number from `low` to `high`, or (`graded`) the key of a grade."""

    key: str
    zh: str
    en: str
    low: Decimal | None = None
    high: Decimal | None = None
    graded: bool = False
    places: int = 0


@dataclass(frozen=True, slots=True)
class Scheme:
    """Weighted criteria and their consequences (domain guide 2): scorecards go in, standings come out."""

    key: str
    version: str
    """District and version of the rulebook, e.g. "jinjiang/2026.1"."""
    zh: str
    en: str
    inputs: tuple[Input, ...]
    sheet: tuple[Rule, ...] = ()
    """Figures of each scorecard alone, in an order in which each finds what it is made from."""
    rules: tuple[Rule, ...] = ()
    """Figures of a subject, likewise."""
    score: str | None = None
    """The rule whose figure is the score."""
    vetoes: tuple[Veto, ...] = ()
    ranking: Ranking | None = None
    grading: Grading | None = None
    awards: tuple[Award, ...] = ()

    def ref(self, rule: str) -> RuleRef:
        return RuleRef(self.key, rule, self.version)

    def award(self, key: str) -> Award:
        """The award of this key; raises StopIteration where there is none."""
        return next(award for award in self.awards if award.key == key)
