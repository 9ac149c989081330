"""Photos for the demo: JPEG pictures of a place, drawn here, so that nothing is fetched or shipped.

Each says when and where it was taken, as a phone's do: what is found of them is real.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from models.terms import EvidenceKind

if TYPE_CHECKING:
    from PIL.Image import Exif, Image

WIDTH, HEIGHT = 480, 360
COLUMNS, ROWS = 8, 6
CONTENT_TYPE = "image/jpeg"
CAMERA = "Huying demo"
GPS, DETAIL = 0x8825, 0x8769
MODEL, TAKEN, ZONE = 0x0110, 0x9003, 0x9011
WRONG, RIGHT = (176, 58, 46), (72, 150, 84)
Degrees: TypeAlias = tuple[float, float]
"""East and north, WGS-84."""


@dataclass(frozen=True)
class Photo:
    """The bytes of a picture and what is announced of them."""

    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def photo(seed: str, kind: EvidenceKind, at: datetime, place: Degrees | None) -> Photo:
    """A place with something on it, red until it is put right; no two seeds look alike."""
    picture = _drawn(f"{seed}/{kind.value}", RIGHT if kind is EvidenceKind.AFTER else WRONG)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88, exif=_exif(picture, at, place))
    return Photo(out.getvalue())


def _drawn(seed: str, thing: tuple[int, int, int]) -> Image:
    # Here and not above: the command line must not carry a decoder for the sake of its demo.
    from PIL import Image, ImageDraw

    patches = COLUMNS * ROWS * 3
    drawn = b"".join(hashlib.sha256(f"{seed}/{n}".encode()).digest() for n in range(patches // 32 + 1))
    coarse = Image.frombytes("RGB", (COLUMNS, ROWS), drawn[:patches])
    picture = coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    left, top, side = drawn[0] + 40, drawn[1] // 2 + 60, 60 + drawn[2] // 4
    ImageDraw.Draw(picture).rectangle((left, top, left + side, top + side), fill=thing)
    return picture


def _exif(picture: Image, at: datetime, place: Degrees | None) -> Exif:
    exif = picture.getexif()
    exif[MODEL] = CAMERA
    exif.get_ifd(DETAIL).update(
        {TAKEN: at.strftime("%Y:%m:%d %H:%M:%S"), ZONE: at.strftime("%z")[:3] + ":00"}
    )
    if place is not None:
        east, north = place
        exif.get_ifd(GPS).update({1: "N", 2: (north, 0.0, 0.0), 3: "E", 4: (east, 0.0, 0.0), 18: "WGS-84"})
    return exif
