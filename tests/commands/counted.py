"""Answer sheets of a made-up round as rows, as many as are wanted at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from infra.demo.rounds.sheets import Sheet
from models.queries import db
from models.rulebooks.codec import canonical
from models.terms import derived_id

INVITATIONS = (
    "id survey_id district_id street_id community_id group_key mode purpose token_digest status created_at"
)
RESPONSES = (
    "id survey_id district_id invitation_id street_id community_id group_key mode purpose channel status "
    "answers started_at saved_at submitted_at seconds excluded"
)


async def handed_in(survey: UUID, sheets: list[Sheet], at: datetime) -> None:
    """The sheets as if they had been answered; those with a flaw are flagged and left out."""
    rows = await db.rows(
        "SELECT c.id, c.code, c.street_id, c.district_id FROM communities c JOIN surveys s "
        "ON s.district_id = c.district_id WHERE s.id = $1",
        survey,
    )
    places = {row["code"]: row for row in rows}
    invited, answered, flagged = [], [], []
    for sheet in sheets:
        place = places[sheet.community]
        invitation, response = (derived_id(survey, kind, sheet.number) for kind in ("i", "r"))
        where = (survey, place["district_id"])
        what = (place["street_id"], place["id"], sheet.group, sheet.mode.value, "SCORE")
        digest = f"{survey}{sheet.number}"[:64]
        invited.append((invitation, *where, *what, digest, "ANSWERED", at))
        answers = canonical(dict(sheet.answers)).decode()
        started = at - timedelta(seconds=sheet.seconds or 300)
        answered.append(
            (
                *(response, *where, invitation, *what, sheet.channel.value, "SUBMITTED", answers),
                *(started, at, at, sheet.seconds, sheet.flaw is not None),
            )
        )
        if sheet.flaw:
            flag = derived_id(response, sheet.flaw.value)
            flagged.append((flag, survey, response, sheet.flaw.value, True, "made up", at))
    async with db.pool().acquire() as connection:
        await connection.copy_records_to_table("invitations", records=invited, columns=INVITATIONS.split())
        await connection.execute("CREATE TEMP TABLE told (LIKE responses) ON COMMIT PRESERVE ROWS")
        await connection.execute("ALTER TABLE told ALTER answers TYPE text")
        await connection.copy_records_to_table("told", records=answered, columns=RESPONSES.split())
        listed = ", ".join(RESPONSES.split())
        picked = listed.replace("answers", "answers::json")
        await connection.execute(f"INSERT INTO responses ({listed}) SELECT {picked} FROM told")
        await connection.execute("DROP TABLE told")
        await connection.copy_records_to_table(
            "response_flags",
            records=flagged,
            columns=["id", "survey_id", "response_id", "reason", "excludes", "rule", "flagged_at"],
        )
