"""What a respondent answered, held against the questionnaire; what of it is an opinion (domain guide 4)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import TypeAlias

from models.policy.survey.checks import LONGEST_ANSWER
from models.policy.survey.instrument import Choice, Instrument, Question, QuestionKind, Questionnaire
from models.policy.text import TextFault, TextRule, cleaned

Answer: TypeAlias = str | int | list[str]
"""The key of a choice or a text; a number; the keys of several choices."""
Answers: TypeAlias = dict[str, Answer]
"""By question key. A question that was not answered is not there."""


class AnswerFault(StrEnum):
    """What is wrong with one answer."""

    UNKNOWN_QUESTION = "UNKNOWN_QUESTION"
    UNKNOWN_CHOICE = "UNKNOWN_CHOICE"
    WRONG_KIND = "WRONG_KIND"
    """E.g. a text where a number is asked for."""
    OUT_OF_RANGE = "OUT_OF_RANGE"
    TOO_LONG = "TOO_LONG"
    BAD_TEXT = "BAD_TEXT"
    """Control characters or broken text."""
    MISSING = "MISSING"
    """A required question without an answer."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One answer at fault."""

    question: str
    fault: AnswerFault


@dataclass(frozen=True, slots=True)
class Judged:
    """Answers in the order of the questionnaire, as they are kept; `faults` empty where all is well."""

    answers: Answers
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """One opinion: words that were written, or a low score."""

    question: str
    indicator: str | None
    points: int | None
    words: str | None


def judged(instrument: Instrument, sheet: Questionnaire, given: Mapping[str, object], whole: bool) -> Judged:
    """What is kept of `given`; `whole` where it is handed in, so that nothing required may be missing.

    Blank answers count as none. A question that earlier answers do not ask for is left out, as nobody was
    asked it.
    """
    answers: Answers = {}
    known = {question.key for question in sheet.questions}
    faults = [Fault(key, AnswerFault.UNKNOWN_QUESTION) for key in given if key not in known]
    for question in sheet.questions:
        if not asked(question, answers):
            continue
        answer = _read(instrument, question, given.get(question.key))
        if isinstance(answer, AnswerFault):
            faults.append(Fault(question.key, answer))
        elif answer is not None:
            answers[question.key] = answer
        elif whole and question.required:
            faults.append(Fault(question.key, AnswerFault.MISSING))
    return Judged(answers, tuple(faults))


def asked(question: Question, answers: Mapping[str, Answer]) -> bool:
    """Whether the answers before it ask for this question."""
    if question.only_if is None:
        return True
    key, wanted = question.only_if
    found = answers.get(key)
    return bool(set(wanted) & (set(found) if isinstance(found, list) else {found}))


def digest(answers: Mapping[str, Answer]) -> str:
    """SHA-256 of the answers, whatever their order."""
    written = json.dumps(answers, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(written.encode()).hexdigest()


def steps(instrument: Instrument, sheet: Questionnaire, answers: Mapping[str, Answer]) -> tuple[Decimal, ...]:
    """The points of every answer on a scale, in the order asked; "cannot say" has none."""
    found = (scored(instrument, question, answers) for question in sheet.questions)
    return tuple(choice.points for choice in found if choice is not None and choice.points is not None)


def written(sheet: Questionnaire, answers: Mapping[str, Answer]) -> int:
    """How many characters were written by hand."""
    texts = (answers.get(question.key) for question in sheet.questions if question.kind is QuestionKind.TEXT)
    return sum(len(text) for text in texts if isinstance(text, str))


def opinions(
    instrument: Instrument, sheet: Questionnaire, answers: Mapping[str, Answer], low_score: Decimal
) -> tuple[Heard, ...]:
    """Every text that solicits opinions, and every answer on a scale worth at most `low_score`."""
    found: list[Heard] = []
    for question in sheet.questions:
        answer = answers.get(question.key)
        choice = scored(instrument, question, answers)
        if question.opinion and isinstance(answer, str):
            found.append(Heard(question.key, None, None, answer))
        elif choice is not None and choice.points is not None and choice.points <= low_score:
            found.append(Heard(question.key, question.indicator, int(choice.points), None))
    return tuple(found)


def scored(instrument: Instrument, question: Question, answers: Mapping[str, Answer]) -> Choice | None:
    """The step that was chosen on a scale; None for other questions and where none was."""
    answer = answers.get(question.key)
    listed = instrument.choice_list(question.choices or "")
    if question.kind is not QuestionKind.SCALE or listed is None or not isinstance(answer, str):
        return None
    return listed.get(answer)


def _read(instrument: Instrument, question: Question, given: object) -> Answer | AnswerFault | None:
    """The answer as it is kept, None for a blank one."""
    if given is None or given == "" or given == []:
        return None
    match question.kind:
        case QuestionKind.SCALE | QuestionKind.SINGLE:
            return _picked(instrument, question, given)
        case QuestionKind.MULTIPLE:
            return _several(instrument, question, given)
        case QuestionKind.NUMBER:
            return _number(question, given)
        case QuestionKind.TEXT:
            return _text(question, given)


def _picked(instrument: Instrument, question: Question, given: object) -> Answer | AnswerFault:
    listed = instrument.choice_list(question.choices or "")
    if not isinstance(given, str):
        return AnswerFault.WRONG_KIND
    return given if listed is not None and listed.get(given) is not None else AnswerFault.UNKNOWN_CHOICE


def _several(instrument: Instrument, question: Question, given: object) -> Answer | AnswerFault:
    if not isinstance(given, Sequence) or isinstance(given, str):
        return AnswerFault.WRONG_KIND
    listed = instrument.choice_list(question.choices or "")
    keys = [choice.key for choice in listed.choices] if listed is not None else []
    if any(key not in keys for key in given):
        return AnswerFault.UNKNOWN_CHOICE
    return [key for key in keys if key in given]


def _number(question: Question, given: object) -> Answer | AnswerFault:
    if isinstance(given, bool) or not isinstance(given, int):
        return AnswerFault.WRONG_KIND
    low, high = question.low, question.high
    if (low is not None and given < low) or (high is not None and given > high):
        return AnswerFault.OUT_OF_RANGE
    return given if abs(given) < 10**9 else AnswerFault.OUT_OF_RANGE


def _text(question: Question, given: object) -> Answer | AnswerFault | None:
    if not isinstance(given, str):
        return AnswerFault.WRONG_KIND
    text = cleaned(given, TextRule(question.high or LONGEST_ANSWER, lines=True))
    if text is TextFault.BLANK:
        return None
    if isinstance(text, TextFault):
        return AnswerFault.TOO_LONG if text is TextFault.TOO_LONG else AnswerFault.BAD_TEXT
    return text
