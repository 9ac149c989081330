"""What a picture looks like, as few bits: equal for copies that were compressed, scaled, cropped or mirrored.

A hash is the sign of the low frequencies of a picture's brightness (a discrete cosine transform, without
its constant part, against the median): 63 of them in the coarse hash, 255 in the fine one. The coarse one is
what an index can look up; the fine one decides. A crop moves every frequency, so a picture is kept under
several windows of itself: whole, without a margin all round, without a strip at one side or in one corner.
Runs in the child that decodes pictures, nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

COARSE, FINE = 8, 16
"""Frequencies in each direction: 64 and 256 bits."""
SIDE = 64
"""Pixels that a window is reduced to, in each direction."""
STRIP = 0.05
"""The largest strip that may be missing at a side, as a share of the picture; half of it too."""
Window = tuple[float, float, float, float]


def _windows() -> tuple[Window, ...]:
    half, rest = STRIP / 2, 1 - STRIP
    around = tuple((cut, cut, 1 - cut, 1 - cut) for cut in (half, STRIP))
    sides = tuple(
        window
        for cut in (half, STRIP)
        for window in ((cut, 0, 1, 1), (0, cut, 1, 1), (0, 0, 1 - cut, 1), (0, 0, 1, 1 - cut))
    )
    corners = ((STRIP, STRIP, 1, 1), (0, STRIP, rest, 1), (STRIP, 0, 1, rest), (0, 0, rest, rest))
    return ((0, 0, 1, 1), *around, *sides, *corners)


WINDOWS = _windows()
"""Left, top, right and bottom of each window, as shares of the picture; the whole of it first."""


@dataclass(frozen=True)
class Look:
    """One window of a picture: the coarse hash as a signed 64-bit number, the fine one as 64 hex digits."""

    coarse: int
    fine: str


Numbers = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint8]


def _basis(size: int, waves: int) -> Numbers:
    steps = (2 * np.arange(size) + 1) * np.pi / (2 * size)
    found: Numbers = np.cos(np.outer(np.arange(waves), steps))
    return found


_BASIS = _basis(SIDE, FINE + 1)


def looks(picture: Image.Image) -> list[Look]:
    """How each window looks, then each window of the picture in the mirror."""
    grey = picture.convert("L")
    # Noise of sensors and encoders is averaged away once, before windows are cut.
    grey.thumbnail((512, 512), Image.Resampling.BOX, reducing_gap=None)
    return [_look(side, window) for side in (grey, ImageOps.mirror(grey)) for window in WINDOWS]


def _look(grey: Image.Image, window: Window) -> Look:
    wide, high = grey.size
    box = (window[0] * wide, window[1] * high, window[2] * wide, window[3] * high)
    small = grey.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=box)
    waves = _BASIS @ np.asarray(small, dtype=np.float64) @ _BASIS.T
    return Look(_number(_signs(waves, COARSE)), _signs(waves, FINE).tobytes().hex())


def _signs(waves: Numbers, count: int) -> Bits:
    """One bit for each frequency: above the median of them all or not."""
    low = waves[1 : count + 1, 1 : count + 1].ravel()
    return np.packbits(low > np.median(low))


def _number(bits: Bits) -> int:
    return int.from_bytes(bits.tobytes(), "big", signed=True)
