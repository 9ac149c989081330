"""What all entities of the schema have in common: made from rows of the registry, by its edges.

A type names its shape and describes its fields; which column an edge follows and which table it leads to
is said once, in models/queries/shapes.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Annotated, Any, ClassVar, Optional, Self
from uuid import UUID

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from api import ids
from api.context import Context
from api.plans.reads import ReadEach, ReadList, ReadListing, ReadMany, ReadOne, reads
from api.rules import resolved
from api.types.connection import Connection, Order, window
from api.types.leaves import computed, leaf
from models.policy.access import Rule
from models.queries import pages
from models.queries.db import Row
from models.queries.filters import Filter
from models.queries.pages import Page, Paging, Window
from models.queries.shape import Shape
from models.queries.shapes import SHAPES

Asked = strawberry.Info[Context, None]

MODULES: Mapping[str, str] = {
    **dict.fromkeys(("District", "Street", "Community", "Grid", "Department"), "api.types.places"),
    **dict.fromkeys(("Person", "Post"), "api.types.people"),
    **dict.fromkeys(("Rulebook", "Calendar", "Item"), "api.types.rulebooks"),
    **dict.fromkeys(("Issue", "Report"), "api.types.issues"),
    **dict.fromkeys(("Call", "Assignment", "Duty"), "api.types.casework"),
    **dict.fromkeys(
        ("Plan", "PlanTask", "Return", "Extension", "Suspension", "Handover"), "api.types.coordination"
    ),
    **dict.fromkeys(("Answer", "ReportRating", "ReportMessage"), "api.types.answers"),
    **dict.fromkeys(("Scorecard", "ReviewSheet", "ReviewSignature", "Appeal"), "api.types.reviews"),
    **dict.fromkeys(("Bulletin", "ScoreSheet"), "api.types.bulletins"),
    **dict.fromkeys(("Batch", "BatchItem"), "api.types.batches"),
    **dict.fromkeys(
        ("NegativeItem", "ItemEntry", "RectificationCycle", "CycleEntry"), "api.types.rectification"
    ),
    **dict.fromkeys(("Survey", "QuotaCell"), "api.types.surveys"),
    "SurveyResult": "api.types.survey_results",
    **dict.fromkeys(("Invitation", "Response", "ResponseFlag", "Opinion"), "api.types.responses"),
    **dict.fromkeys(("TimelineEntry", "Evidence", "Notification"), "api.types.traces"),
    **dict.fromkeys(
        ("EvidenceFinding", "EvidenceOpening", "EvidenceHold", "EvidenceDeletion", "EvidenceSweep"),
        "api.types.proofs",
    ),
}
"""Where each entity is declared; types refer to one another in circles."""

ENTITIES: dict[str, type[Record]] = {}


@strawberry.interface(description="An entity that can be asked for again by its id.")
class Node:
    id: strawberry.Private[UUID]
    shape: ClassVar[Shape]

    # Ours and not the library's, which writes ids in base64.
    @computed("Names the entity among all entities of all types.", name="id")
    def global_id(self) -> strawberry.ID:
        return strawberry.ID(ids.global_id(self.shape.name, self.id))


@strawberry.type(description="An entity made from a row.")
class Record(Node):
    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        ENTITIES[cls.shape.name] = cls

    @classmethod
    def of(cls, row: Row) -> Self:
        """The entity of a row; columns become attributes as they are."""
        # Not through __init__: a list of a thousand rows would spend half its time there.
        made = object.__new__(cls)
        made.__dict__.update(row)
        return made


def entity(name: str) -> Any:
    """A type by name, for annotations made at run time."""
    return Annotated[name, strawberry.lazy(MODULES[name])]


def to_one(
    shape: Shape, name: str, description: str, required: bool = False, rule: Rule | None = None
) -> Any:
    """The edge `name` of `shape`. Only what is seen by everyone who sees the row may be `required`."""
    edge = shape.to_one[name]
    target = SHAPES[edge.target]

    async def resolve(self: Any, info: Any) -> Any:
        return await one(info.context, target, getattr(self, edge.column))

    resolve.__annotations__ = {
        "info": Asked,
        "return": entity(edge.target) if required else Optional[entity(edge.target)],  # noqa: UP045
    }
    return _declared(rule, description)(reads(resolve, ReadOne(edge)))


async def one(context: Context, target: Shape, key: UUID | None) -> Record | None:
    """The entity of this id, None where there is none that the viewer sees."""
    if key is None:
        return None
    row = await context.loaders.row(target).load(key)
    return None if row is None else ENTITIES[target.name].of(row)


def to_list(shape: Shape, name: str, description: str, rule: Rule | None = None) -> Any:
    """The edge `name` of `shape` as a plain list: for what one issue has a handful of."""
    edge = shape.to_many[name]
    target = SHAPES[edge.target]
    whole = Window(edge.sort, limit=pages.MOST)

    async def resolve(self: Any, info: Any) -> Any:
        page = await info.context.loaders.page(target, edge, whole).load(self.id)
        kind = ENTITIES[target.name]
        return [kind.of(row) for row in page.rows]

    resolve.__annotations__ = {"info": Asked, "return": _of(list, entity(edge.target))}
    return _declared(rule, description)(reads(resolve, ReadList(edge)))


def to_each(shape: Shape, name: str, description: str) -> Any:
    """The edge `name` of `shape`: the rows whose ids it holds, as far as the viewer sees them."""
    edge = shape.to_each[name]
    target = SHAPES[edge.target]

    async def resolve(self: Any, info: Any) -> Any:
        rows = await info.context.loaders.row(target).load_many(self.__dict__[edge.column])
        return [ENTITIES[target.name].of(row) for row in rows if row is not None]

    resolve.__annotations__ = {"info": Asked, "return": _of(list, entity(edge.target))}
    return leaf(description=description)(reads(resolve, ReadEach(edge)))


def to_many(shape: Shape, name: str, description: str) -> Any:
    """The edge `name` of `shape` as a connection; equal pages of many parents are read together."""
    edge = shape.to_many[name]
    target = SHAPES[edge.target]

    async def resolve(
        self: Any,
        info: Any,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        loaders = info.context.loaders
        wanted = window(target, None, Paging(first, after, last, before), edge.sort)
        page = await loaders.page(target, edge, wanted).load(self.id)
        return connection(target, page, wanted.sort, lambda: loaders.count(target, edge).load(self.id))

    resolve.__annotations__ = {"info": Asked, **PAGING, "return": _of(Connection, entity(edge.target))}
    return leaf(description=description)(reads(resolve, ReadMany(edge)))


def listing(
    name: str,
    where: type[Any],
    description: str,
    rule: Rule | None = None,
    also: Callable[[Any, Context], Sequence[Filter]] | None = None,
) -> Any:
    """A list of entities, filtered by the input `where` and by `also`, within the viewer's scope.

    `where` has a method `filters(now)`, which is asked even where no filter was given.
    """
    shape = SHAPES[name]

    async def resolve(
        self: Any,
        info: Any,
        where: Any = None,
        order_by: Order[Any] | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        context: Context = info.context
        filters = [*(where or empty()).filters(context.asked_at), *(also(self, context) if also else ())]
        wanted = window(shape, order_by, Paging(first, after, last, before))
        page = await pages.page(shape, context.viewer, filters, wanted)
        return connection(shape, page, wanted.sort, lambda: pages.count(shape, context.viewer, filters))

    empty = where
    resolve.__annotations__ = {
        "info": Asked,
        "where": _argument(where, "Which rows; left out, all the viewer may see."),
        "order_by": _argument(
            _of(Order, _sorts(shape)), f"Which order; left out, by {shape.usual}, ascending."
        ),
        **PAGING,
        "return": _of(Connection, entity(name)),
    }
    return _declared(rule, description)(reads(resolve, ReadListing(shape, where, also)))


def connection(shape: Shape, page: Page, sort: str, counted: Callable[[], Any]) -> Connection[Any]:
    """The connection of a page that was read."""
    kind = ENTITIES[shape.name]
    return Connection(
        nodes=[kind.of(row) for row in page.rows], page=page, shape=shape, sort=sort, counted=counted
    )


def _declared(rule: Rule | None, description: str) -> Any:
    return leaf(description=description) if rule is None else resolved(rule, description)


def _of(generic: Any, kind: Any) -> Any:
    """A generic type of something that is only known at run time."""
    return generic[kind]


def _argument(kind: Any, description: str) -> Any:
    return Annotated[Optional[kind], strawberry.argument(description=description)]  # noqa: UP045


PAGING: Mapping[str, Any] = {
    "first": _argument(
        int,
        f"How many rows from the start or behind `after`: at most {pages.MOST}, "
        f"{pages.USUAL} where neither `first` nor `last` is given.",
    ),
    "after": _argument(str, "Only rows behind this cursor."),
    "last": _argument(int, f"How many rows from the end or ahead of `before`: at most {pages.MOST}."),
    "before": _argument(str, "Only rows ahead of this cursor."),
}

_sort_enums: dict[str, type[Enum]] = {}


def _sorts(shape: Shape) -> Any:
    """The enum of a shape's orders, described as the registry does."""
    if shape.name not in _sort_enums:
        make: Any = Enum  # mypy knows enums only by literal names
        kind = make(f"{shape.name}Sort", {name: name for name in shape.sorts})
        strawberry.enum(kind, description=f"What a list of {shape.name} may be ordered by.")
        definition: StrawberryEnumDefinition = kind.__strawberry_definition__
        for value in definition.values:
            value.description = shape.sorts[value.name].meaning
        _sort_enums[shape.name] = kind
    return _sort_enums[shape.name]
