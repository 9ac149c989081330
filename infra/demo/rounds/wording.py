"""What made-up respondents write: about the sore points of their community, in words of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from ruamel.yaml import YAML

MOST_SORE = 4
ELSEWHERE = 0.12
"""How many write of something that is nobody's sore point but their own."""


@dataclass(frozen=True, slots=True)
class SorePoint:
    """Something wrong that several people of a community know of: a line of the item list, and where."""

    category: str
    place: str


@dataclass(frozen=True, slots=True)
class Written:
    """An opinion; without a category there is nothing in it to put right."""

    words: str
    category: str | None


class Wording:
    """Opinions of one district's communities, by a source of chance."""

    def __init__(self, communities: Mapping[str, str], random: Random) -> None:
        self._bank = _bank()
        self._names = communities
        self._sore = {code: self._points(code, random) for code in sorted(communities)}

    def sore(self, community: str) -> Sequence[SorePoint]:
        """What is wrong there, the worst first."""
        return self._sore[community]

    def written(self, community: str, low: frozenset[str], random: Random) -> Written:
        """What somebody writes who gave these indicators little; rather about one of them."""
        if not low:
            return Written(random.choice(self._bank["content" if random.random() < 0.8 else "vague"]), None)
        points = self._sore[community]
        ours = [p for p in points if self._bank["categories"][p.category]["indicator"] in low]
        if random.random() < ELSEWHERE:
            category = random.choice(sorted(self._bank["categories"]))
            return self._about(SorePoint(category, self._place(community, random)), random)
        weights = range(len(ours or points), 0, -1)
        return self._about(random.choices(ours or list(points), weights)[0], random)

    def _about(self, point: SorePoint, random: Random) -> Written:
        bank = self._bank
        words = random.choice(bank["categories"][point.category]["says"]).format(place=point.place)
        return Written(
            random.choice(bank["openers"]) + words + random.choice(bank["closers"]), point.category
        )

    def _points(self, community: str, random: Random) -> tuple[SorePoint, ...]:
        chosen = random.sample(sorted(self._bank["categories"]), random.randint(2, MOST_SORE))
        return tuple(SorePoint(category, self._place(community, random)) for category in chosen)

    def _place(self, community: str, random: Random) -> str:
        spot = random.choice(self._bank["places"]).format(n=random.randint(1, 28))
        return f"{self._names[community]}{spot}"


@cache
def _bank() -> dict[str, Any]:
    text = files("infra.demo.rounds").joinpath("opinions.yaml").read_text("utf-8")
    bank: dict[str, Any] = YAML(typ="safe").load(text)
    return bank
