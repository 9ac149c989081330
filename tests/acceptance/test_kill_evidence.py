"""`kill -9` of API, worker and store at each step of an upload: no row without its object, no object without
its row once it was swept, and every photo accepted all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256
from itertools import product
from random import Random
from typing import Any

import pytest

from infra.parts import ApiPart, WorkerPart
from tests.acceptance.crash import Installation
from tests.infra.command import answer, huying
from tests.pictures.scenes import photo

VICTIMS = ("api", "worker", "s3")
STEPS = ("announce", "upload", "confirm", "accept")
DELAYS = (0.0, 0.02, 0.06, 0.15, 0.4)
ALL = [*product(VICTIMS, STEPS, DELAYS)]
SAMPLE = [("api", "confirm", 0.02), ("worker", "accept", 0.15), ("s3", "accept", 0.06), ("s3", "upload", 0.0)]
"""Of the sixty the four in which most was found to be under way."""


async def test_a_photo_outlives_the_death_of_each_part(
    place: Installation, api: ApiPart, worker: WorkerPart
) -> None:
    await outlives(place, SAMPLE)


@pytest.mark.prove
async def test_a_photo_outlives_every_death_at_every_step(
    place: Installation, api: ApiPart, worker: WorkerPart
) -> None:
    cases = Random(6).sample(ALL, len(ALL))
    await outlives(place, cases)
    print(f"\n{len(cases)} uploads, each with one kill -9 ({', '.join(VICTIMS)}; {', '.join(STEPS)}): "
          f"all accepted; {len(place.again)} requests were sent again")  # fmt: skip


async def outlives(place: Installation, cases: list[tuple[str, str, float]]) -> None:
    reported = await place.insist("worker", "reportIssue", place.report)
    issue = {"issue": reported["issue"]["id"]}
    for victim, step, delay in cases:
        made = await sent(place, issue, victim, step, delay)
        assert await place.settled(made) == "ACCEPTED", (victim, step, delay)
    # Half of an acceptance, and a second copy under an address that is still good: what deaths leave behind.
    told = await command(place, "sweep", "--full", "--after", "0")
    assert told["faults"] == []
    again = await command(place, "check")
    assert again["faults"] == []
    figures = again["figures"]
    assert (figures["missing"], figures["wrong"], figures["orphans"], figures["orphanUploads"]) == (
        0,
        0,
        0,
        0,
    )
    named = await place.rows(
        "SELECT count(DISTINCT k) FROM evidence, "
        "unnest(ARRAY[original_key, view_key, medium_key, small_key]) k"
    )
    assert figures["objects"] == named[0][0]


async def command(place: Installation, *words: str) -> dict[str, Any]:
    data = place.stack.settings.data
    done = await asyncio.to_thread(huying, "evidence", *words, "--json", within=120, HUYING_DATA=data)
    found: dict[str, Any] = answer(done)
    return found


async def sent(place: Installation, issue: dict[str, str], victim: str, step: str, delay: float) -> str:
    """One photo from its announcement to its confirmation; `victim` dies `delay` seconds into `step`."""
    picture = photo(next(place.seeds), side=160)
    given = {"kind": "NEAR", "contentType": "image/jpeg", "size": len(picture)}
    given["sha256"] = sha256(picture).hexdigest()

    async def dying(name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        if name != step:
            return await work()
        working = asyncio.ensure_future(work())
        await asyncio.sleep(delay)
        await place.killed_and_back(victim)
        return await working

    ready = await dying(
        "announce", lambda: place.insist("worker", "requestEvidenceUpload", {**issue, **given})
    )
    await dying("upload", lambda: place.uploaded(ready["upload"], picture))
    made = {"evidence": ready["evidence"]["id"]}
    await dying("confirm", lambda: place.insist("worker", "confirmEvidence", made))
    await dying("accept", lambda: asyncio.sleep(0))
    return str(made["evidence"])
