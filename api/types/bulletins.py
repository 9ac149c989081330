"""通报: published tables, down to the issues behind each figure; and the score sheets of a year."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import Any
from uuid import UUID

import strawberry
from strawberry import ID

from api.context import Context
from api.labels import label
from api.literals import storable
from api.rules import default_rule, resolved
from api.types.casework import Unit, unit_of
from api.types.inputs import given, key, members, text
from api.types.issues import IssueWhere
from api.types.leaves import computed, leaf
from api.types.record import Asked, Record, listing, to_one
from models.policy.access import Rule
from models.policy.bulletin.period import period
from models.policy.bulletin.table import Table
from models.policy.scheme.figures import Gap
from models.queries import bulletins, pages, shapes
from models.queries.filters import Filter, among, behind_figure, equal, one_of, present
from models.terms import BulletinKind, FigurePart, Language, RaterGroup, UnitKind

VERIFYING = asyncio.Semaphore(1)
"""A list of tables is verified one by one: each takes its statements from everybody's pool."""
BEHIND = "as far as the viewer sees them; an issue that counts twice stands once."


@default_rule(Rule.PUBLIC)
@strawberry.type(description="A column of a published table.")
class BulletinColumn:
    key: str = leaf(description="Its name in the scheme.")
    zh: str = leaf(description="Its Chinese name.")
    en: str = leaf(description="Its English name.")
    rule: str = leaf(
        description="The rule that makes it and the version of the rulebook, e.g. "
        "`bulletin_departments/closing_rate@jinjiang/2026.1`."
    )

    @computed("Its name in the language of the request.")
    def name(self, info: Asked) -> str:
        return self.zh if info.context.language is Language.ZH else self.en


def _behind(part: FigurePart) -> Any:
    def filters(root: BulletinFigure, context: Context) -> list[Filter]:
        if root.bulletin is None:
            return [one_of(root.behind.get(part, ()))]
        return [behind_figure(root.bulletin, root.subject, root.column.key, part.value)]

    return filters


@default_rule(Rule.PUBLIC)
@strawberry.type(
    description="One figure of a published table: `value` = `scale` × `numerator` ÷ `denominator`."
)
class BulletinFigure:
    column: BulletinColumn = leaf(description="What it is.")
    value: str | None = leaf(description="The exact number; null where it is empty, never 0 for unknown.")
    shown: str = leaf(description="As published: rounded half up, and nothing where it is empty.")
    scale: str = leaf(description="100 for a rate in percent, else 1.")
    numerator: str = leaf(description="What was added up.")
    denominator: str = leaf(description="What it was divided by; 1 where nothing is divided.")
    gap: Gap | None = leaf(description="Why it is empty; null where it is not.")
    missing: int = leaf(description="How many of its parts were missing, e.g. reviews that nobody gave.")
    subject: strawberry.Private[UUID]
    bulletin: strawberry.Private[UUID | None]
    """None for a draft, whose issues are in `behind`."""
    behind: strawberry.Private[Mapping[FigurePart, Sequence[UUID]]]

    @computed("Why it is empty, in the language of the request.")
    def gap_label(self, info: Asked) -> str | None:
        return label(self.gap, info.context.language) if self.gap else None

    numerator_issues = listing(
        "Issue",
        IssueWhere,
        f"The issues it counts, {BEHIND}",
        Rule.READ_ISSUES,
        _behind(FigurePart.NUMERATOR),
    )
    denominator_issues = listing(
        "Issue",
        IssueWhere,
        f"The issues it is divided by, {BEHIND}",
        Rule.READ_ISSUES,
        _behind(FigurePart.DENOMINATOR),
    )
    missing_issues = listing(
        "Issue", IssueWhere, f"The issues where a part is missing, {BEHIND}", Rule.READ_ISSUES,
        _behind(FigurePart.MISSING),
    )  # fmt: skip


@default_rule(Rule.PUBLIC)
@strawberry.type(description="An award that follows from a published score.")
class BulletinAward:
    key: str = leaf(description="Which award, by its key in the scheme.")
    zh: str = leaf(description="What it is called, in Chinese.")
    en: str = leaf(description="The same in English.")


