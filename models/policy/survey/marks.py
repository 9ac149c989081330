"""What the answers of one sheet are worth in each indicator of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from models.policy.survey.estimate import Points
from models.policy.survey.instrument import Instrument, Question
from models.policy.survey.plan import Plan, scored

Worth = Mapping[str, Decimal]
"""By choice: its points; a choice that says nothing has none."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Of each group: for each indicator the questions that score it, with what their choices are worth."""

    by_group: Mapping[str, tuple[tuple[tuple[str, Worth], ...], ...]]

    def points(self, group: str, answers: Mapping[str, object]) -> Points:
        """The points of one sheet, by indicator; the mean where several of its questions score one."""
        return tuple(_mean(questions, answers) for questions in self.by_group.get(group, ()))


def _mean(questions: tuple[tuple[str, Worth], ...], answers: Mapping[str, object]) -> Decimal | None:
    given = [worth[key] for question, worth in questions if (key := str(answers.get(question))) in worth]
    if len(given) == 1:
        return given[0]
    return sum(given, Decimal(0)) / len(given) if given else None


def marks(instrument: Instrument, plan: Plan) -> Marks:
    """How sheets are marked for a plan of the same instrument."""
    by_group = scored(instrument, plan.level)
    return Marks(
        {
            group: tuple(
                tuple(
                    (question.key, _worth(instrument, question))
                    for question in by_group.get(group, {}).get(key.removeprefix("indicator_"), ())
                )
                for key in plan.indicators
            )
            for group in {cell.group for cell in plan.shares}
        }
    )


def _worth(instrument: Instrument, question: Question) -> Worth:
    listed = instrument.choice_list(question.choices or "")
    choices = listed.choices if listed else ()
    return {choice.key: choice.points for choice in choices if choice.points is not None}
