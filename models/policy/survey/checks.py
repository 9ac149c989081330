"""What an instrument must keep to, whoever wrote it: a rulebook in YAML, or a spreadsheet.

Each fault names its place by keys, and the reader of a format says where in its file that is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.policy.survey.instrument import (
    PERCEPTION,
    ChoiceList,
    Instrument,
    Question,
    QuestionKind,
    Questionnaire,
)
from models.terms import RatedLevel

PICKED = (QuestionKind.SCALE, QuestionKind.SINGLE, QuestionKind.MULTIPLE)
BOUNDED = (QuestionKind.NUMBER, QuestionKind.TEXT)
LONGEST_ANSWER = 2000


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, what would be right, and the keys that lead there, outermost first."""

    path: tuple[str, ...]
    message: str


def faults(instrument: Instrument) -> tuple[Fault, ...]:
    """Everything that is wrong with an instrument, in its own order."""
    return (*_indicators(instrument), *_lists(instrument), *_sheets(instrument))


def _indicators(instrument: Instrument) -> Iterator[Fault]:
    seen: set[str] = set()
    for dimension in instrument.dimensions:
        for focus in dimension.focuses:
            for indicator in focus.indicators:
                path = ("dimensions", dimension.key, "focuses", focus.key, "indicators", indicator.key)
                if indicator.key in seen:
                    yield Fault(path, f"indicator `{indicator.key}` stands twice; each has its own key")
                seen.add(indicator.key)


def _lists(instrument: Instrument) -> Iterator[Fault]:
    for found in instrument.choices:
        for choice in found.choices:
            if choice.points is not None and not 0 <= choice.points <= 100:
                path = ("choices", found.key, choice.key, "points")
                yield Fault(path, f"points `{choice.points}` are not right; a number from 0 to 100")


def _sheets(instrument: Instrument) -> Iterator[Fault]:
    indicators = {indicator.key for indicator in instrument.indicators()}
    for sheet in instrument.questionnaires:
        path = ("questionnaires", sheet.group)
        scored = {question.indicator for question in sheet.questions}
        if missing := sorted(indicators - scored) if sheet.group != PERCEPTION else []:
            listed = ", ".join(f"`{key}`" for key in missing)
            yield Fault(path, f"questionnaire `{sheet.group}` asks for no score of {listed}")
        if not any(question.kind is QuestionKind.SCALE for question in sheet.questions):
            yield Fault(path, f"questionnaire `{sheet.group}` has no SCALE question; nothing would be scored")
        for place, question in enumerate(sheet.questions):
            at = (*path, "questions", question.key)
            yield from _question(instrument, question, at, indicators)
            yield from _condition(instrument, sheet, place, at)


def _question(
    instrument: Instrument, question: Question, at: tuple[str, ...], indicators: set[str]
) -> Iterator[Fault]:
    kind = question.kind
    listed = instrument.choice_list(question.choices) if question.choices else None
    if kind in PICKED and listed is None:
        yield Fault((*at, "choices"), f"{kind} question `{question.key}` picks from no known list of choices")
    if kind not in PICKED and question.choices is not None:
        yield Fault((*at, "choices"), f"{kind} question `{question.key}` has choices; only {_names(PICKED)}")
    if kind is QuestionKind.SCALE and listed is not None and not is_scale(listed):
        message = (
            f"list `{listed.key}` is no scale; at least two of its choices have points, all of them differ"
        )
        yield Fault((*at, "choices"), message)
    if question.indicator is not None and kind is not QuestionKind.SCALE:
        yield Fault(
            (*at, "indicator"), f"{kind} question `{question.key}` scores an indicator; only SCALE does"
        )
    elif question.indicator is not None and question.indicator not in indicators:
        yield Fault((*at, "indicator"), f"indicator `{question.indicator}` is unknown")
    if question.rates is not RatedLevel.STREET and kind is not QuestionKind.SCALE:
        yield Fault((*at, "rates"), f"{kind} question `{question.key}` rates somebody; only SCALE does")
    if question.opinion and kind is not QuestionKind.TEXT:
        yield Fault((*at, "opinion"), f"{kind} question `{question.key}` is an opinion; only TEXT is")
    yield from _bounds(question, at)


def _bounds(question: Question, at: tuple[str, ...]) -> Iterator[Fault]:
    low, high = question.low, question.high
    if question.kind not in BOUNDED and (low is not None or high is not None):
        yield Fault(
            (*at, "high"), f"{question.kind} question `{question.key}` has bounds; only NUMBER and TEXT"
        )
    elif question.kind is QuestionKind.TEXT and low is not None:
        yield Fault((*at, "low"), "a text has no least length; leave `low` out")
    elif question.kind is QuestionKind.TEXT and high is not None and not 1 <= high <= LONGEST_ANSWER:
        yield Fault((*at, "high"), f"high `{high}` is not right; a text has 1 to {LONGEST_ANSWER} characters")
    elif low is not None and high is not None and low > high:
        yield Fault((*at, "low"), f"low `{low}` is over high `{high}`")


def _condition(
    instrument: Instrument, sheet: Questionnaire, place: int, at: tuple[str, ...]
) -> Iterator[Fault]:
    question = sheet.questions[place]
    if question.only_if is None:
        return
    key, wanted = question.only_if
    path = (*at, "only_if")
    asked = next((one for one in sheet.questions[:place] if one.key == key), None)
    if asked is None or asked.kind not in PICKED:
        yield Fault(path, f"only_if `{key}` is no question before this one that is answered by picking")
        return
    listed = instrument.choice_list(asked.choices or "")
    for choice in wanted:
        if listed is not None and listed.get(choice) is None:
            yield Fault(path, f"only_if: `{choice}` is no answer to `{key}`")


def is_scale(listed: ChoiceList) -> bool:
    """Whether answers of this list can be scored: two or more have points, none the same."""
    points = [choice.points for choice in listed.choices if choice.points is not None]
    return len(points) > 1 and len(set(points)) == len(points)


def _names(kinds: tuple[QuestionKind, ...]) -> str:
    return ", ".join(kind.value for kind in kinds)
