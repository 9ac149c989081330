"""`huying token`: signs a token for somebody of the database, or lists who there is."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from rich.console import Console
from rich.table import Table

from infra import connections
from infra.commands.database import ensure_current
from infra.commands.failures import CommandError
from infra.commands.surroundings import surroundings
from infra.settings import Settings
from models.queries import posts
from models.queries.posts import PostAsked, PostHeld
from models.terms import Role

SHOWN_OF_A_ROLE = 12
"""A district has hundreds of grid workers; JSON lists them all."""


@dataclass(frozen=True)
class Wanted:
    """Whom a person at the command line asks for, in their own words."""

    person: str | None
    role: str | None
    district: str | None
    street: str | None
    community: str | None
    grid: str | None
    department: str | None

    def asked(self) -> PostAsked:
        """The same for the database. Raises CommandError for a role there is not."""
        role = self.role and self.role.upper().replace("-", "_")
        if role and role not in Role.__members__:
            raise CommandError(f"no role {self.role}; one of {', '.join(Role)}")
        return PostAsked(
            self.person,
            Role(role) if role else None,
            self.district,
            self.street,
            self.community,
            self.grid,
            self.department,
        )

    @property
    def anybody(self) -> bool:
        return self == Wanted(None, None, None, None, None, None, None)


def run(wanted: Wanted, hours: float, listing: bool, as_json: bool) -> None:
    """Prints the token alone, so that `$(huying token …)` holds it; who it is for goes to standard error."""
    settings = surroundings()
    listing = listing or wanted.anybody
    if settings.jwks_url and not listing:
        raise CommandError(
            "HUYING_JWKS_URL is set, so tokens come from that identity provider, not from here"
        )
    found = asyncio.run(_found(settings, wanted.asked()))
    if not found and wanted.anybody:
        raise CommandError("nobody is there yet; load a district, such as `huying load jinjiang`")
    if not found:
        raise CommandError("nobody answers to that; `huying token --list` shows who there is")
    if listing:
        _list(found, as_json)
    else:
        _sign(settings, found, timedelta(hours=hours), as_json)


async def _found(settings: Settings, asked: PostAsked) -> list[PostHeld]:
    async with connections.database(settings):
        await ensure_current()
        return await posts.posts(asked)


def _sign(settings: Settings, found: list[PostHeld], lifetime: timedelta, as_json: bool) -> None:
    chosen = found[0]
    token = connections.local_keys(settings).mint(chosen.viewer, lifetime)
    until = (datetime.now(UTC) + lifetime).isoformat(timespec="seconds")
    if as_json:
        print(json.dumps({"token": token, "expiresAt": until, **_described(chosen)}, ensure_ascii=False))
        return
    others = f", the first of {len(found)}" if len(found) > 1 else ""
    who = f"{chosen.subject} ({chosen.name}, {chosen.post.role}, {chosen.place_zh}){others}"
    print(f"{who}; good until {until}", file=sys.stderr)
    print(token)


def _list(found: list[PostHeld], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"people": [_described(one) for one in found]}, ensure_ascii=False, indent=1))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("Role", "Subject", "Name", "Place", "Head"):
        table.add_column(column, overflow="fold")
    left_out = []
    for role, group in groupby(found, lambda one: one.post.role):
        held = list(group)
        for one in held[:SHOWN_OF_A_ROLE]:
            table.add_row(role, one.subject, one.name, one.place_zh, "head" if one.post.head else "")
        if len(held) > SHOWN_OF_A_ROLE:
            left_out.append(f"{role}: {len(held) - SHOWN_OF_A_ROLE} more (--json, --street, …)")
    # Notes stand below: in a cell a narrow terminal would fold them away.
    Console().print(table, *left_out, sep="\n")


def _described(one: PostHeld) -> dict[str, object]:
    return {
        "subject": one.subject,
        "name": one.name,
        "role": one.post.role.value,
        "head": one.post.head,
        "place": one.place_zh,
        "placeEn": one.place_en,
    }