@default_rule(Rule.PUBLIC)
@strawberry.type(description="One department or street in a published table.")
class BulletinRow:
    rank: int | None = leaf(description="Its rank by the score; null where it has no score.")
    grade: str | None = leaf(description="Its grade, where the scheme gives grades.")
    awards: list[BulletinAward] = leaf(description="What it is given, where the scheme gives awards.")
    key: str = leaf(description="Its key or code.")
    name_zh: str = leaf(description="Its Chinese name, as published.")
    name_en: str = leaf(description="Its English name, as published.")
    figures: list[BulletinFigure] = leaf(description="Its figures, in the order of the columns.")
    kind: strawberry.Private[UnitKind]
    id: strawberry.Private[UUID]

    @computed("Its name in the language of the request.")
    def name(self, info: Asked) -> str:
        return self.name_zh if info.context.language is Language.ZH else self.name_en

    @computed("The department or street itself.")
    async def unit(self, info: Asked) -> Unit | None:
        return await unit_of(info.context, self.kind, self.id)


@default_rule(Rule.PUBLIC)
@strawberry.type(description="通报: one table of a month or year, frozen when it was published.")
class Bulletin(Record):
    shape = shapes.BULLETIN
    period: str = leaf(description="The month it is about, e.g. 2026-03; of a table of the year the year.")
    kind: BulletinKind = leaf(description="Which table it is.")
    scheme_digest: str = leaf(description="SHA-256 of the scheme that made it.")
    cut_off: datetime = leaf(description="Only what was recorded before this instant counts.")
    sha256: str = leaf(description="SHA-256 of `document`.")
    published_at: datetime = leaf(description="When it was published.")
    district = to_one(shape, "district", "Whose bulletin it is.", required=True)
    rulebook = to_one(shape, "rulebook", "The rules it was made under.", rule=Rule.READ_RULEBOOKS)

    @computed("Which table it is, in the language of the request.")
    def kind_label(self, info: Asked) -> str:
        return label(BulletinKind(self.kind), info.context.language)

    @computed("District and version of the rulebook it was made under, e.g. jinjiang/2026.1.")
    def rulebook_version(self) -> str:
        version: str = self._read["rulebook"]
        return version

    @computed("What was frozen, as the bytes that `sha256` is of: canonical JSON.")
    def document(self) -> str:
        return self._body.decode()

    @computed("Its columns, in order.")
    def columns(self) -> list[BulletinColumn]:
        return _columns(self._read)

    @computed("Its rows: by rank, then those without one.")
    def rows(self) -> list[BulletinRow]:
        return _rows(self._read, self.id)

    @resolved(
        Rule.OVERSIGHT,
        "Whether the table, worked out again from what is recorded, comes to the same bytes. Takes a moment.",
    )
    async def verified(self) -> bool:
        async with VERIFYING:
            again = await bulletins.recomputed(self.id)
        return again == self._body and sha256(self._body).hexdigest() == self.sha256

    @property
    def _body(self) -> bytes:
        body: bytes = self.__dict__["body"]
        return body

    @cached_property
    def _read(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self._body)
        return document


@default_rule(Rule.OVERSIGHT)
@strawberry.type(
    description="A table as it stands now: of a month or year that is still running, or not out yet."
)
class BulletinDraft:
    kind: BulletinKind = leaf(description="Which table it is.")
    period: str = leaf(description="The month or year it is about.")
    cut_off: datetime = leaf(description="Only what was recorded before this instant counts.")
    table: strawberry.Private[Table]

    @computed("Which table it is, in the language of the request.")
    def kind_label(self, info: Asked) -> str:
        return label(self.kind, info.context.language)

    @computed("District and version of the rulebook it is made under.")
    def rulebook_version(self) -> str:
        version: str = self.table.document["rulebook"]
        return version

    @computed("Its columns, in order.")
    def columns(self) -> list[BulletinColumn]:
        return _columns(self.table.document)

    @computed("Its rows: by rank, then those without one.")
    def rows(self) -> list[BulletinRow]:
        behind: dict[tuple[str, str], dict[FigurePart, list[UUID]]] = defaultdict(dict)
        for one in self.table.behind:
            behind[one.subject, one.column][one.part] = [UUID(issue) for issue in one.issues]
        return _rows(self.table.document, None, behind)


