"""People and the posts they hold (domain guide 8). Residents are seen by themselves alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import strawberry
from strawberry import ID

from api.labels import label
from api.rules import default_rule
from api.types.inputs import given, key, text
from api.types.leaves import computed, leaf
from api.types.record import Asked, Record, to_many, to_one
from models.policy import access
from models.policy.access import Rule
from models.queries import shapes
from models.queries.filters import Filter, equal, mentions, with_post
from models.terms import Role, derived_id


@default_rule(Rule.SIGNED_IN)
@strawberry.type(description="A person who signs in. Staff see those who hold posts in their district.")
class Person(Record):
    shape = shapes.PERSON
    subject: str = leaf(description="Their name in tokens.")
    name: str = leaf(description="Their name.")
    synthetic: bool = leaf(description="Whether they were made up for demonstration.")
    district = to_one(shape, "district", "The district they belong to.", required=True)
    posts = to_many(shape, "posts", "The posts they hold.")

    @computed("Their phone number; masked but for oneself.")
    def phone(self, info: Asked) -> str:
        number: str = self.__dict__["phone"]
        return number if self.id == info.context.viewer.person else access.mask_phone(number)


@default_rule(Rule.SIGNED_IN)
@strawberry.type(description="One role of one person in one place.")
class Post(Record):
    shape = shapes.POST
    role: Role = leaf(description="What the post may do.")
    head: bool = leaf(description="Whether it is the head 负责人, who hears of breaches.")
    person = to_one(shape, "person", "Who holds it; null for a machine.")
    district = to_one(shape, "district", "The district it belongs to.", required=True)
    street = to_one(shape, "street", "The street it belongs to, if any.")
    community = to_one(shape, "community", "The community it belongs to, if any.")
    grid = to_one(shape, "grid", "The grid it belongs to, if any.")
    department = to_one(shape, "department", "The department it belongs to, if any.")

    @computed("The role in the language of the request.")
    def role_label(self, info: Asked) -> str:
        return label(Role(self.role), info.context.language)

    @classmethod
    def held(cls, post: access.Post, person: UUID | None) -> Post:
        """A post as the viewer's token names it, without asking the database."""
        return cls.of(
            {
                "id": post.id or derived_id("post", person, post.role, *_units(post)),
                "role": post.role,
                "head": post.head,
                "person_id": person,
                "district_id": post.district,
                "street_id": post.street,
                "community_id": post.community,
                "grid_id": post.grid,
                "department_id": post.department,
            }
        )


def _units(post: access.Post) -> tuple[UUID | None, ...]:
    return (post.district, post.street, post.community, post.grid, post.department)


@strawberry.input(description="Which people.")
class PersonWhere:
    district: ID | None = given("In this district.")
    role: Role | None = given("Who hold a post of this role.")
    department: ID | None = given("Who hold a post in this department.")
    street: ID | None = given("Who hold a post in this street.")
    search: str | None = given("Every word of this stands in the name.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("district_id", key(self.district, "District", "district")),
            with_post(
                self.role.value if self.role else None,
                key(self.department, "Department", "department"),
                key(self.street, "Street", "street"),
            ),
            mentions(("name",), text(self.search)),
        ]
