"""`huying demo --district gulou`: one half-year of the satisfaction cycle at its real size, from soliciting
opinions to residents' word on what was put right, with every call that it takes."""

from __future__ import annotations

import json
import secrets
import time
from decimal import Decimal
from typing import Any

from api.ids import global_id
from infra import connections
from infra.commands.failures import CommandError
from infra.demo.cast import Cast
from infra.demo.client import Api, DemoError, session
from infra.demo.half_year import asking, listing, perceiving, righting
from infra.demo.half_year.asking import Round
from infra.demo.half_year.office import Office, machine_token
from infra.demo.half_year.told import HalfYear, told
from infra.demo.rounds.ground import truth
from infra.demo.rounds.sheets import sheets
from infra.demo.show import Show
from infra.demo.stage import while_kept
from infra.settings import Settings
from infra.supervisor import Everything, everything
from models.policy.rulebook import Rulebook
from models.policy.survey.instrument import QuestionKind
from models.queries import posts
from models.queries.posts import PostAsked
from models.rulebooks.geography import geography
from models.rulebooks.loader import load

DISTRICT, RULEBOOK = "gulou", "gulou-demo"
SEED = 20210630
LIFT = 0.35
"""Goodwill won since the round before, in the measure of infra/demo/rounds/truth.py."""
EARLIER = 8
"""Of the round before one sheet in so many is handed in: it is there to be compared with."""
FEATURES = {"party_led_feature": 92.5, "governance_feature": 90.0}
RESULT = "survey { status }"


async def play(settings: Settings, once: bool, as_json: bool) -> None:
    """The whole half-year. Raises CommandError where it does not end as it should."""
    show = Show(as_json)
    loaded = load(RULEBOOK)
    async with everything(settings, loaded, show.note) as running:
        async with connections.database(running.settings):
            held = await posts.posts(PostAsked(district=DISTRICT))
        keys = connections.local_keys(running.settings)
        cast = Cast(held, keys, DISTRICT)
        show.opening(running.addresses(), cast.tokens())
        async with session() as http:
            office = Office(
                Api(f"{running.api.address}/graphql", http),
                cast,
                geography(loaded.district),
                f"half-year-{secrets.token_hex(6)}",
                machine_token(cast, keys),
                _texts(loaded.rulebook),
                show.note,
            )
            try:
                found = await while_kept(running, _half_year(office, loaded.rulebook, running))
            except DemoError as failure:
                raise CommandError(f"the demo failed: {failure}") from failure
            if as_json:
                print(json.dumps(found.as_json(), ensure_ascii=False), flush=True)
            if found.complaint:
                raise CommandError(f"the demo failed: {found.complaint}")
            if not once:
                show.note("The demo stays on; Ctrl-C stops everything.")
                await running.keep()


async def _half_year(office: Office, book: Rulebook, running: Everything) -> HalfYear:
    began = time.monotonic()
    before, now = await asking.codes(office)
    await _earlier(office, before, book)
    of = await asking.opened(office, now)
    cycle = (await office.act(office.head, "beginCycle", "cycle { id }", survey=of.id))["cycle"]["id"]
    answered = list(sheets(truth(RULEBOOK, SEED, LIFT), SEED))
    office.note(f"Round {now}: {len(answered):,} responses are handed in")
    await asking.handed_in(office, of, answered)
    await asking.closed(office, of)
    items = await listing.listed(office, of, book)
    await _published(office, of)
    await listing.issued(office, of)
    office.note(f"Round {now} is published: {running.api.address}/surveys/{DISTRICT}/{now}")
    await office.act(office.head, "advanceCycle", "cycle { step }", cycle=cycle, note="已向街道反馈。")
    office.note(f"{len(items)} negative items are put right, {sum(item.calls for item in items)} by calls")
    raised = await righting.put_right(office, items, book)
    await righting.settled(office, of.id, "ISSUED", "RECTIFYING", "WAITING")
    office.note("Residents are asked whether they were")
    await perceiving.perceived(office, of.id, items, SEED)
    await _ended(office, cycle)
    found = await told(office, of, DISTRICT, raised, time.monotonic() - began)
    _say(office, found)
    return found


async def _earlier(office: Office, code: str, book: Rulebook) -> None:
    """The round before, smaller: what improvement is measured against."""
    drawn = (sheet for sheet in sheets(truth(RULEBOOK, SEED), SEED - 1) if sheet.flaw is None)
    answered = list(drawn)[::EARLIER]
    of = await asking.opened(office, code)
    office.note(f"Round {code}, to compare with: {len(answered):,} responses")
    await asking.handed_in(office, of, answered)
    await asking.closed(office, of)
    await listing.listed(office, of, book, listing.ITEMS // EARLIER)
    await _published(office, of)


async def _published(office: Office, of: Round) -> None:
    """Special indicators are entered, alike for all; then the round is scored and opened to everybody."""
    features: list[dict[str, Any]] = [
        {"street": global_id("Street", street.id), "indicator": key, "score": score, "source": "示例数据"}
        for street in office.ground.streets
        for key, score in FEATURES.items()
    ]
    await office.act(office.head, "enterSurveyFeatures", RESULT, survey=of.id, features=features)
    await office.act(office.head, "scoreSurvey", RESULT, survey=of.id)
    await office.act(office.head, "publishSurvey", RESULT, survey=of.id)


async def _ended(office: Office, cycle: str) -> None:
    """The loop moves on by facts to its last step, and ends by the office's word."""
    await asking.stands(office, cycle, "IMPROVE")
    await office.act(office.head, "advanceCycle", "cycle { step }", cycle=cycle, note="本轮结束。")


def _texts(book: Rulebook) -> frozenset[str]:
    if book.survey is None:
        return frozenset()
    forms = book.survey.instrument.questionnaires
    return frozenset(q.key for form in forms for q in form.questions if q.kind is QuestionKind.TEXT)


def _say(office: Office, found: HalfYear) -> None:
    """The end, for people."""
    score, low, high = map(Decimal, (found.mean_score, *found.interval))
    office.note(f"{found.responses:,} responses, {found.left_out:,} left out")
    office.note(f"composite {score:.2f} ({low:.2f} to {high:.2f})")
    for row in found.ranking[:3]:
        office.note(f"  {row['rank']}. {row['street']}")
    office.note(
        f"{found.items} items, {found.calls_raised} calls, {found.closed} closed, {found.reopened} reopened"
    )
    change = found.improvement
    likely = f"= {change['p']}" if Decimal(change["p"]) else "< 0.000001"  # it has six digits
    office.note(f"improvement {Decimal(change['difference']):+.2f}, p {likely}")
