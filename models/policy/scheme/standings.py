"""From scorecards to standings: score, rank, grade and awards of every subject (domain guide 2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from models.policy.scheme.arithmetic import Asked, Figures, made
from models.policy.scheme.consequences import Award, End, Veto
from models.policy.scheme.definition import Input, Scheme
from models.policy.scheme.figures import ARITHMETIC, ZERO, Figure, Gap, Reading, Scorecard, Term
from models.policy.scheme.grading import Evidence, Verdict, capped, graded, met
from models.policy.scheme.ranking import Granted, Place, granted, places
from models.policy.scheme.rules import Rule

SEVERAL, NOT_ASKED = Reading(), Reading()
"""Stand for the readings of several sheets, and for that of a sheet which is about something else."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The figures of one scorecard, for drilling down."""

    id: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Standing:
    """How one subject did. What is None is not known or not asked for by the scheme."""

    subject: str
    figures: Figures
    """Every input and rule by its key; the score stands here as the vetoes left it."""
    sheets: tuple[Sheet, ...]
    score: Figure | None
    place: Place | None
    verdict: Verdict | None
    awards: tuple[Granted, ...]
    vetoes: tuple[str, ...]
    """Those that are met."""
    undecided: tuple[str, ...]
    """Vetoes and conditional awards whose figure is empty: nobody can say yet."""

    @property
    def rank(self) -> int | None:
        return self.place.rank if self.place else None

    @property
    def grade(self) -> str | None:
        return self.verdict.grade.key if self.verdict and self.verdict.grade else None


@dataclass(frozen=True, slots=True)
class CardFault:
    """What is wrong with a scorecard, and what would be right."""

    subject: str
    card: str
    entry: str
    message: str


def card_faults(scheme: Scheme, cards: Iterable[Scorecard]) -> list[CardFault]:
    """Everything in the scorecards that the scheme does not know or that is out of its range."""
    inputs = {entry.key: entry for entry in scheme.inputs}
    graded_by = {grade.key for grade in scheme.grading.scale} if scheme.grading else set()
    faults: list[CardFault] = []
    seen: set[tuple[str, str]] = set()
    for card in cards:
        if (card.subject, card.id) in seen:
            faults.append(CardFault(card.subject, card.id, "", "stands twice; a sheet has an id of its own"))
        seen.add((card.subject, card.id))
        for key, reading in card.readings.items():
            message = _fault(inputs.get(key), reading, graded_by, inputs)
            if message:
                faults.append(CardFault(card.subject, card.id, key, message))
    return faults


def _fault(entry: Input | None, reading: Reading, grades: Collection[str], inputs: Iterable[str]) -> str:
    """What is wrong with one reading; empty where nothing is."""
    if entry is None:
        return f"unknown entry; one of {', '.join(sorted(inputs))}"
    if entry.graded:
        known = reading.value is None and (reading.grade is None or reading.grade in grades)
        return "" if known else f"not a grade; one of {', '.join(sorted(grades))}"
    if reading.grade is not None:
        return f"a grade, {reading.grade}; a number is right"
    low, high, value = entry.low, entry.high, reading.value
    if value is None or ((low is None or low <= value) and (high is None or value <= high)):
        return ""
    span = [f"{word} {bound}" for word, bound in (("at least", low), ("at most", high)) if bound is not None]
    return f"{value} is out of range; {', '.join(span)}"


