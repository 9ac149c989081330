"""The synthetic ground and people of a district: complete, without gaps, the same everywhere."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from models.rulebooks.codec import digest
from models.rulebooks.district import MOST_COMMUNITIES
from models.rulebooks.geography import box_of, geography, shares, tiles
from models.rulebooks.loader import load
from models.rulebooks.names import community_names
from models.rulebooks.people import People, people, subject
from models.terms import Role

ROOT = Path(__file__).parents[2]
DISTRICTS = {name: load(name).district for name in ("jinjiang", "gulou")}
GROUND = {name: geography(spec) for name, spec in DISTRICTS.items()}
PEOPLE = {name: people(ground) for name, ground in GROUND.items()}
both = pytest.mark.parametrize("name", ["jinjiang", "gulou"])


def area(box) -> float:
    west, south, east, north = box
    return (east - west) * (north - south)


def overlap(one, other) -> float:
    west, south = max(one[0], other[0]), max(one[1], other[1])
    east, north = min(one[2], other[2]), min(one[3], other[3])
    return max(east - west, 0) * max(north - south, 0)


def test_the_real_districts_have_the_published_numbers():
    assert [len(GROUND[name].streets) for name in ("jinjiang", "gulou")] == [11, 13]
    assert len(GROUND["gulou"].communities) == 120
    assert len(GROUND["jinjiang"].communities) == 77
    assert [len(ground.departments) for ground in GROUND.values()] == [18, 18]


@both
def test_every_community_has_four_to_eight_grids(name):
    counts = Counter(grid.community_id for grid in GROUND[name].grids)
    assert set(counts) == {community.id for community in GROUND[name].communities}
    assert set(counts.values()) == {4, 5, 6, 7, 8}


@both
def test_codes_name_the_places_above(name):
    ground = GROUND[name]
    streets = {street.id: street for street in ground.streets}
    communities = {community.id: community for community in ground.communities}
    for community in ground.communities:
        assert re.fullmatch(re.escape(streets[community.street_id].code) + r"-\d\d", community.code)
    for grid in ground.grids:
        assert re.fullmatch(re.escape(communities[grid.community_id].code) + r"-\d\d", grid.code)
        assert grid.street_id == communities[grid.community_id].street_id
    assert {street.code[:6] for street in ground.streets} == {ground.district.division_code}


@both
def test_only_streets_are_real(name):
    ground = GROUND[name]
    assert {street.synthetic for street in ground.streets} == {False}
    made_up = [*ground.communities, *ground.grids, *PEOPLE[name].people]
    assert {row.synthetic for row in made_up} == {True}


@both
def test_ids_codes_and_names_are_unique(name):
    ground = GROUND[name]
    rows = [ground.district, *ground.departments, *ground.streets, *ground.communities, *ground.grids]
    persons, posts = PEOPLE[name].people, PEOPLE[name].posts
    assert len({row.id for row in [*rows, *persons, *posts]}) == len(rows) + len(persons) + len(posts)
    for listed in (ground.streets, ground.communities, ground.grids):
        assert len({row.code for row in listed}) == len(listed)
    assert len({row.name_zh for row in ground.communities}) == len(ground.communities)
    assert len({row.name_en for row in ground.communities}) == len(ground.communities)
    assert len({person.phone for person in persons}) == len(persons)


def test_two_districts_share_no_id_and_no_subject():
    one, other = PEOPLE["jinjiang"].people, PEOPLE["gulou"].people
    assert not {person.id for person in one} & {person.id for person in other}
    assert not {person.subject for person in one} & {person.subject for person in other}
    departments = [{row.id for row in GROUND[name].departments} for name in ("jinjiang", "gulou")]
    assert not departments[0] & departments[1]


@both
def test_polygons_are_closed_rings_inside_the_district(name):
    west, south, east, north = DISTRICTS[name].box
    for row in [*GROUND[name].streets, *GROUND[name].communities, *GROUND[name].grids]:
        assert row.polygon["type"] == "Polygon"
        (ring,) = row.polygon["coordinates"]
        assert ring[0] == ring[-1]
        assert len(ring) == 5
        assert all(west <= lon <= east and south <= lat <= north for lon, lat in ring)
        turns = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))
        assert turns > 0, "counter-clockwise"


@both
def test_grids_tile_their_community_and_communities_their_street(name):
    ground = GROUND[name]
    for parents, children, key in (
        (ground.streets, ground.communities, "street_id"),
        (ground.communities, ground.grids, "community_id"),
    ):
        for parent in parents:
            boxes = [box_of(row.polygon) for row in children if getattr(row, key) == parent.id]
            assert all(overlap(one, other) == 0 for one, other in combinations(boxes, 2))
            assert sum(map(area, boxes)) == pytest.approx(area(box_of(parent.polygon)), rel=1e-6)


@pytest.mark.parametrize("count", range(1, 30))
def test_any_number_of_tiles_covers_the_box_once(count):
    box = (104.0, 30.0, 105.0, 31.0)
    found = tiles(box, count)
    assert len(found) == count
    assert all(overlap(one, other) == 0 for one, other in combinations(found, 2))
    assert sum(map(area, found)) == pytest.approx(1)


def test_shares_are_even_and_complete():
    given = shares(120, [street.key for street in DISTRICTS["gulou"].streets])
    assert (sum(given), sorted(set(given))) == (120, [9, 10])


def test_more_communities_than_names_is_refused():
    assert len(community_names("x", MOST_COMMUNITIES)) == MOST_COMMUNITIES
    with pytest.raises(ValueError, match=r"5000 communities, but only \d+ names"):
        community_names("x", 5000)


# People -------------------------------------------------------------------------------------------


@both
def test_posts_are_filled_as_the_domain_guide_says(name):
    ground, posts = GROUND[name], PEOPLE[name].posts
    assert Counter(post.role for post in posts) == {
        Role.STREET_CLERK: 2 * len(ground.streets),
        Role.COMMUNITY_CLERK: len(ground.communities),
        Role.GRID_WORKER: len(ground.grids),
        Role.DEPARTMENT_HANDLER: 2 * 18,
        Role.RESPONSE_OFFICE: 2,
        Role.DISTRICT_LEADER: 1,
        Role.AUDITOR: 1,
        Role.OPERATOR: 1,
        Role.RESIDENT: 3,
    }


@both
def test_each_street_department_and_office_has_one_head(name):
    ground, posts = GROUND[name], PEOPLE[name].posts
    heads = [post for post in posts if post.head]
    assert Counter(post.role for post in heads) == {
        Role.STREET_CLERK: len(ground.streets),
        Role.DEPARTMENT_HANDLER: 18,
        Role.RESPONSE_OFFICE: 1,
        Role.DISTRICT_LEADER: 1,
    }
    assert {post.street_id for post in heads if post.street_id} == {street.id for street in ground.streets}
    assert {post.department_id for post in heads if post.department_id} == {
        department.id for department in ground.departments
    }


@both
def test_a_post_names_its_place_and_those_above(name):
    ground = GROUND[name]
    grids = {grid.id: grid for grid in ground.grids}
    for post in PEOPLE[name].posts:
        assert post.district_id == ground.district.id
        if post.role is Role.GRID_WORKER:
            grid = grids[post.grid_id]
            assert (post.street_id, post.community_id) == (grid.street_id, grid.community_id)
        if post.role in (Role.RESIDENT, Role.AUDITOR, Role.DISTRICT_LEADER, Role.RESPONSE_OFFICE):
            assert {post.street_id, post.community_id, post.grid_id, post.department_id} == {None}


def test_people_have_stable_subjects_and_phones_nobody_has():
    found: People = PEOPLE["jinjiang"]
    by_subject = {person.subject: person for person in found.people}
    for expected in (
        "street-clerk-1@jinjiang.donghu",
        "community-clerk-1@jinjiang.510104-05-01",
        "grid-worker-1@jinjiang.510104-05-01-01",
        "department-handler-2@jinjiang.lighting",
        "response-office-1@jinjiang",
        "district-leader-1@jinjiang",
        "auditor-1@jinjiang",
        "operator-1@jinjiang",
        "resident-3@jinjiang",
    ):
        assert expected in by_subject
    assert subject(Role.STREET_CLERK, 1, "jinjiang.donghu") == "street-clerk-1@jinjiang.donghu"
    for person in found.people:
        assert re.fullmatch(r"100\d{8}", person.phone)
        assert re.fullmatch(r"[\u4e00-\u9fff]{2,3}", person.name)
        assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-zü]+", person.name_en)


def test_another_process_makes_the_same_rows():
    script = (
        "from models.rulebooks.loader import load\n"
        "from models.rulebooks.geography import geography\n"
        "from models.rulebooks.people import people\n"
        "from models.rulebooks.codec import digest\n"
        "ground = geography(load('gulou').district)\n"
        "print(digest(repr((ground, people(ground)))))\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    assert printed == digest(repr((GROUND["gulou"], PEOPLE["gulou"])))
