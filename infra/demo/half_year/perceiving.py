"""Residents are asked whether items were put right; what they are not satisfied with is done again."""

from __future__ import annotations

from random import Random

from infra.demo.client import DemoError
from infra.demo.half_year.listing import Listed
from infra.demo.half_year.office import Office
from infra.demo.half_year.righting import done, settled, standing
from models.terms import ResponseChannel

SATISFIED = 0.96
"""Of those asked; after a second attempt everybody is."""
AT_A_TIME = 50
MOST_ROUNDS = 5
TOO_LATE = "NOT_OPEN"
LINKS = "links { token }"


async def perceived(office: Office, survey: str, items: list[Listed], seed: int) -> None:
    """Asks about every item until residents say of each that it is right."""
    random = Random(seed)  # noqa: S311 - made-up residents, the same ones every time
    by_id = {item.id: item for item in items}
    for _ in range(MOST_ROUNDS):
        waiting = await standing(office, survey, "PERCEIVING")
        await _asked(office, waiting, random)
        again = await _decided(office, survey)
        if not again:
            return
        await office.all_of(lambda key: done(office, by_id[key]), again)


async def _asked(office: Office, items: dict[str, int], random: Random) -> None:
    """All of them, and every link is answered."""
    keys = sorted(items)
    for first in range(0, len(keys), AT_A_TIME):
        some = keys[first : first + AT_A_TIME]
        answer = await office.act(office.head, "askResidents", LINKS, items=some)
        sure = all(items[key] for key in some)
        tokens = [(link["token"], sure or random.random() < SATISFIED) for link in answer["links"]]
        await office.all_of(lambda one: _answer(office, *one), tokens)


async def _answer(office: Office, token: str, satisfied: bool) -> None:
    """Whoever comes when the matter was decided, because its time was over, is not heard any more."""
    said = "satisfied" if satisfied else "dissatisfied"
    try:
        await office.api.act(
            "",
            "submitResponse",
            f"{office.key}/{token}",
            "submitted",
            token=token,
            channel=ResponseChannel.APP.value,
            answers=[{"question": "put_right", "choices": [said]}],
        )
    except DemoError as refused:
        if TOO_LATE not in str(refused):
            raise


async def _decided(office: Office, survey: str) -> list[str]:
    """Waits until every item asked about is closed or reopened; those that are reopened."""
    await settled(office, survey, "PERCEIVING")
    return sorted(await standing(office, survey, "RECTIFYING"))
