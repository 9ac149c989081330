"""A viewer's row guards, taken apart: their text, which many viewers share, and their values, their own."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from api.plans.arguments import Run
from models.policy.access import Viewer, scope_of, unit_of
from models.policy.reach import FRONT_LINE
from models.queries import counters
from models.queries.guards import Guard
from models.queries.late import Late
from models.queries.scope import Binds, guard_condition

REMEMBERED = 5_000


@dataclass(frozen=True, slots=True)
class Guards:
    """Everything a plan needs to know of one viewer."""

    viewer: Viewer
    form: int
    """Equal for viewers whose guards have the same text."""
    values: dict[str, list[object]] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    units: tuple[UUID, ...] = ()
    """The bodies the viewer's front-line posts act for, kind by kind with `kinds`."""

    def condition(self, guard: Guard, binds: Binds, alias: str) -> str:
        """Whether the viewer sees a row of `alias`; the values are bound when the statement runs."""
        return guard_condition(guard, self.viewer, _Recorder(guard.value, binds), alias)

    def covers(self, kind: str, binds: Binds, alias: str) -> str:
        """Whether the viewer sees all issues of the unit of `alias`, and so its figures."""
        return counters.covered(kind, scope_of(self.viewer), _Recorder(kind, binds), alias)


class _Recorder(Binds):
    """Binds a guard's values late, by their place in it."""

    def __init__(self, name: str, binds: Binds) -> None:
        super().__init__()
        self._name, self._binds, self._place = name, binds, 0

    def add(self, value: object) -> str:
        name, place = self._name, self._place
        self._place += 1

        def read(run: Run) -> Any:
            return run.guards.values[name][place]

        return self._binds.add(Late(read))


class GuardBook:
    """The guards of the viewers seen lately."""

    def __init__(self) -> None:
        self._forms: dict[tuple[str, ...], int] = {}
        self._known: OrderedDict[int, Guards] = OrderedDict()

    def of(self, viewer: Viewer) -> Guards:
        """By identity, because verified tokens give the same viewer each time and hashing posts is slow."""
        found = self._known.get(id(viewer))
        if found is not None and found.viewer is viewer:
            self._known.move_to_end(id(viewer))
            return found
        found = self._made(viewer)
        self._known[id(viewer)] = found
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found

    def _made(self, viewer: Viewer) -> Guards:
        texts, values = [], {}
        for guard in Guard:
            binds = Binds()
            texts.append(guard_condition(guard, viewer, binds))
            values[guard.value] = binds.values
        for kind in counters.OWNERS:
            binds = Binds()
            texts.append(counters.covered(kind, scope_of(viewer), binds, "x"))
            values[kind] = binds.values
        form = self._forms.setdefault(tuple(texts), len(self._forms))
        acting = [unit for p in viewer.posts if p.role in FRONT_LINE and (unit := unit_of(p))]
        return Guards(viewer, form, values, tuple(u.kind.value for u in acting), tuple(u.id for u in acting))
