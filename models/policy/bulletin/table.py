"""The table of a bulletin: from facts to standings, and to the document that is frozen and published.

The document is plain JSON whose every number is a text, so that one writing of it is the only one: the same
facts, rules and subjects give the same bytes. Ids of issues stand beside it, since it is open to the public
and they are not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from models.policy.bulletin import facts as counting
from models.policy.bulletin.facts import CallFacts, Facts, PartFacts, RatingFacts, ReviewFacts
from models.policy.bulletin.period import Period
from models.policy.scheme.consequences import Award
from models.policy.scheme.definition import Input, Scheme
from models.policy.scheme.figures import Figure, Scorecard, Term, settled
from models.policy.scheme.rules import Rule, SheetMean, SheetSum
from models.policy.scheme.standings import Standing, standings
from models.terms import BulletinKind, FigurePart

Json = dict[str, Any]
FORMAT = 1
"""Of the document; whoever reads an old one can tell."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who stands in the table, as named when it was frozen."""

    id: str
    key: str
    zh: str
    en: str

    def to_json(self) -> Json:
        return {"id": self.id, "key": self.key, "zh": self.zh, "en": self.en}


@dataclass(frozen=True, slots=True)
class Frame:
    """What a table is made under, besides its facts: all of it is in the document."""

    kind: BulletinKind
    period: Period
    begins: str
    cut_off: str
    """Instants in ISO 8601. What was recorded at the cut-off or later is not known to the table."""
    rulebook: str
    district: Subject
    subjects: tuple[Subject, ...]
    scheme: Scheme
    scheme_digest: str
    process: Scheme | None = None
    """For a year: what makes the score of each month."""


@dataclass(frozen=True, slots=True)
class Behind:
    """The issues behind one side of one figure; an issue that counts twice stands twice."""

    subject: str
    column: str
    part: FigurePart
    issues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A bulletin before it is written down."""

    document: Json
    behind: tuple[Behind, ...]


def table(frame: Frame, facts: Facts) -> Table:
    """The whole table: figures, ranks and what stands behind each."""
    ids = {subject.id for subject in frame.subjects}
    cards = [card for card in _cards(frame, facts) if card.subject in ids]
    found = standings(frame.scheme, cards, frame.period.last, ids)
    behind = _Sources(facts)
    return Table(
        _document(frame, found),
        tuple(one for standing in found for one in behind.of(standing, columns(frame.scheme))),
    )


def columns(scheme: Scheme) -> tuple[Input | Rule, ...]:
    """What the table shows of each subject: where many sheets are put together, only what is made of them."""
    many = any(isinstance(rule.how, SheetMean | SheetSum) for rule in scheme.rules)
    return scheme.rules if many else (*scheme.inputs, *scheme.rules)


def _cards(frame: Frame, facts: Facts) -> list[Scorecard]:
    ids = [subject.id for subject in frame.subjects]
    match frame.kind:
        case BulletinKind.DEPARTMENTS:
            return counting.department_cards(frame.scheme, facts, ids)
        case BulletinKind.STREETS:
            return counting.street_cards(frame.scheme, facts, ids)
        case BulletinKind.REVIEWS:
            return counting.review_cards(frame.scheme, facts)
        case BulletinKind.ANNUAL:
            return counting.annual_cards(frame.process, facts) if frame.process else []


# The document ---------------------------------------------------------------------------------------


def _document(frame: Frame, found: Sequence[Standing]) -> Json:
    scheme = frame.scheme
    subjects = {subject.id: subject for subject in frame.subjects}
    return {
        "format": FORMAT,
        "kind": frame.kind.value,
        "district": frame.district.to_json(),
        "period": {"name": frame.period.name, "from": frame.begins, "cutOff": frame.cut_off},
        "rulebook": frame.rulebook,
        "scheme": {"key": scheme.key, "zh": scheme.zh, "en": scheme.en, "digest": frame.scheme_digest},
        "score": scheme.score,
        "columns": [_column(scheme, column) for column in columns(scheme)],
        "subjects": [subject.to_json() for subject in frame.subjects],
        "rows": [_row(scheme, subjects[standing.subject], standing) for standing in found],
    }


def _column(scheme: Scheme, column: Input | Rule) -> Json:
    return {"key": column.key, "zh": column.zh, "en": column.en, "rule": str(scheme.ref(column.key))}


def _row(scheme: Scheme, subject: Subject, standing: Standing) -> Json:
    return {
        "subject": subject.id,
        "rank": standing.rank,
        "grade": standing.grade,
        "awards": [award_to_json(scheme.award(granted.award)) for granted in standing.awards],
        "figures": {
            column.key: figure_to_json(standing.figures[column.key])
            for column in columns(scheme)
            if column.key in standing.figures
        },
    }


def award_to_json(award: Award) -> Json:
    """An award by its key and names, as it is published."""
    return {"key": award.key, "zh": award.zh, "en": award.en}


def figure_to_json(figure: Figure) -> Json:
    """A figure as it is published: exact, as shown, and the numbers it was made from."""
    return {
        "value": None if figure.value is None else exact(figure.value),
        "shown": figure.shown,
        "scale": exact(figure.scale),
        "numerator": exact(figure.numerator),
        "denominator": exact(figure.denominator),
        "gap": figure.gap.value if figure.gap else None,
        "missing": len(figure.missing),
    }


def exact(value: Decimal) -> str:
    """The number as compared, without trailing zeros or an exponent."""
    text = f"{settled(value):f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


# What stands behind ---------------------------------------------------------------------------------


class _Sources:
    """Finds the issues behind figures; sheets and months stand for the issues they are about."""

    def __init__(self, facts: Facts) -> None:
        counted: list[PartFacts | CallFacts | RatingFacts | ReviewFacts] = []
        counted += (*facts.parts, *facts.calls, *facts.ratings, *facts.reviews)
        self._issues = {fact.issue for fact in counted}
        self._sheets = {review.assignment: review.issue for review in facts.reviews}
        self._missing: dict[tuple[str, str], list[str]] = defaultdict(list)
        for review in facts.reviews:
            if review.scores is None:
                for name in (review.assignment, review.month):
                    self._missing[review.department, name].append(review.issue)

    def of(self, standing: Standing, shown: Iterable[Input | Rule]) -> Iterator[Behind]:
        """What stands behind each column of a subject; nothing where there is nothing."""
        for column in shown:
            figure = standing.figures.get(column.key)
            if figure is None:
                continue
            above = self._of_terms(standing, figure.terms)
            below = self._of_terms(standing, figure.basis) or (above if figure.basis else [])
            lacking = [
                issue for name in figure.missing for issue in self._missing.get((standing.subject, name), ())
            ]
            sides = {
                FigurePart.NUMERATOR: above,
                FigurePart.DENOMINATOR: below,
                FigurePart.MISSING: lacking,
            }
            for part, issues in sides.items():
                if issues:
                    yield Behind(standing.subject, column.key, part, tuple(sorted(issues)))

    def _of_terms(self, standing: Standing, terms: Iterable[Term]) -> list[str]:
        found: list[str] = []
        for term in terms:
            inner = standing.figures.get(term.name)
            if term.sources:
                found += [issue for source in term.sources if (issue := self._issue(source))]
            elif inner is not None and all(term is not own for own in inner.terms):
                found += self._of_terms(standing, inner.terms)
        return found

    def _issue(self, source: str) -> str | None:
        return self._sheets.get(source) or (source if source in self._issues else None)
