"""From a district's YAML to the rulebook that cases run under (docs/rulebooks.md says how to write one)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from models.policy.calendar import Calendar
from models.policy.evidence.rules import EvidenceRules
from models.policy.rulebook import MOST_EXTENSIONS, Item, ItemGroup, Limit, Nearness, Rulebook
from models.policy.scheme.definition import Scheme
from models.rulebooks import codec, evidence, lists, reader, times
from models.rulebooks.district import DistrictSpec, UnitSpec, read_district, read_units
from models.rulebooks.reader import Fields, Problems
from models.rulebooks.rectification import read_rectification
from models.rulebooks.schemes import read_schemes
from models.rulebooks.source import (
    MAX_BYTES,
    Mapping,
    Place,
    RulebookError,
    Scalar,
    fault,
    merged,
    parse,
    read_tree,
)
from models.rulebooks.surveys import read_survey

FOLDER = Path(__file__).parent
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
NEEDED = ("version", "district", "departments", "calendar", "limits", "ladders", "review", "items")
OPTIONAL = (
    "compress",
    "schemes",
    "extensions",
    "merging",
    "bulletin",
    "survey",
    "rectification",
    "evidence",
)
VERSION = r"[0-9A-Za-z][0-9A-Za-z.-]{0,39}"
STATES_VERSION = re.compile(r"^version:", re.MULTILINE)
ANY_DAY = timedelta(hours=8)
"""Lets reading go on where the hours are wrong."""
NO_HOURS = times.Hours(Calendar("", []), Calendar("", []))


@dataclass(frozen=True)
class LoadedRulebook:
    """A rulebook that was read and found right."""

    rulebook: Rulebook
    district: DistrictSpec
    digest: str
    """SHA-256 of the canonical JSON of both: equal digests are equal rules, whatever the files look like."""


def available() -> list[str]:
    """The names of the shipped rulebooks; a file that states no version is only a part of others."""
    files = FOLDER.glob("*.yaml")
    return sorted(path.stem for path in files if STATES_VERSION.search(path.read_text("utf-8")))


def load(path_or_name: str | Path) -> LoadedRulebook:
    """The rulebook of a file, or of a name in `available()`.

    Raises RulebookError with every mistake, each with its file, line and column.
    """
    path, name = _located(path_or_name)
    return _read(_assembled(path, name))


def load_text(text: str, name: str) -> LoadedRulebook:
    """The rulebook of a text, called `name` in messages; what it extends is one of those shipped.

    Raises RulebookError with every mistake, each with its line and column.
    """
    if len(text.encode()) > MAX_BYTES:
        raise fault(Place(name), f"{len(text.encode())} bytes; a rulebook has at most {MAX_BYTES}")
    return _read(_extended(parse(text, name), FOLDER / "given.yaml", name, ()))


def _read(tree: Mapping) -> LoadedRulebook:
    problems = Problems()
    got = Fields(tree, "the rulebook", problems, NEEDED, OPTIONAL)
    version = got.take(
        "version", "", reader.matching, VERSION, "letters, digits, dots and hyphens, at most 40"
    )
    none: list[UnitSpec] = []
    departments = got.take("departments", none, read_units)
    district = got.take("district", None, read_district, departments)
    book = _rulebook(got, district.key if district else "", version, {unit.key for unit in departments})
    streets = [unit.key for unit in district.streets] if district else []
    book = replace(book, survey=got.take("survey", None, read_survey, streets))
    if problems.found or district is None:
        raise RulebookError(problems.found)
    document = {"rulebook": codec.to_json(book), "district": codec.district_to_json(district)}
    return LoadedRulebook(book, district, codec.digest(document))


def _located(path_or_name: str | Path) -> tuple[Path, str]:
    """The file, and what messages call it: shipped rulebooks go by their file name alone."""
    if not isinstance(path_or_name, str) or not NAME.fullmatch(path_or_name):
        return Path(path_or_name), str(path_or_name)
    if path_or_name not in available():
        known = ", ".join(available())
        raise fault(Place(path_or_name), f"no such rulebook; one of {known}, or the path of a file")
    return FOLDER / f"{path_or_name}.yaml", f"{path_or_name}.yaml"


def _assembled(path: Path, name: str, below: tuple[str, ...] = ()) -> Mapping:
    """The tree of a file laid over what it extends."""
    return _extended(read_tree(path, name), path, name, below)


def _extended(tree: Mapping, path: Path, name: str, below: tuple[str, ...]) -> Mapping:
    extends = tree.values.pop("extends", None)
    if extends is None:
        return tree
    if not isinstance(extends, Scalar) or not NAME.fullmatch(extends.text):
        raise fault(extends.at, "extends must name a file beside this one, without `.yaml`")
    chain = (*below, path.stem)
    if extends.text in chain:
        raise fault(extends.at, f"extends goes in a circle: {' → '.join((*chain, extends.text))}")
    parent = path.with_name(f"{extends.text}.yaml")
    if not parent.is_file():
        parent = FOLDER / parent.name  # what is shipped need not be copied
    if not parent.is_file():
        raise fault(extends.at, f"extends `{extends.text}`, but there is no {parent.name} beside this file")
    return merged(_assembled(parent, str(Path(name).with_name(parent.name)), chain), tree)


def _rulebook(got: Fields, district: str, version: str, departments: set[str]) -> Rulebook:
    """The rules; a day in them is a day as worked, also where the clock runs round."""
    hours = got.take("calendar", NO_HOURS, times.read_hours, version)
    day = hours.worked.day_length or ANY_DAY
    no_limits: dict[str, Limit] = {}
    no_schemes: list[Scheme] = []
    no_lists: tuple[list[ItemGroup], list[Item]] = ([], [])
    limits = got.take("limits", no_limits, times.read_limits, day)
    groups, items = got.take("items", no_lists, lists.read_items, departments, day)
    compression = got.take("compress", None, times.read_compression)
    if compression:
        limits = compression.over(limits)
        items = [replace(item, limits=compression.over(item.limits)) for item in items]
    return Rulebook(
        district=district,
        version=version,
        calendar=hours.running,
        limits=limits,
        ladders=got.take("ladders", {}, times.read_ladders),
        groups=groups,
        items=items,
        review=got.take("review", [], lists.read_review),
        extensions=got.take("extensions", MOST_EXTENSIONS, lists.read_extensions),
        merging=got.take("merging", Nearness(), lists.read_merging),
        schemes=got.take("schemes", no_schemes, read_schemes, f"{district}/{version}"),
        evidence=got.take("evidence", EvidenceRules(), evidence.read_evidence),
        publishing=got.take("bulletin", None, times.read_publishing),
        rectification=got.take("rectification", None, read_rectification, day, compression),
    )
