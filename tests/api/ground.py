"""Districts of the reading tests, put into the real database row by row, and the viewers that ask."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from models.policy.access import Post, Viewer
from models.policy.search import grams
from models.queries import db
from models.terms import Criterion, Role, derived_id

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def key(*parts: object) -> UUID:
    return derived_id("reading tests", *parts)


async def insert(table: str, **columns: Any) -> UUID:
    """Inserts one row; returns its id."""
    names = ", ".join(columns)
    places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    await db.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *columns.values())
    return columns["id"]


@dataclass
class Ground:
    """One district: make it with `Ground.laid`, then add places, people and issues by name."""

    name: str
    ids: dict[str, UUID] = field(default_factory=dict)
    names: dict[UUID, str] = field(default_factory=dict)

    @classmethod
    async def laid(cls, name: str) -> Ground:
        ground = cls(name)
        district = await ground.put(
            "districts",
            "district",
            key=f"reading-{name}",
            name_zh=f"阅读{name}区",
            name_en=f"Reading {name}",
            division_code="000000",
            code_prefix=f"R{name}",
        )
        for department, zh in (("lighting", "城市照明管理处"), ("water", "水务局")):
            await ground.put(
                "departments",
                department,
                district_id=district,
                key=department,
                name_zh=zh,
                name_en=department,
            )
        book = await ground.put(
            "rulebooks",
            "rulebook",
            district_id=district,
            version="1",
            digest="0" * 64,
            body={},
            loaded_at=NOW,
            active=True,
        )
        for position, (item, zh) in enumerate((("lamp", "路灯"), ("drain", "下水道"))):
            await ground.put(
                "items",
                item,
                rulebook_id=book,
                key=item,
                group_key="parts",
                group_zh="部件",
                group_en="Parts",
                name_zh=zh,
                name_en=item,
                level="GENERAL",
                own_team="COMMUNITY",
                departments=["lighting"],
                position=position,
            )
        return ground

    def __getitem__(self, name: str) -> UUID:
        return self.ids[name]

    async def put(self, table: str, name: str, /, **columns: Any) -> UUID:
        """A row under a name of this district."""
        self.ids[name] = key(self.name, name)
        self.names[self.ids[name]] = name
        return await insert(table, id=self.ids[name], **columns)

    async def street(self, name: str) -> UUID:
        return await self.put(
            "streets", name, district_id=self["district"], code=name, name_zh=f"{name}街道", name_en=name
        )

    async def community(self, name: str, street: str) -> UUID:
        return await self.put(
            "communities",
            name,
            district_id=self["district"],
            street_id=self[street],
            code=name,
            name_zh=f"{name}社区",
            name_en=name,
            synthetic=True,
        )

    async def grid(self, name: str, street: str, community: str) -> UUID:
        return await self.put(
            "grids",
            name,
            district_id=self["district"],
            street_id=self[street],
            community_id=self[community],
            code=name,
            polygon={"type": "Polygon", "coordinates": []},
            synthetic=True,
        )

    async def person(self, name: str, role: Role, grants: tuple[str, ...] = (), **units: str) -> Viewer:
        """A person with one post, as the viewer their token describes."""
        places = {unit: self[place] for unit, place in units.items()}
        person = await self.put(
            "people",
            name,
            district_id=self["district"],
            subject=f"{name}@{self.name}",
            name=f"张{name}",
            phone="13900001234",
            synthetic=True,
        )
        post = await self.put(
            "posts",
            f"{name}'s post",
            person_id=person,
            role=role.value,
            head=False,
            district_id=self["district"],
            **{f"{unit}_id": place for unit, place in places.items()},
        )
        held = Post(post, role, False, self["district"], **places)
        machine = role is Role.INTEGRATOR  # its post is on record, but it is no person
        return Viewer(f"{name}@{self.name}", None if machine else person, (held,), frozenset(grants))

    async def issue(self, name: str, street: str, **given: Any) -> UUID:
        """An issue; `given` are columns other than the usual, with places by name."""
        places = {f"{unit}_id": self[given.pop(unit)] for unit in ("community", "grid") if unit in given}
        title, place = given.pop("title", "路灯不亮"), given.pop("place", "东湖路12号")
        columns = {
            "code": f"R{self.name}-{name}",
            "district_id": self["district"],
            "street_id": self[street],
            "item_id": self["lamp"],
            "rulebook_id": self["rulebook"],
            "calendar_version": "1",
            "source": "RESIDENT",
            "title": title,
            "place": place,
            "search": grams(f"{title} {place}"),
            "level": "GENERAL",
            "stage": "HANDLING",
            "seq": 1,
            "opened_at": NOW,
            "updated_at": NOW,
            **places,
            **given,
        }
        return await self.put("issues", name, **columns)

    async def report(self, name: str, issue: str, reporter: Viewer | None, **given: Any) -> UUID:
        return await self.put(
            "reports",
            name,
            **{
                "code": f"R{self.name}-{name}",
                "issue_id": self[issue],
                "source": "RESIDENT",
                "description": "晚上看不见路",
                "reported_at": NOW,
                "reporter_id": reporter.person if reporter else None,
                "reporter_name": "王小明",
                "reporter_phone": "13812345678",
                **given,
            },
        )

    async def assignment(self, issue: str, department: str, status: str, **given: Any) -> UUID:
        return await self.put(
            "assignments",
            f"{issue} by {department}",
            **{
                "issue_id": self[issue],
                "unit_kind": "DEPARTMENT",
                "unit_id": self[department],
                "department_id": self[department],
                "status": status,
                "offered_at": NOW,
                "reworks": 0,
                **given,
            },
        )

    async def duty(self, name: str, issue: str, kind: str, holder: tuple[str, str], **given: Any) -> UUID:
        holder_kind, unit = holder
        return await self.put(
            "duties",
            name,
            **{
                "issue_id": self[issue],
                "key": name,
                "kind": kind,
                "status": "OPEN",
                "holder_kind": holder_kind,
                "holder_id": self[unit],
                "rule": f"{kind.lower()}/GENERAL/1d",
                "clock": "WORKING",
                "calendar_version": "1",
                "provisional": False,
                "allowed_us": 3_600_000_000,
                "spent_us": 0,
                "told": 0,
                "opened_at": NOW,
                "since": NOW,
                **given,
            },
        )

    async def entry(self, issue: str, seq: int, kind: str = "PROGRESS", **given: Any) -> UUID:
        return await self.put(
            "timeline_entries",
            f"{issue} entry {seq}",
            **{
                "issue_id": self[issue],
                "seq": seq,
                "kind": kind,
                "stage": "HANDLING",
                "at": NOW + seq * HOUR,
                "data": {},
                **given,
            },
        )

    async def call(self, issue: str, street: str, department: str) -> UUID:
        return await self.put(
            "calls",
            f"{issue} calls {department}",
            issue_id=self[issue],
            street_id=self[street],
            department_id=self[department],
            demand="请尽快修复",
            concerned=[self["water"], self["lighting"]] if issue == "i2" else [],
            called_at=NOW,
        )

    async def photo(self, issue: str, **given: Any) -> UUID:
        name = f"photo of {issue}"
        return await self.put(
            "evidence",
            name,
            **{
                "issue_id": self[issue],
                "kind": "AFTER",
                "status": "PENDING",
                "object_key": f"evidence/{self.name}/{issue}",
                "content_type": "image/jpeg",
                "size": 1000,
                "sha256": "a" * 64,
                "announced_at": NOW,
                **given,
            },
        )

    async def proofs(self, issue: str) -> None:
        """What can be known of its photo."""
        of = {"evidence_id": self[f"photo of {issue}"], "issue_id": self[issue]}
        finding = {**of, "kind": "NO_TIME", "weight": "NOTE", "rule": "r", "data": {}, "found_at": NOW}
        await self.put("evidence_findings", f"finding of {issue}", **finding)
        await self.put("evidence_openings", f"opening of {issue}", **of, reason="核对", opened_at=NOW)
        hold = {"issue_id": self[issue], "reason": "诉讼", "placed_at": NOW}
        await self.put("evidence_holds", f"hold of {issue}", **hold)
        deletion = {**of, "part": "WHOLE", "sha256": "a" * 64, "rule": "r", "keys": [], "shared": []}
        await self.put("evidence_deletions", f"deletion of {issue}", **deletion, due_at=NOW, decided_at=NOW)
        await self.put("evidence_sweeps", "sweep", whole=True, started_at=NOW, figures={}, faults=[])

    async def scorecard(self, issue: str, street: str, department: str) -> UUID:
        return await self.put(
            "scorecards",
            f"scorecard of {issue}",
            issue_id=self[issue],
            assignment_id=self[f"{issue} by {department}"],
            street_id=self[street],
            department_id=self[department],
            scores={criterion.value: 20 for criterion in Criterion},
            total=100,
            rulebook_version="1",
            reviewed_at=NOW,
            signers=[self.ids[who] for who in ("street clerk", "office") if who in self.ids],
        )

    async def notification(self, post: str, issue: str, duty: str, seq: int, **given: Any) -> UUID:
        return await self.put(
            "notifications",
            f"told {post} {seq}",
            **{
                "post_id": self[post],
                "issue_id": self[issue],
                "seq": seq,
                "duty_id": self[duty],
                "target": "HOLDER",
                "percent": 50,
                "owed_at": NOW,
                "told_at": NOW + seq * HOUR,
                **given,
            },
        )

    async def bulletin(self, name: str, **given: Any) -> UUID:
        """A table of streets, as it would be published."""
        subject = {"id": str(self["s1"]), "key": "s1", "zh": "s1街道", "en": "s1"}
        figure = {"value": "1", "shown": "1", "scale": "1", "numerator": "1", "denominator": "1"}
        document = {
            "kind": "STREETS",
            "rulebook": f"{self.name}/1",
            "columns": [
                {"key": "calls", "zh": "呼叫数", "en": "Calls", "rule": "bulletin_streets/calls@A/1"}
            ],
            "subjects": [subject],
            "rows": [
                {
                    "subject": subject["id"],
                    "rank": 1,
                    "grade": None,
                    "figures": {"calls": {**figure, "gap": None, "missing": 0}},
                }
            ],
        }
        return await self.put(
            "bulletins",
            name,
            **{
                "district_id": self["district"],
                "period": "2026-02",
                "kind": "STREETS",
                "rulebook_id": self["rulebook"],
                "scheme_digest": "0" * 64,
                "cut_off": NOW,
                "body": json.dumps(document, ensure_ascii=False).encode(),
                "sha256": "0" * 64,
                "published_at": NOW,
                **given,
            },
        )

    async def score_sheet(self, name: str, department: str, community: str, **given: Any) -> UUID:
        return await self.put(
            "score_sheets",
            name,
            **{
                "district_id": self["district"],
                "year": 2026,
                "number": name,
                "department_id": self[department],
                "community_id": self[community],
                "rater": "RESIDENT",
                "score": "90.50",
                "entered_at": NOW,
                **given,
            },
        )
