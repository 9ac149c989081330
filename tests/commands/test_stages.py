"""What stages and statuses mean beyond the state table, which tests/commands/test_triples.py derives from."""

from __future__ import annotations

from tests.commands.refusals import refused
from tests.commands.rounds import Round
from tests.commands.shelf import Shelf


async def test_a_part_of_the_wrong_status_says_so(shelf: Shelf) -> None:
    """HANDLING is one stage with two statuses of its part."""
    for name, at, found, expected in (
        ("completeAssignment", "HANDLING", "ACCEPTED", "ON_SITE"),
        ("reportIn", "ON_SITE", "ON_SITE", "ACCEPTED"),
    ):
        given = shelf.given(name, at)
        problem = await refused(
            shelf.desk,
            name,
            shelf.people["handler"],
            given,
            "WrongStageProblem",
            "input.assignment",
            "WRONG_STATUS",
        )
        assert (problem["found"], problem["expected"]) == (found, [expected])


async def test_a_failed_verification_reopens_handling_and_the_way_is_gone_again(desk) -> None:
    case = await Round(desk).to_stage("VERIFYING")
    await case.verified(passed=False)
    shown = await case.shown("stage assignments { status reworks } duties { kind status }")
    assert shown["stage"] == "HANDLING"
    assert shown["assignments"] == [{"status": "ON_SITE", "reworks": 1}]
    assert [d["kind"] for d in shown["duties"] if d["status"] == "OPEN"] == ["HANDLE"]
    await case.step("completeAssignment")
    await case.verified()
    await case.reviewed()
    kinds = (await case.shown("timeline(last: 30) { nodes { kind } }"))["timeline"]["nodes"]
    assert [e["kind"] for e in kinds][5:] == [
        "COMPLETED", "REWORK", "COMPLETED", "VERIFIED", "ANSWERED", "REVIEWED", "FILED",
    ]  # fmt: skip


async def test_an_assessment_may_be_corrected_until_the_call(desk) -> None:
    case = await Round(desk).to_stage("ASSESSED")
    await case.assessed(category="hydrant", note="其实是消火栓")
    shown = await case.shown("stage item { key } timeline(last: 5) { nodes { kind note } }")
    assert (shown["stage"], shown["item"]["key"]) == ("ASSESSED", "hydrant")
    assert shown["timeline"]["nodes"][-1] == {"kind": "ASSESSED", "note": "其实是消火栓"}
