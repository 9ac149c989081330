"""The `instrument` of a rulebook's `survey`: from YAML to an `Instrument`, and as plain JSON and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from models.policy.survey.checks import faults
from models.policy.survey.instrument import (
    Choice,
    ChoiceList,
    Dimension,
    Focus,
    Indicator,
    Instrument,
    Question,
    QuestionKind,
    Questionnaire,
)
from models.rulebooks import reader
from models.rulebooks.district import LONGEST_NAME
from models.rulebooks.reader import Fields, Problems
from models.rulebooks.scheme_codec import value_from_json, value_to_json
from models.rulebooks.scheme_numbers import number
from models.rulebooks.source import Mapping as Tree
from models.rulebooks.source import Node, Place
from models.terms import RatedLevel

LONGEST_QUESTION = 200
LARGEST_BOUND = 999_999_999
NAMES = ("zh", "en")
OPTIONAL = ("choices", "required", "indicator", "rates", "low", "high", "only_if", "opinion")
EMPTY = Instrument("", "", "", (), (), ())

T = TypeVar("T")


def instrument_to_json(instrument: Instrument) -> dict[str, Any]:
    """The whole instrument; numbers that are exact are texts."""
    written: dict[str, Any] = value_to_json(instrument, Instrument)
    return written


def instrument_from_json(data: Mapping[str, Any]) -> Instrument:
    """The instrument that `instrument_to_json` wrote; raises KeyError or ValueError on anything else."""
    instrument: Instrument = value_from_json(data, Instrument)
    return instrument


def read_instrument(node: Node, what: str, problems: Problems) -> Instrument:
    """The section; mistakes that its reading finds first, then those of the whole."""
    before = len(problems.found)
    got = Fields(node, what, problems, ("key", *NAMES, "choices", "dimensions", "questionnaires"), ("whole",))
    got.take("whole", True, reader.flag)
    read = Instrument(
        got.take(
            "key", "", reader.matching, reader.KEY.pattern, "a-z, 0-9 and _, at most 40, a letter first"
        ),
        *_names(got),
        dimensions=got.take("dimensions", (), _each, _dimension),
        choices=got.take("choices", (), _each, _choice_list),
        questionnaires=got.take("questionnaires", (), _each, _questionnaire),
    )
    if len(problems.found) == before:
        for fault in faults(read):
            problems.add(_place(node, fault.path), fault.message)
    return read


def _place(node: Node, path: tuple[str, ...]) -> Place:
    """Where the value at the end of these keys stands; as far as the file goes with them."""
    at = node.at
    for key in path:
        if not isinstance(node, Tree) or key not in node.values:
            break
        at, node = node.keys[key], node.values[key]
    return at


def _each(
    node: Node, what: str, problems: Problems, read: Callable[[Node, str, Problems], T]
) -> tuple[T, ...]:
    return tuple(read(value, key, problems) for key, _, value in reader.entries(node, what, problems))


def _names(got: Fields, longest: int = LONGEST_NAME) -> tuple[str, str]:
    return got.take("zh", "", reader.text, longest), got.take("en", "", reader.text, longest)


def _weight(got: Fields) -> Decimal:
    return got.take("weight", Decimal(1), number, 0)


def _dimension(node: Node, key: str, problems: Problems) -> Dimension:
    got = Fields(node, f"dimension `{key}`", problems, (*NAMES, "weight", "focuses"))
    return Dimension(key, *_names(got), _weight(got), got.take("focuses", (), _each, _focus))


def _focus(node: Node, key: str, problems: Problems) -> Focus:
    got = Fields(node, f"focus `{key}`", problems, (*NAMES, "weight", "indicators"))
    return Focus(key, *_names(got), _weight(got), got.take("indicators", (), _each, _indicator))


def _indicator(node: Node, key: str, problems: Problems) -> Indicator:
    got = Fields(node, f"indicator `{key}`", problems, (*NAMES, "weight"))
    return Indicator(key, *_names(got), _weight(got))


def _choice_list(node: Node, key: str, problems: Problems) -> ChoiceList:
    return ChoiceList(key, _each(node, f"choices `{key}`", problems, _choice))


def _choice(node: Node, key: str, problems: Problems) -> Choice:
    got = Fields(node, f"choice `{key}`", problems, NAMES, ("points",))
    return Choice(key, *_names(got), got.take("points", None, number))


def _questionnaire(node: Node, key: str, problems: Problems) -> Questionnaire:
    got = Fields(node, f"questionnaire `{key}`", problems, (*NAMES, "questions"))
    return Questionnaire(key, *_names(got), got.take("questions", (), _each, _question))


def _question(node: Node, key: str, problems: Problems) -> Question:
    got = Fields(node, f"question `{key}`", problems, ("kind", *NAMES), OPTIONAL)
    return Question(
        key,
        got.take("kind", QuestionKind.TEXT, reader.choice, QuestionKind, QuestionKind.TEXT),
        *_names(got, LONGEST_QUESTION),
        choices=got.take("choices", None, reader.text),
        required=got.take("required", False, reader.flag),
        indicator=got.take("indicator", None, reader.text),
        rates=got.take("rates", RatedLevel.STREET, reader.choice, RatedLevel, RatedLevel.STREET),
        low=got.take("low", None, reader.whole, 0, LARGEST_BOUND),
        high=got.take("high", None, reader.whole, 0, LARGEST_BOUND),
        only_if=got.take("only_if", None, _only_if),
        opinion=got.take("opinion", False, reader.flag),
    )


def _only_if(node: Node, what: str, problems: Problems) -> tuple[str, tuple[str, ...]] | None:
    """`{question: [answers]}`: one question of those before, and the answers that ask for this one."""
    entries = list(reader.entries(node, what, problems))
    if len(entries) > 1:
        problems.add(node.at, "only_if names one question before this one, such as `{lives_here: [yes_]}`")
    if not entries:
        return None
    key, _, value = entries[0]
    return key, tuple(reader.text(item, what, problems) for item in reader.items(value, what, problems))
