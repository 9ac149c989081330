"""One round of the satisfaction measure in the ground of the reading tests, with a draft beside it."""

from __future__ import annotations

from hashlib import sha256

from models.policy.access import Viewer
from tests.api.ground import HOUR, NOW, Ground


async def survey(ground: Ground, name: str, code: str, status: str) -> None:
    await ground.put(
        "surveys", name, district_id=ground["district"], code=code, year=2026, half=int(code[-1]),
        name_zh=f"{code}考评", name_en=f"Round {code}", status=status, rulebook_id=ground["rulebook"],
        instrument={"key": "satisfaction"}, opens_at=NOW, closes_at=NOW + 100 * HOUR, created_at=NOW,
    )  # fmt: skip


async def sheet(
    ground: Ground, name: str, street: str, community: str, number: int, writer: Viewer | None = None
) -> None:
    """An invitation that was answered, with a doubt and an opinion."""
    places = {"street_id": ground[street], "community_id": ground[community]}
    where = {"district_id": ground["district"], **places}
    of_round = {"survey_id": ground["round"]}
    asked = {"group_key": "elderly", "mode": "TARGETED", "purpose": "SCORE"}
    invitation = await ground.put(
        "invitations", f"invitation {name}", **where, **of_round, **asked, status="ANSWERED",
        token_digest=sha256(f"{ground.name} {name}".encode()).hexdigest(), created_at=NOW + number * HOUR,
        opened_at=NOW, answered_at=NOW,
    )  # fmt: skip
    response = await ground.put(
        "responses", f"response {name}", **where, **of_round, **asked, invitation_id=invitation,
        channel="PAPER" if writer else "PAGE", status="SUBMITTED", answers={"parking": "fair", "years": 3},
        digest="0" * 64, post_id=writer.posts[0].id if writer else None, started_at=NOW, saved_at=NOW,
        submitted_at=NOW + number * HOUR, seconds=20, excluded=True,
    )  # fmt: skip
    await ground.put(
        "response_flags", f"flag {name}", **of_round, response_id=response, reason="SPEEDER", excludes=True,
        rule="speeder: 20 s < 25.2 s for 21 answers", flagged_at=NOW,
    )  # fmt: skip
    await ground.put(
        "opinions", f"opinion {name}", **where, **of_round, response_id=response, question_key="suggestions",
        words=f"{name}：修路", created_at=NOW + number * HOUR,
    )  # fmt: skip


async def measured(ground: Ground, clerk: Viewer) -> None:
    """A round with three sheets in two streets, one of them written down by a street clerk."""
    await survey(ground, "round", "2026H1", "OPEN")
    await survey(ground, "draft", "2026H2", "DRAFT")
    for street, wanted in (("s1", 20), ("s2", 10)):
        await ground.put(
            "quota_cells", f"cell {street}", survey_id=ground["round"], street_id=ground[street],
            group_key="elderly", mode="TARGETED", wanted=wanted, invited=2, submitted=2, excluded=1,
        )  # fmt: skip
    await sheet(ground, "a", "s1", "c1", 1)
    await sheet(ground, "b", "s1", "c2", 2, clerk)
    await sheet(ground, "c", "s2", "c3", 3)
    await ground.put(
        "survey_results", "result of the round", survey_id=ground["round"], district_id=ground["district"],
        code="2026H1", rulebook_id=ground["rulebook"], cut_off=NOW, body=b"{}", sha256="0" * 64,
        open_data=b"", inputs={}, scored_at=NOW,
    )  # fmt: skip