async def drafted(context: Context, district: str, month: str, kind: BulletinKind) -> BulletinDraft | None:
    """The draft of a district that the viewer sees whole."""
    of, row = period(month), await pages.one_by(shapes.DISTRICT, context.viewer, "key", storable(district))
    if of is None or row is None or row["id"] not in context.loaders.scope.districts:
        return None
    made = await bulletins.draft(row["id"], of, kind, context.now())
    if made is None:
        return None
    cut_off = datetime.fromisoformat(made.document["period"]["cutOff"])
    return BulletinDraft(kind=kind, period=of.name, cut_off=cut_off, table=made)


Sources = Mapping[tuple[str, str], Mapping[FigurePart, Sequence[UUID]]]
"""By subject and column: what stands behind a figure of a draft."""
NOWHERE: Sources = {}


def _columns(document: Mapping[str, Any]) -> list[BulletinColumn]:
    return [BulletinColumn(**column) for column in document["columns"]]


def _rows(document: Mapping[str, Any], bulletin: UUID | None, behind: Sources = NOWHERE) -> list[BulletinRow]:
    columns, subjects = _columns(document), {one["id"]: one for one in document["subjects"]}
    streets = document["kind"] == BulletinKind.STREETS
    return [
        BulletinRow(
            rank=row["rank"],
            grade=row["grade"],
            awards=[BulletinAward(**award) for award in row.get("awards", ())],
            key=subjects[row["subject"]]["key"],
            name_zh=subjects[row["subject"]]["zh"],
            name_en=subjects[row["subject"]]["en"],
            kind=UnitKind.STREET if streets else UnitKind.DEPARTMENT,
            id=UUID(row["subject"]),
            figures=[
                _figure(row, column, bulletin, behind.get((row["subject"], column.key), {}))
                for column in columns
                if column.key in row["figures"]
            ],
        )
        for row in document["rows"]
    ]


def _figure(
    row: Mapping[str, Any],
    column: BulletinColumn,
    bulletin: UUID | None,
    behind: Mapping[FigurePart, Sequence[UUID]],
) -> BulletinFigure:
    figure = row["figures"][column.key]
    gap = Gap(figure["gap"]) if figure["gap"] else None
    known = {**figure, "gap": gap}
    return BulletinFigure(
        column=column, subject=UUID(row["subject"]), bulletin=bulletin, behind=behind, **known
    )


@strawberry.input(description="Which published tables.")
class BulletinWhere:
    district: ID | None = given("Of this district.")
    kinds: list[BulletinKind] | None = given("One of these tables.")
    period: str | None = given("Of this month, e.g. 2026-03, or year.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("district_id", key(self.district, "District", "district")),
            among("kind", members(self.kinds)),
            equal("period", text(self.period, "period")),
        ]


@default_rule(Rule.STAFF)
@strawberry.type(description="评分表: what a community or a resident gave a department for a year, on paper.")
class ScoreSheet(Record):
    shape = shapes.SCORE_SHEET
    year: int = leaf(description="The year it is about.")
    number: str = leaf(description="Its number, as printed on the paper.")
    rater: RaterGroup = leaf(description="Who filled it in.")
    entered_at: datetime = leaf(description="When it was entered.")
    withdrawn_at: datetime | None = leaf(description="When it was taken back as entered wrongly.")
    department = to_one(shape, "department", "Who was scored.", required=True)
    community = to_one(shape, "community", "Where it comes from.", required=True)
    post = to_one(shape, "post", "The post that entered it.")

    @computed("What was given, from 0 to 100, with two decimals.")
    def score(self) -> str:
        score: Decimal = self.__dict__["score"]
        return str(score)

    @computed("Who filled it in, in the language of the request.")
    def rater_label(self, info: Asked) -> str:
        return label(RaterGroup(self.rater), info.context.language)


@strawberry.input(description="Which score sheets.")
class ScoreSheetWhere:
    year: int | None = given("About this year.")
    department: ID | None = given("About this department.")
    community: ID | None = given("From this community.")
    raters: list[RaterGroup] | None = given("Filled in by one of these.")
    withdrawn: bool | None = given("Whether it was taken back.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("year", self.year),
            equal("department_id", key(self.department, "Department", "department")),
            equal("community_id", key(self.community, "Community", "community")),
            among("rater", members(self.raters)),
            present("withdrawn_at", self.withdrawn),
        ]
