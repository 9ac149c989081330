"""Published cases of the calling cycle, told again by the demonstration; source facts stay apart."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.rulebooks import reader
from models.rulebooks.district import LONGEST_NAME
from models.rulebooks.reader import Fields, Problems
from models.rulebooks.source import Mapping, Node, RulebookError, read_tree
from models.terms import Criterion, Level

FILE = Path(__file__).parent / "told_cases.yaml"
NEEDED = ("district", "street", "category", "level", "zh", "en", "departments", "opened")
OPTIONAL = ("closed", "results", "review", "outcome")
LARGEST_RESULT = 1_000_000
PUBLISHED_DATE = r"\d{4}(-\d{2}(-\d{2})?)?"


@dataclass(frozen=True)
class ToldCase:
    """One published case. Place, title, dates, results and review are the source's; the rest is ours."""

    key: str
    district: str
    street: str
    category: str
    level: Level
    zh: str
    en: str
    departments: list[str]
    """The first is the default; where there are more, it leads."""
    opened: str
    """As precise as published: a year, a month or a day."""
    closed: str
    """Empty where nothing was published."""
    results: dict[str, int]
    review: dict[Criterion, int]
    """Empty where no review was published."""
    outcome_zh: str
    outcome_en: str


def told_cases(path: Path = FILE) -> list[ToldCase]:
    """All of them, in the order of the file; raises RulebookError."""
    problems = Problems()
    tree = read_tree(path, path.name)
    cases = [_case(key, value, problems) for key, _, value in reader.entries(tree, "told cases", problems)]
    if problems.found:
        raise RulebookError(problems.found)
    return cases


def _case(key: str, node: Node, problems: Problems) -> ToldCase:
    got = Fields(node, f"case `{key}`", problems, NEEDED, OPTIONAL)
    right = "a year, a month or a day such as 2021-06-30"
    none: dict[str, int] = {}
    return ToldCase(
        key=key,
        district=got.take("district", "", reader.text),
        street=got.take("street", "", reader.text),
        category=got.take("category", "", reader.text),
        level=got.take("level", Level.GENERAL, reader.choice, Level, Level.GENERAL),
        zh=got.take("zh", "", reader.text),
        en=got.take("en", "", reader.text),
        departments=got.take("departments", [], _texts),
        opened=got.take("opened", "", reader.matching, PUBLISHED_DATE, right),
        closed=got.take("closed", "", reader.matching, PUBLISHED_DATE, right),
        results=got.take("results", none, _numbers),
        review={Criterion(name): score for name, score in got.take("review", none, _scores).items()},
        outcome_zh=got.take("outcome", "", _outcome, "zh"),
        outcome_en=got.take("outcome", "", _outcome, "en"),
    )


def _texts(node: Node, what: str, problems: Problems) -> list[str]:
    return [reader.text(item, what, problems) for item in reader.items(node, what, problems)]


def _numbers(node: Node, what: str, problems: Problems) -> dict[str, int]:
    listed = reader.entries(node, what, problems)
    return {key: reader.whole(value, key, problems, 0, LARGEST_RESULT) for key, _, value in listed}


def _scores(node: Node, what: str, problems: Problems) -> dict[str, int]:
    got = Fields(node, what, problems, list(Criterion))
    return {key: reader.whole(value, key, problems, 0, 100) for key, value in got.values.items()}


def _outcome(node: Node, what: str, problems: Problems, language: str) -> str:
    if not isinstance(node, Mapping) or language not in node.values:
        problems.add(node.at, f"{what} lacks `{language}`")
        return ""
    return reader.text(node.values[language], language, problems, LONGEST_NAME)
