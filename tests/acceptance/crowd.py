"""Respondents who hand in over HTTP and do not give up: each sends the same until it is taken."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlencode, urlsplit

from models.policy.survey.answering import Answers
from models.policy.survey.instrument import Instrument, QuestionKind, Questionnaire

TAKEN = 303
NOT_NOW = 503
PAUSE = 0.05
"""Seconds before the same is sent again."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One respondent's link, and what they answer."""

    token: str
    answers: Answers

    @property
    def body(self) -> bytes:
        pairs = [
            (f"q.{key}", one)
            for key, value in self.answers.items()
            for one in (value if isinstance(value, list) else [str(value)])
        ]
        return urlencode(pairs).encode()


def papers(tokens: Sequence[str], instrument: Instrument, group: str, random: Random) -> Iterator[Paper]:
    """A sheet for each link, drawn; every tenth says something in words of its own."""
    sheet = instrument.questionnaire(group)
    assert sheet is not None
    for number, token in enumerate(tokens):
        answers = _drawn(instrument, sheet, random)
        if number % 10 == 0:
            answers["suggestions"] = f"第{number}号意见：楼道照明需要改善"
        yield Paper(token, answers)


def _drawn(instrument: Instrument, sheet: Questionnaire, random: Random) -> Answers:
    found: Answers = {}
    for question in sheet.questions:
        listed = instrument.choice_list(question.choices or "")
        if question.kind is QuestionKind.SCALE and listed is not None:
            found[question.key] = random.choices(
                [choice.key for choice in listed.choices], (60, 25, 9, 3, 1, 2)
            )[0]
    return found


@dataclass
class Crowd:
    """Several respondents at a time against one address."""

    address: str
    acknowledged: int = 0
    again: int = 0
    """How often something had to be sent again."""
    other: list[int] = field(default_factory=list)
    """Statuses that no respondent should see."""

    async def hand_in(self, waiting: Sequence[Paper], at_once: int) -> None:
        """Returns when every sheet was taken."""
        queue = iter(waiting)
        await asyncio.gather(*(self._one_by_one(queue) for _ in range(at_once)))

    async def _one_by_one(self, queue: Iterator[Paper]) -> None:
        line = _Line(self.address)
        for paper in queue:
            body = paper.body
            while (status := await line.post(f"/s/{paper.token}", body)) in (None, NOT_NOW):
                self.again += 1
                await asyncio.sleep(PAUSE)
            if status == TAKEN:
                self.acknowledged += 1
            else:
                self.other.append(status)
        line.close()


class _Line:
    """One connection that is kept. Plain HTTP/1.1: a whole client would cost more than the server answers."""

    def __init__(self, address: str) -> None:
        self._url = urlsplit(address)
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: bytes) -> int | None:
        """The status; None where no answer came."""
        try:
            if self._ends is None:
                self._ends = await asyncio.open_connection(self._url.hostname, self._url.port)
            reader, writer = self._ends
            head = (
                f"POST {path} HTTP/1.1\r\nHost: {self._url.netloc}\r\nContent-Length: {len(body)}\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
            )
            writer.write(head.encode() + body)
            said = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = next(
                (int(line[15:]) for line in said.split("\r\n") if line.startswith("content-length:")), 0
            )
            await reader.readexactly(length)
            return int(said[9:12])
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            return None

    def close(self) -> None:
        if self._ends is not None:
            self._ends[1].close()
            self._ends = None