def standings(
    scheme: Scheme, cards: Iterable[Scorecard], on: date, subjects: Iterable[str] = ()
) -> tuple[Standing, ...]:
    """The standing of every subject, best rank first, those without one last, then by subject.

    `on` decides which dated numbers hold; a period's standings use its last day. `subjects` names those
    that must appear even without a scorecard. The order of `cards` never matters. Raises ValueError for
    scorecards that `card_faults` would refuse.
    """
    listed = sorted(cards, key=lambda card: (card.subject, card.id))
    faults = card_faults(scheme, listed)
    if faults:
        raise ValueError("; ".join(f"{f.subject}/{f.card}/{f.entry}: {f.message}" for f in faults[:10]))
    by_subject: dict[str, list[Scorecard]] = defaultdict(list)
    for subject in sorted({*subjects, *(card.subject for card in listed)}):
        by_subject[subject] = []
    for card in listed:
        by_subject[card.subject].append(card)
    known = [_known(scheme, subject, its, on) for subject, its in by_subject.items()]
    return _ordered(scheme, known, on)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a subject before it is compared with others."""

    subject: str
    figures: dict[str, Figure]
    grades: dict[str, str | None]
    sheets: tuple[Sheet, ...]
    caps: dict[str, str]
    vetoes: tuple[str, ...]
    undecided: tuple[str, ...]


# One subject --------------------------------------------------------------------------------------


def _known(scheme: Scheme, subject: str, cards: Sequence[Scorecard], on: date) -> _Known:
    sheets = tuple(Sheet(card.id, _sheet(scheme, card, on)) for card in cards)
    below = {sheet.id: sheet.figures for sheet in sheets}
    only = {entry.key: _only(entry, subject, cards) for entry in scheme.inputs}
    figures = {
        entry.key: _given(scheme, entry, only[entry.key]) for entry in scheme.inputs if not entry.graded
    }
    _work(scheme, scheme.rules, figures, below, on)
    grades = {entry.key: only[entry.key].grade for entry in scheme.inputs if entry.graded}
    answers = {veto.key: met(veto.when, figures[veto.when.of].value, on) for veto in scheme.vetoes}
    hit = [veto for veto in scheme.vetoes if answers[veto.key]]
    if scheme.score:
        figures[scheme.score] = _vetoed(figures[scheme.score], hit)
    return _Known(
        subject,
        figures,
        grades,
        sheets,
        {veto.key: veto.caps_at for veto in hit if veto.caps_at},
        tuple(veto.key for veto in hit),
        tuple(key for key, answer in answers.items() if answer is None),
    )


def _sheet(scheme: Scheme, card: Scorecard, on: date) -> dict[str, Figure]:
    figures = {
        entry.key: _given(scheme, entry, card.readings.get(entry.key, NOT_ASKED))
        for entry in scheme.inputs
        if not entry.graded
    }
    _work(scheme, scheme.sheet, figures, {}, on)
    # A sheet stands for itself: whoever drills down into a mean asks for the sheet first.
    return {key: replace(figure, sources=figure.sources or (card.id,)) for key, figure in figures.items()}


def _work(
    scheme: Scheme,
    rules: Iterable[Rule],
    figures: dict[str, Figure],
    sheets: Mapping[str, Figures],
    on: date,
) -> None:
    for rule in rules:
        figures[rule.key] = made(Asked(rule, scheme.ref(rule.key), figures, sheets, on))


def _gap(reading: Reading) -> Gap | None:
    if reading.value is not None:
        return None
    if reading is SEVERAL:
        return Gap.SEVERAL
    return Gap.NOT_ASKED if reading is NOT_ASKED else Gap.NOT_GIVEN


def _given(scheme: Scheme, entry: Input, reading: Reading) -> Figure:
    terms = () if reading.value is None else (Term(entry.key, reading.value, sources=reading.sources),)
    return Figure(
        name=entry.key,
        rule=scheme.ref(entry.key),
        value=reading.value,
        terms=terms,
        gap=_gap(reading),
        sources=reading.sources,
        places=entry.places,
    )


def _only(entry: Input, subject: str, cards: Sequence[Scorecard]) -> Reading:
    """What the subject's sheets say of it, where one alone speaks; many are for SheetMean and SheetSum."""
    told = [card.readings[entry.key] for card in cards if entry.key in card.readings]
    return told[0] if len(told) == 1 else SEVERAL if told else Reading()


def _vetoed(score: Figure, hit: Sequence[Veto]) -> Figure:
    """The score, or 0 where a veto says so, with the veto as the term that took everything away."""
    zero = next((veto for veto in hit if veto.caps_at is None), None)
    if zero is None:
        return score
    taken = Term(zero.key, ARITHMETIC.minus(score.numerator))
    basis = () if score.gap else score.basis
    return replace(score, value=ZERO, terms=(*score.terms, taken), basis=basis, gap=None)


# All of them --------------------------------------------------------------------------------------


def _ordered(scheme: Scheme, known: Sequence[_Known], on: date) -> tuple[Standing, ...]:
    scores = {each.subject: value for each in known if (value := _score(scheme, each)) is not None}
    from_end: dict[End, dict[str, Place]] = {End.TOP: {}, End.BOTTOM: {}}
    if scheme.ranking:
        from_end = {end: places(scores, scheme.ranking, end) for end in End}
    found = [_standing(scheme, each, from_end, on) for each in known]
    last = len(found) + 1
    return tuple(sorted(found, key=lambda standing: (standing.rank or last, standing.subject)))


def _score(scheme: Scheme, known: _Known) -> Decimal | None:
    return known.figures[scheme.score].value if scheme.score else None


def _standing(
    scheme: Scheme, known: _Known, from_end: Mapping[End, Mapping[str, Place]], on: date
) -> Standing:
    place = from_end[End.TOP].get(known.subject)
    verdict = None
    if scheme.grading:
        evidence = Evidence(_score(scheme, known), place, len(from_end[End.TOP]), known.grades, on)
        verdict = graded(scheme.grading, evidence, scheme.ref("grade"))
        verdict = capped(verdict, scheme.grading.scale, known.caps)
    awards: list[Granted] = []
    undecided = list(known.undecided)
    for award in scheme.awards:
        grant = _grant(scheme, award, known.subject, from_end)
        decided = not award.when or met(award.when, known.figures[award.when.of].value, on)
        if grant and decided:
            awards.append(grant)
        elif grant and decided is None:
            undecided.append(award.key)
    return Standing(
        subject=known.subject,
        figures=known.figures,
        sheets=known.sheets,
        score=known.figures[scheme.score] if scheme.score else None,
        place=place,
        verdict=verdict,
        awards=tuple(awards),
        vetoes=known.vetoes,
        undecided=tuple(undecided),
    )


def _grant(
    scheme: Scheme, award: Award, subject: str, from_end: Mapping[End, Mapping[str, Place]]
) -> Granted | None:
    rule = scheme.ref(award.key)
    if not award.places:
        return Granted(award.key, rule, None, (), None, award.unit)
    ranked = from_end[award.end]
    if scheme.ranking is None or subject not in ranked or len(ranked) < award.among:
        return None
    return granted(award, ranked[subject], scheme.ranking.ties, rule)
