"""What is asked of the child that decodes pictures, and what it tells: plain values, known to both sides.

The asking side imports this and no decoder.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

MEGABYTE = 1024 * 1024


class PictureFault(StrEnum):
    """Why a file is not accepted as a picture."""

    NOT_A_PICTURE = "NOT_A_PICTURE"
    """Its content is none of the types that are accepted, whatever it was called."""
    BROKEN = "BROKEN"
    """It begins as a picture and cannot be read to its end."""
    TOO_SMALL = "TOO_SMALL"
    """Nothing can be recognised on it."""
    TOO_MANY_PIXELS = "TOO_MANY_PIXELS"
    TOO_COSTLY = "TOO_COSTLY"
    """Reading it takes more memory or time than a photograph does."""
    ANIMATED = "ANIMATED"
    """It moves: no still photograph."""


@dataclass(frozen=True)
class PictureLimits:
    """What reading one file may cost. Memory is all of the child's address space, its own code included."""

    least_side: int = 64
    most_pixels: int = 50_000_000
    """Of a JPEG, which is read at half its size."""
    most_pixels_whole: int = 26_000_000
    """Of other types, whose every pixel must be held at once."""
    longest_side: int = 30_000
    memory: int = 512 * MEGABYTE
    cpu_seconds: int = 20
    wall_seconds: int = 30


@dataclass(frozen=True)
class Position:
    """Degrees as the camera wrote them, and the datum it named, such as WGS-84 or GCJ-02; empty for none."""

    longitude: float
    latitude: float
    datum: str = ""


@dataclass(frozen=True)
class Shot:
    """What a camera wrote of a photograph; all of it is only said, none of it proved.

    `local` is an instant without a zone, as ISO 8601; `offset_minutes` is the zone, where it was said;
    `satellite` is the time of the position, in UTC.
    """

    local: str | None = None
    offset_minutes: int | None = None
    satellite: str | None = None
    camera: str | None = None
    position: Position | None = None


@dataclass(frozen=True)
class Rendition:
    """One picture made of the file: where it lies, and what it is."""

    file: str
    wide: int
    high: int


@dataclass(frozen=True)
class Examined:
    """A file that is a picture: what it really is, what its camera wrote, and what was made of it.

    `coarse` and `fine` are its hashes, by window, first as it is and then in the mirror (imaging/hashes.py).
    """

    content_type: str
    wide: int
    high: int
    shot: Shot
    view: Rendition
    medium: Rendition
    small: Rendition
    coarse: list[int] = field(default_factory=list)
    fine: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PictureRefused:
    """A file that is not accepted; `found` says what was found, for people and never with file content."""

    fault: PictureFault
    found: str


def written(answer: Examined | PictureRefused) -> str:
    """The answer as one line of JSON."""
    return json.dumps(asdict(answer))


def read(text: str) -> Examined | PictureRefused:
    """What `written` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    told: dict[str, Any] = json.loads(text)
    if "fault" in told:
        return PictureRefused(PictureFault(told["fault"]), str(told["found"]))
    shot = dict(told["shot"])
    if shot["position"] is not None:
        shot["position"] = Position(**shot["position"])
    made = {name: Rendition(**told[name]) for name in ("view", "medium", "small")}
    return Examined(**{**told, "shot": Shot(**shot), **made})
