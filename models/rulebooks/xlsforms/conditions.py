"""The conditions of the subset: bounds of numbers and texts, and which answers ask for a question."""

from __future__ import annotations

import re
from collections.abc import Mapping

from models.policy.survey.instrument import Question, QuestionKind
from models.rulebooks.xlsforms.layout import (
    NUMBER_BETWEEN,
    NUMBER_LEAST,
    NUMBER_MOST,
    OR,
    PICKED,
    SELECTED,
    TEXT_MOST,
)

BOUNDS = "`. >= 0 and . <= 100` for an integer, `string-length(.) <= 500` for a text"
RELEVANT = (
    "`${group.question} = 'choice'` of an earlier question of the group, "
    "`selected(${group.question}, 'choice')` where several may be chosen, joined by ` or `"
)


def bounds(kind: QuestionKind, text: str) -> tuple[int | None, int | None]:
    """The least and the most; None twice for what is outside the subset."""
    if kind is QuestionKind.TEXT:
        most = TEXT_MOST.fullmatch(text)
        return None, int(most[1]) if most else None
    if kind is not QuestionKind.NUMBER:
        return None, None
    if hit := NUMBER_BETWEEN.fullmatch(text):
        return int(hit[1]), int(hit[2])
    least, most = NUMBER_LEAST.fullmatch(text), NUMBER_MOST.fullmatch(text)
    return int(least[1]) if least else None, int(most[1]) if most else None


def relevant(text: str, group: str, before: Mapping[str, Question]) -> tuple[str, tuple[str, ...]] | None:
    """The question and the answers to it that ask for another; None for what is outside the subset."""
    hits = [_part(part) for part in text.split(OR)] if text else []
    if not hits or any(hit is None or hit[1] != group for hit in hits):
        return None
    found = [hit for hit in hits if hit is not None]
    keys = {hit[2] for hit in found}
    asked = before.get(found[0][2])
    several = asked is not None and asked.kind is QuestionKind.MULTIPLE
    if len(keys) > 1 or asked is None or any(hit[0] is not several for hit in found):
        return None
    return found[0][2], tuple(hit[3] for hit in found)


def _part(text: str) -> tuple[bool, str, str, str] | None:
    """Whether `selected` is asked, the group, the question and the choice."""
    pattern: re.Pattern[str] = SELECTED if text.startswith("selected") else PICKED
    hit = pattern.fullmatch(text)
    return None if hit is None else (pattern is SELECTED, hit[1], hit[2], hit[3])
