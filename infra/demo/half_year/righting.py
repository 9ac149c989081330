"""Items put right: by the street itself, or by departments that it calls, each call an issue of its own."""

from __future__ import annotations

from infra.demo.acting import Acting
from infra.demo.half_year.listing import Listed
from infra.demo.half_year.office import Office, until
from infra.demo.script import script
from infra.demo.stories import Story
from models.policy.rulebook import Rulebook
from models.terms import Level

ITEM = "item { status issue { id code } }"
STANDING = """
  query Standing($survey: ID!, $statuses: [ItemStatus!]) {
    negativeItems(where: {survey: $survey, statuses: $statuses}, first: 1000) { nodes { id round } }
  }
"""


async def put_right(office: Office, items: list[Listed], book: Rulebook) -> list[str]:
    """Every item, side by side; the codes of the calls raised."""
    raised: list[str] = []

    async def one(item: Listed) -> None:
        if item.calls:
            raised.append(await _called(office, item, book))
        else:
            await office.act(office.clerk(item.street), "startItem", ITEM, item=item.id)
            await done(office, item)

    await office.all_of(one, items)
    return raised


async def done(office: Office, item: Listed) -> None:
    """The street's own people do it."""
    clerk = office.clerk(item.street)
    await office.act(clerk, "completeItem", ITEM, item=item.id, note="街道自行整改，已完成。")


async def _called(office: Office, item: Listed, book: Rulebook) -> str:
    """The street calls a department; the issue goes its way to filing, and the item waits on it."""
    line = book.item(item.category)
    assert line is not None, "lines of the list come from the list"
    raised = await office.act(
        office.clerk(item.street),
        "raiseItemCall",
        ITEM,
        item=item.id,
        place="见负面清单",
        demand="群众不满意事项，请贵单位到场处理。",
    )
    issue = raised["item"]["issue"]
    story = Story(
        street=item.street,
        category=item.category,
        title=line.zh,
        place="见负面清单",
        description="群众不满意事项",
        level=Level.GENERAL,
        departments=[line.departments[0]],
    )
    on = Acting(office.api, office.cast, story, f"{office.key}/{issue['code']}", [])
    on.issue, on.code = issue["id"], issue["code"]
    _reported, _photos, *scenes = script(story)  # the item reported it
    for scene in scenes:
        await scene.play(on)
    return str(issue["code"])


async def standing(office: Office, survey: str, *statuses: str) -> dict[str, int]:
    """Items of the round that stand so, with how often each was reopened."""
    found = await office.api.ask(office.head.token, STANDING, survey=survey, statuses=list(statuses))
    return {one["id"]: one["round"] for one in found["negativeItems"]["nodes"]}


async def settled(office: Office, survey: str, *moving: str) -> None:
    """Waits until no item of the round stands so any more."""

    async def still() -> bool:
        return not await standing(office, survey, *moving)

    await until(still)
