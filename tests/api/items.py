"""Negative items and a cycle in the ground of the reading tests, with what is owed about them."""

from __future__ import annotations

from tests.api.ground import HOUR, NOW, Ground


async def item(
    ground: Ground, name: str, street: str, community: str | None, status: str, number: int
) -> None:
    """An item of the round, with its lines and what is owed about it."""
    issued = None if status == "DRAFT" else NOW
    waits = status == "WAITING"
    issue = ground.ids.get("i1") or ground["j1"]
    key = await ground.put(
        "negative_items", name, district_id=ground["district"], survey_id=ground["round"],
        street_id=ground[street], community_id=ground[community] if community else None,
        code=f"R{ground.name}-2026H1-{number:04}", category="lamp", title=f"{name}：路灯", severity="SEVERE",
        status=status, departmental=waits, issue_id=issue if waits else None,
        rulebook_version=f"{ground.name}/1", seq=2, round=number % 2, asked=3, answered=2, satisfied=1,
        yellow_at=NOW - HOUR, due_at=None if waits else NOW + number * HOUR,
        created_at=NOW + number * HOUR, issued_at=issued,
    )  # fmt: skip
    for seq, kind in enumerate(("ISSUED", "STARTED"), 1):
        await ground.put(
            "item_entries", f"{name} entry {seq}", item_id=key, seq=seq, kind=kind, status=status,
            at=NOW + seq * HOUR, rule="rectify/SEVERE/30 d", data={},
        )  # fmt: skip
    await ground.duty(
        f"{name} rectify", "s1", "RECTIFY", ("STREET", street), issue_id=None, negative_item_id=key,
        due_at=NOW + number * HOUR, yellow_at=NOW,
    )  # fmt: skip


async def rectified(ground: Ground) -> None:
    """Items of two streets at four statuses, and the cycle of their round."""
    await item(ground, "lamps", "s1", "c1", "ISSUED", 1)
    await item(ground, "drains", "s1", "c2", "WAITING", 2)
    await item(ground, "noise", "s2", None, "CLOSED", 3)
    await item(ground, "dust", "s2", "c3", "DRAFT", 4)
    key = await ground.put(
        "rectification_cycles", "cycle", district_id=ground["district"], survey_id=ground["round"],
        code="2026H1", step="RECTIFY", seq=1, due_at=NOW + HOUR, yellow_at=NOW, started_at=NOW,
    )  # fmt: skip
    await ground.put(
        "cycle_entries", "cycle entry 1", cycle_id=key, seq=1, kind="BEGUN", step="SOLICIT", at=NOW, data={}
    )
    await ground.duty(
        "cycle rectify", "s1", "RECTIFY", ("OFFICE", "district"), issue_id=None, cycle_id=key,
        due_at=NOW + HOUR, yellow_at=NOW,
    )  # fmt: skip
