"""Synthetic ground below the streets of a district: communities, grids with polygons.

Streets and departments are the rulebook's; what lies below is laid out by arithmetic on the district's
box and by hashes, so that every machine makes the same rows with the same ids. People are in people.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any
from uuid import UUID

from models.rulebooks.district import Box, DistrictSpec
from models.rulebooks.names import community_names, drawn
from models.terms import derived_id

FEWEST_GRIDS, MOST_GRIDS = 4, 8
DIGITS = 6
"""Decimals of a degree that are kept: about 0.1 m."""

GeoJson = dict[str, Any]


@dataclass(frozen=True)
class DistrictRow:
    """区. `key` is the rulebook's."""

    id: UUID
    key: str
    name_zh: str
    name_en: str
    division_code: str
    code_prefix: str


@dataclass(frozen=True)
class DepartmentRow:
    """部门 of one district."""

    id: UUID
    district_id: UUID
    key: str
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class StreetRow:
    """街道: the name is real, the polygon is not."""

    id: UUID
    district_id: UUID
    key: str
    code: str
    """Division code and number, e.g. 510104-03."""
    name_zh: str
    name_en: str
    polygon: GeoJson
    synthetic: bool = False


@dataclass(frozen=True)
class CommunityRow:
    """社区, made up."""

    id: UUID
    district_id: UUID
    street_id: UUID
    code: str
    """Street's code and number, e.g. 510104-03-02."""
    name_zh: str
    name_en: str
    polygon: GeoJson
    synthetic: bool = True


@dataclass(frozen=True)
class GridRow:
    """网格, made up."""

    id: UUID
    district_id: UUID
    street_id: UUID
    community_id: UUID
    code: str
    """Community's code and number, e.g. 510104-03-02-05."""
    polygon: GeoJson
    """GeoJSON Polygon in WGS-84 longitude and latitude, closed, counter-clockwise."""
    synthetic: bool = True


@dataclass(frozen=True)
class Geography:
    """Everything a district is made of, parents before children."""

    district: DistrictRow
    departments: list[DepartmentRow]
    streets: list[StreetRow]
    communities: list[CommunityRow]
    grids: list[GridRow]


def district_id(district: str) -> UUID:
    """The id of the district with this key."""
    return derived_id("district", district)


def department_id(district: str, key: str) -> UUID:
    """The id of a department of the district."""
    return derived_id("department", district, key)


def street_id(district: str, key: str) -> UUID:
    """The id of a street of the district."""
    return derived_id("street", district, key)


def geography(spec: DistrictSpec) -> Geography:
    """The rows of a district; the same for the same spec on every machine."""
    district = district_row(spec)
    streets = _streets(spec)
    communities = _communities(spec, streets)
    grids = [grid for community in communities for grid in _grids(community)]
    departments = [
        DepartmentRow(department_id(spec.key, unit.key), district.id, unit.key, unit.zh, unit.en)
        for unit in spec.departments
    ]
    return Geography(district, departments, streets, communities, grids)


def district_row(spec: DistrictSpec) -> DistrictRow:
    """The district alone."""
    return DistrictRow(
        district_id(spec.key), spec.key, spec.zh, spec.en, spec.division_code, spec.code_prefix
    )


def _streets(spec: DistrictSpec) -> list[StreetRow]:
    squares = tiles(spec.box, len(spec.streets))
    return [
        StreetRow(
            id=street_id(spec.key, unit.key),
            district_id=district_id(spec.key),
            key=unit.key,
            code=f"{spec.division_code}-{number:02d}",
            name_zh=unit.zh,
            name_en=unit.en,
            polygon=polygon(square),
        )
        for number, (unit, square) in enumerate(zip(spec.streets, squares, strict=True), 1)
    ]


def _communities(spec: DistrictSpec, streets: Sequence[StreetRow]) -> list[CommunityRow]:
    names = iter(community_names(spec.key, spec.communities))
    rows = []
    for street, count in zip(
        streets, shares(spec.communities, [street.key for street in streets]), strict=True
    ):
        for number, square in enumerate(tiles(box_of(street.polygon), count), 1):
            chinese, english = next(names)
            code = f"{street.code}-{number:02d}"
            rows.append(
                CommunityRow(
                    id=derived_id("community", spec.key, code),
                    district_id=street.district_id,
                    street_id=street.id,
                    code=code,
                    name_zh=f"{chinese}社区",
                    name_en=f"{english} Community",
                    polygon=polygon(square),
                )
            )
    return rows


def _grids(community: CommunityRow) -> list[GridRow]:
    count = FEWEST_GRIDS + drawn("grids", community.code) % (MOST_GRIDS - FEWEST_GRIDS + 1)
    codes = (f"{community.code}-{number:02d}" for number in range(1, count + 1))
    squares = tiles(box_of(community.polygon), count)
    return [
        GridRow(
            id=derived_id("grid", community.id, code),
            district_id=community.district_id,
            street_id=community.street_id,
            community_id=community.id,
            code=code,
            polygon=polygon(square),
        )
        for code, square in zip(codes, squares, strict=True)
    ]


# Arithmetic ---------------------------------------------------------------------------------------


def shares(total: int, keys: Sequence[str]) -> list[int]:
    """`total` over `keys` as evenly as whole numbers allow; the hash says who has one more."""
    base, more = divmod(total, len(keys))
    lucky = set(sorted(keys, key=lambda key: drawn("share", key))[:more])
    return [base + (key in lucky) for key in keys]


def tiles(box: Box, count: int) -> list[Box]:
    """`count` rectangles that cover `box` and do not overlap, in rows from the north-west."""
    west, south, east, north = box
    rows = max(1, round(sqrt(count)))
    longest = ceil(count / rows)
    widths = [longest if row < count - rows * (longest - 1) else longest - 1 for row in range(rows)]
    found = []
    for row, width in enumerate(widths):
        top, bottom = (_edge(north, south, n, rows) for n in (row, row + 1))
        for column in range(width):
            left, right = (_edge(west, east, n, width) for n in (column, column + 1))
            found.append((left, bottom, right, top))
    return found


def _edge(low: float, high: float, number: int, of: int) -> float:
    """Neighbours reckon their common edge by the same sum, so that they meet to the last digit."""
    return round(low + (high - low) * number / of, DIGITS)


def polygon(box: Box) -> GeoJson:
    """A rectangle as a closed GeoJSON ring, counter-clockwise."""
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def box_of(shape: GeoJson) -> Box:
    """The rectangle that `polygon` made."""
    (west, south), _, (east, north), *_ = shape["coordinates"][0]
    return west, south, east, north
