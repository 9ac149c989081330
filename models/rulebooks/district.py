"""What a rulebook says of the district itself: names, streets, departments, where it lies."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.rulebooks import reader
from models.rulebooks.reader import Fields, Problems
from models.rulebooks.source import Node

Box = tuple[float, float, float, float]
"""West, south, east, north in WGS-84 degrees."""


@dataclass(frozen=True)
class UnitSpec:
    """A street or a department: the key that rules and subjects use, and its names."""

    key: str
    zh: str
    en: str


@dataclass(frozen=True)
class DistrictSpec:
    """A district as its rulebook describes it."""

    key: str
    zh: str
    en: str
    division_code: str
    """Six digits of the national division code."""
    code_prefix: str
    """What issue codes begin with, e.g. JJ."""
    box: Box
    """What lies below the district is laid out inside it."""
    communities: int
    """How many communities the synthetic geography has."""
    streets: list[UnitSpec] = field(default_factory=list)
    departments: list[UnitSpec] = field(default_factory=list)


NEEDED = ("key", "zh", "en", "division_code", "code_prefix", "box", "communities", "streets")
MOST_COMMUNITIES = 800
LONGEST_NAME = 80
NO_BOX: Box = (0, 0, 0, 0)


def read_district(node: Node, what: str, problems: Problems, departments: list[UnitSpec]) -> DistrictSpec:
    """The `district` section."""
    got = Fields(node, what, problems, NEEDED)
    spec = DistrictSpec(
        key=got.take(
            "key", "", reader.matching, r"[a-z][a-z0-9_]{0,29}", "a-z, 0-9 and _, at most 30, a letter first"
        ),
        zh=got.take("zh", "", reader.text, LONGEST_NAME),
        en=got.take("en", "", reader.text, LONGEST_NAME),
        division_code=got.take("division_code", "", reader.matching, r"\d{6}", "six digits such as 510104"),
        code_prefix=got.take(
            "code_prefix", "", reader.matching, r"[A-Z]{1,4}", "one to four capitals such as JJ"
        ),
        box=got.take("box", NO_BOX, read_box),
        communities=got.take("communities", 0, reader.whole, 1, MOST_COMMUNITIES),
        streets=got.take("streets", [], read_units),
        departments=departments,
    )
    if 0 < spec.communities < len(spec.streets):
        message = (
            f"{spec.communities} communities for {len(spec.streets)} streets; each street has at least one"
        )
        problems.add(got.values["communities"].at, message)
    return spec


def read_units(node: Node, what: str, problems: Problems) -> list[UnitSpec]:
    """Keyed bodies with a Chinese and an English name: `water: {zh: 水务局, en: Water Affairs}`."""
    units = []
    for key, _, value in reader.entries(node, what, problems):
        got = Fields(value, f"`{key}`", problems, ("zh", "en"))
        zh, en = (got.take(name, "", reader.text, LONGEST_NAME) for name in ("zh", "en"))
        units.append(UnitSpec(key, zh, en))
    return units


def read_box(node: Node, what: str, problems: Problems) -> Box:
    """Four degrees that enclose something."""
    edges = [reader.decimal(item, what, problems, -180, 180) for item in reader.items(node, what, problems)]
    if len(edges) == 4 and edges[0] < edges[2] and -90 <= edges[1] < edges[3] <= 90:
        return edges[0], edges[1], edges[2], edges[3]
    if edges:
        right = "four degrees, west, south, east, north, such as [104.06, 30.55, 104.16, 30.67]"
        problems.add(node.at, f"{what} encloses nothing; {right}")
    return NO_BOX
