"""Every command of the cycle acts once for its key, answers a repeat as before, and refuses other input."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from models.policy.access import Viewer
from models.terms import Command, Role
from tests.commands.desk import Desk, fresh_key
from tests.commands.giving import MUTATIONS, given
from tests.commands.ground import Ground, prepared
from tests.commands.ledger import nothing_written, settled

OTHER = {
    Command.ASSESS: {"level": "COMPLEX"},
    Command.DISPATCH: {"note": "另有说明"},
    Command.ADJUDICATE: {"reason": "另有说明"},
    Command.DECIDE_EXTENSION: {"granted": False},
    Command.VERIFY: {"note": "另有说明"},
    Command.RATE: {"comment": "另有说明"},
    Command.FOLLOW_UP: {"comment": "另有说明"},
    Command.REVIEW: {"version": 2},
    Command.CALL: {"demand": "另有说明"},
    Command.ANSWER: {"answer": "另有说明"},
    Command.RETURN: {"grounds": "另有说明"},
    Command.REGRADE: {"reason": "另有说明"},
    Command.SUSPEND: {"reason": "另有说明"},
    Command.RESUME: {"reason": "另有说明"},
    Command.CANCEL: {"reason": "另有说明"},
    Command.ASK_EXTENSION: {"reason": "另有说明"},
    Command.OFFER_HANDOVER: {"reason": "另有说明"},
}
"""What makes it another command; a note where nothing is said."""


@dataclass
class Sent:
    command: Command
    viewer: Viewer
    wanted: dict[str, Any]
    key: str
    answer: dict[str, Any]

    async def again(self, desk: Desk, **other: Any) -> dict[str, Any]:
        wanted = {**self.wanted, **other}
        return await desk.do(MUTATIONS[self.command], self.viewer, wanted, "__typename", self.key)


async def test_each_command_acts_once(ground: Ground) -> None:
    turns = asyncio.Semaphore(6)

    async def send(command: Command) -> Sent:
        point, viewer = ground.first(command)
        async with turns:
            case = await prepared(ground, command, point, viewer)
            wanted, key = given(command, case, point.record.level), fresh_key()
            if command is Command.NOTE and viewer.posts[0].role is Role.RESPONSE_OFFICE:
                wanted.pop("assignment", None)
            both = await asyncio.gather(
                *(ground.desk.do(MUTATIONS[command], viewer, wanted, "__typename", key) for _ in range(2))
            )
        assert "code" not in both[0], (command, both[0])
        assert both[0] == both[1], (command, both)
        return Sent(command, viewer, wanted, key, both[0])

    sent = await asyncio.gather(*(send(command) for command in Command))
    await settled()
    async with nothing_written():
        for one in sent:
            assert await one.again(ground.desk) == one.answer, one.command
            changed = await one.again(ground.desk, **OTHER.get(one.command, {"note": "另有说明"}))
            assert (changed["__typename"], changed["code"]) == ("KeyReusedProblem", "KEY_REUSED"), one.command
