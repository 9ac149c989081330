"""Synthetic people of a district and the posts they hold (domain guide 8).

A `subject` is what a token names: role, number and place, such as `street-clerk-1@jinjiang.donghu`. It
begins with the district, since two districts may have a street or a department of the same name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from models.rulebooks.geography import Geography
from models.rulebooks.names import fictitious_phone, person_name
from models.terms import Role, derived_id

PAIR = 2
RESIDENTS = 3


@dataclass(frozen=True)
class PersonSpec:
    """A person who can sign in."""

    id: UUID
    district_id: UUID
    subject: str
    name: str
    name_en: str
    phone: str
    """From a range no network uses."""
    synthetic: bool = True


@dataclass(frozen=True)
class PostSpec:
    """One role of one person in one place; a place also names the places above it, up to the street."""

    id: UUID
    person_id: UUID
    district_id: UUID
    role: Role
    head: bool
    street_id: UUID | None = None
    community_id: UUID | None = None
    grid_id: UUID | None = None
    department_id: UUID | None = None


@dataclass(frozen=True)
class People:
    """The people and their posts, in the same order: one post each."""

    people: list[PersonSpec]
    posts: list[PostSpec]


@dataclass(frozen=True)
class _Place:
    name: str
    street_id: UUID | None = None
    community_id: UUID | None = None
    grid_id: UUID | None = None
    department_id: UUID | None = None


def people(ground: Geography) -> People:
    """Everybody of a district; the same on every machine.

    Two clerks for each street, one for each community, one worker for each grid, two handlers for each
    department, two in the response office; the first of each two is the head. One leader, one auditor,
    one operator, three residents.
    """
    found = People([], [])
    for role, place, count in _wanted(ground):
        for number in range(1, count + 1):
            head = (number == 1 and count == PAIR) or role is Role.DISTRICT_LEADER
            _add(found, ground.district.id, role, place, number, head)
    return found


def subject(role: Role, number: int, place: str) -> str:
    """What the token of the person says, e.g. `response-office-1@jinjiang`."""
    return f"{role.value.lower().replace('_', '-')}-{number}@{place}"


def _wanted(ground: Geography) -> Iterator[tuple[Role, _Place, int]]:
    district = ground.district.key
    whole = _Place(district)
    yield Role.DISTRICT_LEADER, whole, 1
    yield Role.RESPONSE_OFFICE, whole, PAIR
    yield Role.AUDITOR, whole, 1
    yield Role.OPERATOR, whole, 1
    yield Role.RESIDENT, whole, RESIDENTS
    for department in ground.departments:
        place = _Place(f"{district}.{department.key}", department_id=department.id)
        yield Role.DEPARTMENT_HANDLER, place, PAIR
    for street in ground.streets:
        yield Role.STREET_CLERK, _Place(f"{district}.{street.key}", street.id), PAIR
    for community in ground.communities:
        place = _Place(f"{district}.{community.code}", community.street_id, community.id)
        yield Role.COMMUNITY_CLERK, place, 1
    for grid in ground.grids:
        place = _Place(f"{district}.{grid.code}", grid.street_id, grid.community_id, grid.id)
        yield Role.GRID_WORKER, place, 1


def _add(found: People, district: UUID, role: Role, place: _Place, number: int, head: bool) -> None:
    name = subject(role, number, place.name)
    chinese, english = person_name(name)
    person = PersonSpec(derived_id("person", name), district, name, chinese, english, fictitious_phone(name))
    post = PostSpec(
        id=derived_id("post", name, role.value),
        person_id=person.id,
        district_id=district,
        role=role,
        head=head,
        street_id=place.street_id,
        community_id=place.community_id,
        grid_id=place.grid_id,
        department_id=place.department_id,
    )
    found.people.append(person)
    found.posts.append(post)
