"""The contract of every channel: the same tests for the real webhook and its in-memory twin."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from infra import connections
from infra.settings import Settings
from models.policy.notice import Notice
from models.terms import DutyKind, Role, RungTarget
from tests.workflows.receiver import Receiver, receiver
from workflows.channels import (
    Channel,
    ChannelDownError,
    ChannelRefusedError,
    LogChannel,
    MemoryChannel,
    WebhookChannel,
)

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
NOTICE = Notice(
    id=UUID(int=7),
    post=UUID(int=8),
    role=Role.STREET_CLERK,
    issue="JJ-2026-000123",
    duty=DutyKind.ASSESS,
    target=RungTarget.HOLDER,
    percent=80,
    owed_at=AT,
    told_at=AT,
)
TOLD = {
    "id": "00000000-0000-0000-0000-000000000007",
    "post": "00000000-0000-0000-0000-000000000008",
    "role": "STREET_CLERK",
    "issue": "JJ-2026-000123",
    "duty": "ASSESS",
    "target": "HOLDER",
    "percent": 80,
    "owedAt": "2026-03-02T01:30:00+00:00",
    "toldAt": "2026-03-02T01:30:00+00:00",
}


@dataclass
class Side:
    """A channel, and how its receiver is made to behave."""

    channel: Channel
    down: Callable[[], None]
    refusing: Callable[[], None]
    received: Callable[[], list[UUID]]


@pytest_asyncio.fixture
async def there() -> AsyncIterator[Receiver]:
    async with receiver() as one:
        yield one


@pytest_asyncio.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture(params=["webhook", "memory"])
def side(request: pytest.FixtureRequest, there: Receiver, http: httpx.AsyncClient) -> Side:
    if request.param == "webhook":
        return Side(
            WebhookChannel(there.url, http),
            lambda: setattr(there, "status", 503),
            lambda: setattr(there, "status", 422),
            lambda: [UUID(headers["webhook-id"]) for headers, _ in there.got],
        )
    twin = MemoryChannel()
    return Side(
        twin,
        lambda: setattr(twin, "fault", ChannelDownError("down")),
        lambda: setattr(twin, "fault", ChannelRefusedError("refused")),
        lambda: [notice.id for notice in twin.notices],
    )


async def test_what_is_delivered_is_received_under_its_id_as_often_as_it_is_sent(side: Side) -> None:
    await side.channel.deliver(NOTICE)
    await side.channel.deliver(NOTICE)
    assert side.received() == [NOTICE.id, NOTICE.id]


async def test_a_receiver_that_is_down_may_be_tried_again(side: Side) -> None:
    side.down()
    with pytest.raises(ChannelDownError):
        await side.channel.deliver(NOTICE)


async def test_a_refusal_is_final(side: Side) -> None:
    side.refusing()
    with pytest.raises(ChannelRefusedError):
        await side.channel.deliver(NOTICE)


async def test_a_webhook_says_these_facts_and_no_others(there: Receiver, http: httpx.AsyncClient) -> None:
    await WebhookChannel(there.url, http).deliver(NOTICE)
    ((headers, body),) = there.got
    assert body == TOLD
    assert headers["webhook-id"] == TOLD["id"]
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "error"),
    [(500, ChannelDownError), (503, ChannelDownError), (408, ChannelDownError), (429, ChannelDownError)]
    + [(status, ChannelRefusedError) for status in (301, 400, 404, 410)],
)
async def test_the_status_decides_and_is_the_reason(
    there: Receiver, http: httpx.AsyncClient, status: int, error: type[Exception]
) -> None:
    there.status = status
    with pytest.raises(error, match=f"^the receiver answered {status}, not 2xx$"):
        await WebhookChannel(there.url, http).deliver(NOTICE)


async def test_an_answer_without_an_end_is_a_receiver_that_is_down(
    there: Receiver, http: httpx.AsyncClient
) -> None:
    there.drip = True
    with pytest.raises(ChannelDownError, match=r"longer than 0\.3 s"):
        await WebhookChannel(there.url, http, timeout=0.3).deliver(NOTICE)
    there.drip = False


async def test_nobody_there_is_a_receiver_that_is_down_and_the_address_stays_untold(
    http: httpx.AsyncClient,
) -> None:
    async with receiver() as gone:
        url = gone.url
    with pytest.raises(ChannelDownError) as caught:
        await WebhookChannel(url, http).deliver(NOTICE)
    assert "ConnectError" in str(caught.value)
    assert "hush" not in str(caught.value)


async def _delivered(deliver: Callable[[Notice], Awaitable[None]]) -> list[dict[str, object]]:
    with capture_logs() as logs:
        await deliver(NOTICE)
    return [dict(line) for line in logs]


async def test_the_log_has_the_same_facts_in_one_line() -> None:
    assert await _delivered(LogChannel().deliver) == [{"event": "notice", "log_level": "info", **TOLD}]


async def test_the_settings_choose_the_channel(there: Receiver) -> None:
    async with connections.channel(Settings.load({"HUYING_NOTICE_WEBHOOK": " "})) as channel:
        assert channel.name == "log"
    async with connections.channel(Settings.load({"HUYING_NOTICE_WEBHOOK": there.url})) as channel:
        assert await _delivered(channel.deliver) == []
    assert [body for _, body in there.got] == [TOLD]
