"""Photos for the demo: small PNG pictures of a place, drawn here, so that nothing is fetched or shipped."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass

from models.terms import EvidenceKind

WIDTH, HEIGHT = 160, 120
SIGNATURE = b"\x89PNG\r\n\x1a\n"
RGB_8_BIT = (8, 2, 0, 0, 0)
CONTENT_TYPE = "image/png"

Colour = tuple[int, int, int]
SKY: dict[EvidenceKind, Colour] = {EvidenceKind.BEFORE: (120, 124, 132), EvidenceKind.AFTER: (136, 190, 236)}
OTHER_SKY: Colour = (168, 176, 190)
WRONG: Colour = (176, 58, 46)
RIGHT: Colour = (72, 150, 84)


@dataclass(frozen=True)
class Photo:
    """The bytes of a picture and what is announced of them."""

    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def photo(seed: str, kind: EvidenceKind) -> Photo:
    """A street with something on it, red until it is put right; the same seed gives the same place."""
    drawn = hashlib.sha256(seed.encode()).digest()
    horizon = 40 + drawn[0] % 30
    left = 20 + drawn[1] % 70
    side = (18 if kind is EvidenceKind.FAR else 34) + drawn[2] % 12
    thing = RIGHT if kind is EvidenceKind.AFTER else WRONG
    sky, ground = SKY.get(kind, OTHER_SKY), (90 + drawn[3] % 40, 88 + drawn[4] % 40, 80 + drawn[5] % 30)
    rows = []
    for y in range(HEIGHT):
        row = bytearray()
        for x in range(WIDTH):
            on_thing = left <= x < left + side and HEIGHT - 14 - side <= y < HEIGHT - 14
            row += bytes(thing if on_thing else _shaded(sky if y < horizon else ground, y))
        rows.append(b"\0" + bytes(row))  # each row begins with its filter: none
    header = struct.pack(">II5B", WIDTH, HEIGHT, *RGB_8_BIT)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 6)), (b"IEND", b""))
    return Photo(SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks))


def _shaded(colour: Colour, y: int) -> Colour:
    red, green, blue = colour
    shade = y // 6
    return max(red - shade, 0), max(green - shade, 0), max(blue - shade, 0)


def _chunk(name: bytes, data: bytes) -> bytes:
    checked = name + data
    return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))
