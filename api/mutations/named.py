"""Units that an input names: whether there are such, and whether they lie where the issue does."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from api.mutations.asking import Asking
from api.problems import MOST_DEPARTMENTS
from models.policy.duty import Holder
from models.queries import subjects
from models.queries.cases import CaseOnRecord
from models.terms import UnitKind


async def departments(asking: Asking, field: str, named: Sequence[UUID], case: CaseOnRecord) -> None:
    """Refuses what is no list of different departments of the case's district."""
    if not 1 <= len(set(named)) == len(named) <= MOST_DEPARTMENTS:
        raise asking.invalid(field, "DEPARTMENTS", most=MOST_DEPARTMENTS)
    if await subjects.departments_in(case.district, named) < len(named):
        raise asking.refuse(asking.problems.not_found(field, "department"))


async def receiver(asking: Asking, field: str, kind: str, unit: UUID, case: CaseOnRecord) -> Holder:
    """The unit to which a part may be handed over: a department, or a place that the issue lies in."""
    if kind == "Department":
        await departments(asking, field, [unit], case)
        return Holder(UnitKind.DEPARTMENT, str(unit))
    places = {"Street": case.street, "Community": case.community, "Grid": case.grid}
    if places[kind] != unit:
        raise asking.refuse(asking.problems.not_found(field, "unit"))
    return Holder(UnitKind[kind.upper()], str(unit))
