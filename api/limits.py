"""What a document may ask for, and what one operation asks: access rules, page sizes, cost.

`api/survey.py` measures; what is here is kept with the document and looked up for each request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.costs import Cost
from api.errors import ErrorCode, Fault
from models.policy.access import PUBLIC, Rule, Viewer
from models.queries.pages import MOST

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may ask for, and one viewer in a minute."""

    tokens: int = 3000
    characters: int = 100_000
    depth: int = 14
    """Levels of fields; introspection has a limit of its own."""
    fields: int = 1000
    aliases: int = 60
    directives: int = 60
    repeats: int = 30
    """How often one place of the answer may be selected: comparing the selections is quadratic."""
    nested_fragments: int = 40
    introspection: int = 2
    """How often lists of the schema may stand in one another; introspection tools need one."""
    page: int = MOST
    cost: int = 50_000
    """Fields that one answer may hold (api/costs.py): 1,000 issues with 40 fields each."""
    budget: int = 60_000_000
    """Cost that one viewer may ask for in a minute, of this process; 0 is without end."""
    errors: int = 5

    def __post_init__(self) -> None:
        if 0 < self.budget < self.cost:
            raise ValueError(f"a budget of {self.budget} never admits an operation of cost {self.cost}")


WORDS: Mapping[str, tuple[str, str]] = {
    "depth": ("levels of fields", "字段层数"),
    "fields": ("fields", "字段数"),
    "aliases": ("aliases", "别名数"),
    "directives": ("directives", "指令数"),
    "repeats": ("selections of one field in one place", "同一处重复选取的次数"),
    "nested_fragments": ("fragments nested in one another", "片段嵌套层数"),
    "introspection": ("lists of the schema nested in one another", "内省列表嵌套层数"),
    "cost": ("fields that its answer may hold (its cost)", "响应可能包含的字段数（成本）"),
    "tokens": ("tokens", "词法单元数"),
    "characters": ("characters", "字符数"),
}


def too_much(what: str, found: object, limit: int) -> Fault:
    """The fault of a document that passes a limit named as in `Limits`."""
    english, chinese = WORDS[what]
    params = {"what": english, "what_zh": chinese, "found": found, "limit": limit}
    return Fault(ErrorCode.TOO_COMPLEX, "limit", params)


@dataclass(frozen=True, slots=True)
class Need:
    """A rule that an operation meets, with the first field that declares it."""

    rule: Rule | None
    """None where the field declares none: it stays closed to everyone."""
    field: str
    path: Path


@dataclass(frozen=True, slots=True)
class PageSize:
    """A page size given by a variable: known only with the request."""

    variable: str
    field: str
    path: Path


@dataclass(frozen=True, slots=True)
class Measured:
    """What one operation of a document needs of a viewer and of its variables."""

    needs: tuple[Need, ...]
    rules: frozenset[Rule | None]
    """Of `needs`."""
    pages: tuple[PageSize, ...]
    introspects: Path | None
    cost: Cost

    def refusals(self, viewer: Viewer, passed: frozenset[Rule]) -> list[Fault]:
        """A fault for each rule that `viewer` does not pass; `passed` are those they do."""
        if self.rules <= passed:
            return []
        return [_refusal(need, viewer) for need in self.needs if need.rule not in passed]

    def oversized(self, variables: Mapping[str, Any], limit: int) -> list[Fault]:
        """A fault for each page size that a variable sets out of bounds."""
        if not self.pages:
            return []
        return [
            page_fault(page.variable, page.path, size, limit)
            for page in self.pages
            if isinstance(size := variables.get(page.variable), int | float) and not 0 <= size <= limit
        ]


def _refusal(need: Need, viewer: Viewer) -> Fault:
    if need.rule is None:
        return Fault(ErrorCode.FORBIDDEN, "undeclared", {"name": need.field}, path=need.path)
    message = "sign_in" if viewer == PUBLIC else "forbidden"
    return Fault(ErrorCode.FORBIDDEN, message, {"name": need.field, "rule": need.rule.value}, path=need.path)


def page_fault(name: str, path: Path, found: object, limit: int) -> Fault:
    params = {"name": name, "found": found, "limit": limit}
    return Fault(ErrorCode.BAD_INPUT, "page_size", params, field=name, path=path)
