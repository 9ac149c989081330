"""An instrument as a rulebook writes it, for a district that drafted it elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator

from models.policy.survey.instrument import Instrument, Question
from models.terms import RatedLevel

HEAD = "survey:\n  instrument:\n    whole: true # nothing of the instrument that this one extends is kept"


def instrument_text(instrument: Instrument) -> str:
    """The `survey` section of a rulebook, with this instrument alone."""
    return "\n".join([HEAD, *_lines(instrument)]) + "\n"


def _lines(instrument: Instrument) -> Iterator[str]:
    yield f"    key: {instrument.key}"
    yield from _names(4, instrument.zh, instrument.en)
    yield "    choices:"
    for listed in instrument.choices:
        yield f"      {listed.key}:"
        for choice in listed.choices:
            points = "" if choice.points is None else f", points: {choice.points}"
            yield f"        {choice.key}: {{zh: {_quoted(choice.zh)}, en: {_quoted(choice.en)}{points}}}"
    yield "    dimensions:"
    for dimension in instrument.dimensions:
        yield f"      {dimension.key}:"
        yield from _names(8, dimension.zh, dimension.en)
        yield f"        weight: {dimension.weight}"
        yield "        focuses:"
        for focus in dimension.focuses:
            yield f"          {focus.key}:"
            yield from _names(12, focus.zh, focus.en)
            yield f"            weight: {focus.weight}"
            yield "            indicators:"
            for one in focus.indicators:
                names = f"zh: {_quoted(one.zh)}, en: {_quoted(one.en)}"
                yield f"              {one.key}: {{{names}, weight: {one.weight}}}"
    yield "    questionnaires:"
    for sheet in instrument.questionnaires:
        yield f"      {sheet.group}:"
        yield from _names(8, sheet.zh, sheet.en)
        yield "        questions:"
        for question in sheet.questions:
            yield f"          {question.key}: {{{', '.join(_question(question))}}}"


def _question(question: Question) -> Iterator[str]:
    yield f"kind: {question.kind.value}"
    yield f"zh: {_quoted(question.zh)}"
    yield f"en: {_quoted(question.en)}"
    for name in ("choices", "indicator", "low", "high"):
        value = getattr(question, name)
        if value is not None:
            yield f"{name}: {value}"
    if question.rates is not RatedLevel.STREET:
        yield f"rates: {question.rates.value}"
    if question.required:
        yield "required: true"
    if question.only_if is not None:
        key, answers = question.only_if
        yield f"only_if: {{{key}: [{', '.join(answers)}]}}"
    if question.opinion:
        yield "opinion: true"


def _names(indent: int, zh: str, en: str) -> Iterator[str]:
    yield f"{' ' * indent}zh: {_quoted(zh)}"
    yield f"{' ' * indent}en: {_quoted(en)}"


def _quoted(text: str) -> str:
    """A text in double quotes, which YAML reads as JSON does."""
    return json.dumps(text, ensure_ascii=False)
