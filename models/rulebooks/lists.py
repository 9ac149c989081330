"""What a rulebook lists: the item list by groups, the criteria of a reverse review, and small settings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from models.policy.evidence.rules import Required
from models.policy.rulebook import MOST_EXTENSIONS, Item, ItemGroup, Limit, Nearness, ReviewCriterion
from models.rulebooks import reader, times
from models.rulebooks.district import LONGEST_NAME
from models.rulebooks.evidence import read_required
from models.rulebooks.reader import Fields, Problems
from models.rulebooks.source import Node, Place
from models.terms import Criterion, Level, UnitKind

MOST_EXTENSIONS_EVER = 20
FARTHEST_METRES, LONGEST_DAYS = 5000, 365
OWN_TEAMS = (UnitKind.STREET, UnitKind.COMMUNITY, UnitKind.GRID)
FULL_SCORE = 100
NOTHING: Required = {}


def read_items(
    node: Node, what: str, problems: Problems, departments: set[str], day: timedelta
) -> tuple[list[ItemGroup], list[Item]]:
    """The item list: each group with its names and its items; a category stands once in all of them."""
    groups: list[ItemGroup] = []
    items: list[Item] = []
    first: dict[str, Place] = {}
    for group, _, value in reader.entries(node, what, problems):
        got = Fields(value, f"group `{group}`", problems, ("zh", "en", "items"), ("evidence",))
        zh, en = (got.take(name, "", reader.text, LONGEST_NAME) for name in ("zh", "en"))
        groups.append(ItemGroup(group, zh, en))
        asked = got.take("evidence", NOTHING, read_required)
        listed = got.values.get("items")
        for key, at, body in reader.entries(listed, "items", problems) if listed else ():
            if key in first:
                problems.add(at, f"item `{key}` stands twice, first in {first[key]}; keep one")
            first.setdefault(key, at)
            item = _item(body, key, problems, group, departments, day)
            items.append(replace(item, evidence={**asked, **item.evidence}))
    return groups, items


def _item(
    node: Node, key: str, problems: Problems, group: str, departments: set[str], day: timedelta
) -> Item:
    got = Fields(
        node,
        f"item `{key}`",
        problems,
        ("zh", "en", "level", "departments"),
        ("own_team", "limits", "evidence"),
    )
    level = got.take("level", Level.GENERAL, reader.choice, Level, Level.GENERAL)
    none: dict[str, Limit] = {}
    return Item(
        key=key,
        group=group,
        zh=got.take("zh", "", reader.text, LONGEST_NAME),
        en=got.take("en", "", reader.text, LONGEST_NAME),
        level=level,
        departments=got.take("departments", [], _departments, departments),
        own_team=got.take("own_team", UnitKind.COMMUNITY, _own_team),
        limits=got.take("limits", none, times.read_item_limits, level, day),
        evidence=got.take("evidence", NOTHING, read_required),
    )


def _departments(node: Node, what: str, problems: Problems, known: set[str]) -> list[str]:
    found: list[str] = []
    for item in reader.items(node, what, problems):
        key = reader.text(item, what, problems)
        if key in found:
            problems.add(item.at, f"department `{key}` stands twice; name each once, the default first")
        elif key and known:
            reader.known(item, key, "department", problems, known)
        found.append(key)
    return found


def _own_team(node: Node, what: str, problems: Problems) -> UnitKind:
    key = reader.text(node, what, problems)
    names = [kind.value for kind in OWN_TEAMS]
    return UnitKind(key) if reader.known(node, key, "own team", problems, names) else UnitKind.COMMUNITY


def read_review(node: Node, what: str, problems: Problems) -> list[ReviewCriterion]:
    """The five criteria of a reverse review; their points add up to 100 (domain guide 3)."""
    got = Fields(node, what, problems, list(Criterion))
    criteria = [_criterion(got.values[key], key, problems) for key in Criterion if key in got.values]
    total = sum(criterion.points for criterion in criteria)
    if len(criteria) == len(Criterion) and total != FULL_SCORE:
        problems.add(node.at, f"points of {what} add up to {total}; they must add up to {FULL_SCORE}")
    return criteria


def _criterion(node: Node, key: Criterion, problems: Problems) -> ReviewCriterion:
    got = Fields(node, f"criterion {key}", problems, ("zh", "en", "points"))
    zh, en = (got.take(name, "", reader.text, LONGEST_NAME) for name in ("zh", "en"))
    return ReviewCriterion(key, zh, en, got.take("points", 0, reader.whole, 0, FULL_SCORE))


def read_extensions(node: Node, what: str, problems: Problems) -> int:
    """How often more time may be asked for a duty; 0 for never."""
    got = Fields(node, what, problems, ("most",))
    return got.take("most", MOST_EXTENSIONS, reader.whole, 0, MOST_EXTENSIONS_EVER)


def read_merging(node: Node, what: str, problems: Problems) -> Nearness:
    """How near, in place and time, reports of one category look like one problem."""
    got = Fields(node, what, problems, ("metres", "days"))
    usual = Nearness()
    return Nearness(
        got.take("metres", usual.metres, reader.whole, 1, FARTHEST_METRES),
        got.take("days", usual.days, reader.whole, 1, LONGEST_DAYS),
    )
