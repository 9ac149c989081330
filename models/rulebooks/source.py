"""A rulebook file as a tree that remembers where every piece of it stands.

Read from YAML events, not from constructed objects: every scalar stays text (no `no` that turns into
False), duplicate keys are still there to be complained of, and an alias is met before it is expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 12
LEADING_TAB = re.compile(r" *\t")


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands in a file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake: where it stands, what is wrong and what would be right."""

    at: Place
    message: str

    def __str__(self) -> str:
        return f"{self.at}: {self.message}"


class RulebookError(ValueError):
    """A rulebook cannot be used. `problems` are all its mistakes, in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True)
class Scalar:
    """A piece of text; what it means is for the reader to say."""

    at: Place
    text: str


@dataclass(frozen=True)
class Listing:
    """A sequence."""

    at: Place
    items: list[Node]


@dataclass(frozen=True)
class Mapping:
    """Keys and values. `at` is the key that owns it, since that is the line people look for."""

    at: Place
    values: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)


Node = Scalar | Listing | Mapping


def read_tree(path: Path, name: str | None = None) -> Mapping:
    """The tree of one file, called `name` in messages; raises RulebookError.

    Duplicate keys are collected, so that all of them are named at once; what breaks the syntax stops it.
    """
    file = name or str(path)
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise fault(Place(file), f"cannot be read ({error.strerror}); give the path of a rulebook") from None
    if size > MAX_BYTES:
        raise fault(Place(file), f"{size} bytes; a rulebook has at most {MAX_BYTES}")
    return parse(_decoded(raw, file), file)


def parse(text: str, file: str) -> Mapping:
    """The tree of a file's text; raises RulebookError."""
    lines = enumerate(text.split("\n"), 1)
    tabs = [
        Problem(Place(file, number, hit.end()), "a tab; indent with spaces")
        for number, line in lines
        if (hit := LEADING_TAB.match(line))
    ]
    if tabs:
        raise RulebookError(tabs)
    builder = _Builder(file, text)
    try:
        root = builder.document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        raise fault(at, f"not YAML: {error.problem or error.context}") from None
    except YAMLError as error:
        at = _place(text, getattr(error, "position", 0), file)
        raise fault(at, "a character that YAML does not allow; remove it") from None
    if not isinstance(root, Mapping):
        raise fault(Place(file), "not a mapping; a rulebook is made of `key: value` lines")
    if builder.problems:
        raise RulebookError(builder.problems)
    return root


def fault(at: Place, message: str) -> RulebookError:
    return RulebookError([Problem(at, message)])


def _decoded(raw: bytes, file: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        at = Place(file, before.count(b"\n") + 1, column)
        raise fault(at, f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8") from None


def _place(text: str, position: int, file: str) -> Place:
    before = text[:position]
    return Place(file, before.count("\n") + 1, position - before.rfind("\n"))


class _Builder:
    """Makes the tree from the events of one document."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._events: Iterator[Any] = YAML(typ="safe", pure=True).parse(text)

    def document(self) -> Node | None:
        root: Node | None = None
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    raise fault(self._at(event), "a second document; a rulebook is one")
                root = self._node(next(self._events), None, 0)
        return root

    def _at(self, event: Any) -> Place:
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _node(self, event: Any, owner: Place | None, depth: int) -> Node:
        if isinstance(event, AliasEvent):
            raise fault(self._at(event), "an alias (*); write the value out, or share it by `extends`")
        if event.tag is not None and not (isinstance(event, ScalarEvent) and event.tag == "!"):
            raise fault(self._at(event), f"a tag ({event.tag}); plain values are enough")
        if depth > MAX_DEPTH:
            raise fault(self._at(event), f"nested deeper than {MAX_DEPTH}; a rulebook is flatter")
        if isinstance(event, SequenceStartEvent):
            return self._listing(event, owner, depth)
        if isinstance(event, MappingStartEvent):
            return self._mapping(event, owner, depth)
        # Nothing after a key ends where the next line begins; people look at the key.
        return Scalar(self._at(event) if event.value or owner is None else owner, event.value)

    def _listing(self, start: Any, owner: Place | None, depth: int) -> Listing:
        items: list[Node] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._node(event, None, depth + 1))
        return Listing(owner or self._at(start), items)

    def _mapping(self, start: Any, owner: Place | None, depth: int) -> Mapping:
        mapping = Mapping(owner or self._at(start))
        while not isinstance(event := next(self._events), MappingEndEvent):
            at = self._at(event)
            key = self._node(event, None, depth + 1)
            value = self._node(next(self._events), at, depth + 1)
            if not isinstance(key, Scalar):
                self.problems.append(Problem(at, "a key that is not a word; keys are plain words"))
            elif key.text in mapping.values:
                first = mapping.keys[key.text].line
                self.problems.append(
                    Problem(at, f"key `{key.text}` stands twice, first in line {first}; keep one")
                )
            else:
                mapping.values[key.text], mapping.keys[key.text] = value, at
        return mapping


def merged(parent: Mapping, child: Mapping) -> Mapping:
    """`child` laid over `parent`: mappings join key by key, but for one that says `whole: true`."""
    values, keys = dict(parent.values), dict(parent.keys)
    for key, value in child.values.items():
        below = values.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping) and not _whole(value)
        values[key] = merged(below, value) if both else value  # type: ignore[arg-type]
        keys[key] = child.keys[key]
    return Mapping(child.at, values, keys)


def _whole(value: Mapping) -> bool:
    """`whole: true` says that nothing below is kept; only sections that have the key may say so."""
    said = value.values.get("whole")
    return isinstance(said, Scalar) and said.text == "true"
