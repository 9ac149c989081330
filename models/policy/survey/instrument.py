"""What a round asks: dimensions, focuses and indicators with weights, a questionnaire for each group.

All of it is rulebook data (domain guide 4). Plain values: reading them is models/rulebooks' business.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from models.terms import RatedLevel

PERCEPTION = "perception"
"""The questionnaire, of no group, that asks whether a negative item was put right; its first SCALE question
is what counts."""


class QuestionKind(StrEnum):
    """How a question is answered."""

    SCALE = "SCALE"
    """One of a scale's steps, each worth points: what indicators are scored by."""
    SINGLE = "SINGLE"
    MULTIPLE = "MULTIPLE"
    NUMBER = "NUMBER"
    TEXT = "TEXT"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that may be picked; `points` on a scale, from 0 to 100, None for "cannot say"."""

    key: str
    zh: str
    en: str
    points: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ChoiceList:
    """Answers that several questions share, such as the five steps 100, 80, 60, 30, 0."""

    key: str
    choices: tuple[Choice, ...]

    def get(self, key: str) -> Choice | None:
        return next((choice for choice in self.choices if choice.key == key), None)


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a questionnaire.

    A SCALE question names the indicator that it scores and whom it rates. `only_if` shows it only where
    another question of the same sheet was answered with one of some keys.
    """

    key: str
    kind: QuestionKind
    zh: str
    en: str
    choices: str | None = None
    """The list that is picked from: SCALE, SINGLE and MULTIPLE."""
    required: bool = False
    indicator: str | None = None
    rates: RatedLevel = RatedLevel.STREET
    low: int | None = None
    high: int | None = None
    """NUMBER: the least and the most; TEXT: `high` is the longest, in characters."""
    only_if: tuple[str, tuple[str, ...]] | None = None
    opinion: bool = False
    """TEXT: what is written here is solicited as an opinion."""


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """问卷: what one group of respondents is asked."""

    group: str
    zh: str
    en: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Indicator:
    """指标: one scored matter; `weight` counts within its focus."""

    key: str
    zh: str
    en: str
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Focus:
    """重点: several indicators; `weight` counts within its dimension."""

    key: str
    zh: str
    en: str
    weight: Decimal
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class Dimension:
    """维度: several focuses; `weight` counts within the whole."""

    key: str
    zh: str
    en: str
    weight: Decimal
    focuses: tuple[Focus, ...]


@dataclass(frozen=True, slots=True)
class Instrument:
    """All that a round asks, and what each answer is worth."""

    key: str
    zh: str
    en: str
    dimensions: tuple[Dimension, ...]
    choices: tuple[ChoiceList, ...]
    questionnaires: tuple[Questionnaire, ...]

    def indicators(self) -> Iterator[Indicator]:
        for dimension in self.dimensions:
            for focus in dimension.focuses:
                yield from focus.indicators

    def questionnaire(self, group: str) -> Questionnaire | None:
        return next((sheet for sheet in self.questionnaires if sheet.group == group), None)

    def choice_list(self, key: str) -> ChoiceList | None:
        return next((found for found in self.choices if found.key == key), None)
