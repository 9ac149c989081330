"""Assembles the schema. Reads are declared in api/types/query.py, commands in api/mutations, what can be
followed in api/subscriptions.py."""

from __future__ import annotations

import strawberry
from strawberry.schema.config import StrawberryConfig

from api.mutations.mutation import Mutation
from api.subscriptions import Subscription
from api.types.query import Query
from api.types.record import ENTITIES
from api.types.scalars import SCALARS

schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[ENTITIES[name] for name in sorted(ENTITIES)],
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
)


def sdl() -> str:
    """The schema in the schema definition language, as schema.graphql holds it."""
    return schema.as_str() + "\n"
