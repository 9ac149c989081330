"""When two pictures are the same picture: hashes of how they look, and how those near one are looked up.

A hash is 64 bits for looking up (coarse) and 256 for deciding (fine); storage/imaging/hashes.py makes them.
Hashes within `COARSE_NEAR` bits differ, in at least one of four bands of 16 bits, in no more than one bit:
whoever asks for the 17 neighbours of each band finds every one of them, and few others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BANDS = 4
BAND_BITS = 16
COARSE_NEAR = 2 * BANDS - 1
"""The most bits for which one flip in each band finds all: with 8 there could be 2 in each."""
FINE_NEAR = 24
"""Of 256 bits. Copies differ in up to 14, different scenes of one category in 88 or more."""
WINDOWS = 15
"""How many windows of a picture are hashed; as many of its mirror image follow."""
WHOLE = 0
"""The window that is all of it."""
BAND = (1 << BAND_BITS) - 1
WORD = (1 << BANDS * BAND_BITS) - 1


@dataclass(frozen=True)
class Look:
    """One window of a picture, as it is kept or as it is looked for."""

    window: int
    coarse: int
    fine: bytes


def kept(coarse: Sequence[int], fine: Sequence[str]) -> list[Look]:
    """What is kept of a picture: its windows as they are."""
    return _looks(coarse, fine)[:WINDOWS]


def sought(coarse: Sequence[int], fine: Sequence[str]) -> list[Look]:
    """What is looked for: its windows as they are, and in the mirror."""
    return [Look(n % WINDOWS, look.coarse, look.fine) for n, look in enumerate(_looks(coarse, fine))]


def _looks(coarse: Sequence[int], fine: Sequence[str]) -> list[Look]:
    return [
        Look(n, number, bytes.fromhex(text))
        for n, (number, text) in enumerate(zip(coarse, fine, strict=True))
    ]


def bands(coarse: int) -> tuple[int, ...]:
    """The four bands of a coarse hash, the highest first."""
    plain = coarse & WORD
    return tuple(plain >> BAND_BITS * (BANDS - 1 - n) & BAND for n in range(BANDS))


def neighbours(band: int) -> list[int]:
    """The band itself and all that differ from it in one bit."""
    return [band, *(band ^ 1 << bit for bit in range(BAND_BITS))]


def apart(one: bytes, other: bytes) -> int:
    """In how many bits two fine hashes differ."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def coarse_apart(one: int, other: int) -> int:
    """In how many bits two coarse hashes differ."""
    return ((one ^ other) & WORD).bit_count()
