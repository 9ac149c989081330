"""Scenes of one category, made here: streets with a lamp, which differ as photographs of real streets do.

A seed gives one place: horizon, road, houses with windows, trees, a lamp, clouds, light and grain. `moment`
changes what changes between two photographs of one place: the light, who passes by, where the camera stood.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDE, HIGH = 800, 600


def scene(seed: int, moment: int = 0, size: tuple[int, int] = (WIDE, HIGH)) -> Image.Image:
    """A street with a lamp."""
    place = np.random.default_rng((seed, 7))
    then = np.random.default_rng((seed, 11, moment))
    wide, high = size
    picture = Image.new("RGB", size)
    draw = ImageDraw.Draw(picture)
    horizon = int(high * place.uniform(0.35, 0.6))
    _sky(picture, place, horizon)
    draw.rectangle((0, horizon, wide, high), fill=_colour(place, 70, 140))
    _road(draw, place, horizon, size)
    _houses(draw, place, horizon, size)
    _trees(draw, place, horizon, size)
    _lamp(draw, place, horizon, size)
    for _ in range(int(then.integers(0, 4))):  # who passes by
        x, h = then.uniform(0, wide), then.uniform(0.06, 0.14) * high
        y = then.uniform(horizon + h, high)
        draw.ellipse((x, y - h, x + h / 3, y), fill=_colour(then, 20, 230))
    shadow = _field(place, size, 5) * 40 + _field(place, size, 17) * 26
    light = np.asarray(picture, dtype=np.float64) * then.uniform(0.85, 1.15) + shadow[..., None]
    light += then.normal(0, 4, (high, wide, 3))
    made = Image.fromarray(np.clip(light, 0, 255).astype(np.uint8))
    if moment:
        dx, dy = then.uniform(-0.05, 0.05, 2) * (wide, high)
        zoom = then.uniform(0.92, 1.0)
        box = (
            max(dx, 0) * zoom, max(dy, 0) * zoom,
            min(wide, wide * zoom + max(dx, 0) * zoom), min(high, high * zoom + max(dy, 0) * zoom),
        )  # fmt: skip
        made = made.resize(size, Image.Resampling.BILINEAR, box=box)
    return made.filter(ImageFilter.GaussianBlur(0.6))


def encoded(picture: Image.Image, format: str = "JPEG", **options: Any) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    picture.save(out, format, **{**({"quality": 90} if format == "JPEG" else {}), **options})
    return out.getvalue()


def photo(seed: int, moment: int = 0, side: int = 320, **options: Any) -> bytes:
    """A JPEG of a scene, small enough for tests that need many."""
    return encoded(scene(seed, moment, (side, side * 3 // 4)), **options)


def _colour(of: np.random.Generator, low: int, high: int) -> tuple[int, int, int]:
    grey = of.integers(low, high)
    red, green, blue = np.clip(grey + of.integers(-25, 25, 3), 0, 255)
    return int(red), int(green), int(blue)


def _field(of: np.random.Generator, size: tuple[int, int], cells: int) -> np.ndarray:
    """Soft patches of light and shade, from -1 to 1."""
    coarse = (of.uniform(0, 255, (cells, cells))).astype(np.uint8)
    soft = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    return np.asarray(soft, dtype=np.float64) / 127.5 - 1


def _sky(picture: Image.Image, of: np.random.Generator, horizon: int) -> None:
    top, low = np.array(_colour(of, 120, 200)), np.array(_colour(of, 170, 240))
    share = np.linspace(0, 1, horizon)[:, None, None]
    rows = np.broadcast_to(top + (low - top) * share, (horizon, picture.width, 3))
    picture.paste(Image.fromarray(rows.astype(np.uint8)), (0, 0))


def _road(draw: ImageDraw.ImageDraw, of: np.random.Generator, horizon: int, size: tuple[int, int]) -> None:
    wide, high = size
    far, near = of.uniform(0.2, 0.8) * wide, of.uniform(0.2, 0.8) * wide
    width = of.uniform(0.2, 0.7) * wide
    edges = [(far - 8, horizon), (far + 8, horizon), (near + width, high), (near - width, high)]
    draw.polygon(edges, fill=_colour(of, 50, 110))
    for step in range(1, 6):
        y = horizon + (high - horizon) * step / 6
        x = far + (near - far) * step / 6
        draw.line((x, y, x, y + step * high / 120), fill=(225, 225, 215), width=max(1, step))


def _houses(draw: ImageDraw.ImageDraw, of: np.random.Generator, horizon: int, size: tuple[int, int]) -> None:
    wide, high = size
    x = -of.uniform(0, 0.1) * wide
    while x < wide:
        broad, tall = of.uniform(0.08, 0.3) * wide, of.uniform(0.1, 0.9) * horizon
        if of.uniform() < 0.75:
            draw.rectangle((x, horizon - tall, x + broad, horizon + high * 0.02), fill=_colour(of, 60, 220))
            pane, gap = max(3, broad / of.integers(3, 8)), max(4, tall / of.integers(3, 9))
            glass = _colour(of, 20, 200)
            for left in np.arange(x + pane / 3, x + broad - pane / 2, pane):
                for top in np.arange(horizon - tall + gap / 3, horizon - gap / 2, gap):
                    draw.rectangle((left, top, left + pane / 2, top + gap / 2), fill=glass)
        x += broad + of.uniform(0, 0.06) * wide


def _trees(draw: ImageDraw.ImageDraw, of: np.random.Generator, horizon: int, size: tuple[int, int]) -> None:
    wide, high = size
    for _ in range(int(of.integers(0, 5))):
        x, crown = of.uniform(0, wide), of.uniform(0.05, 0.16) * high
        foot = of.uniform(horizon, horizon + (high - horizon) * 0.6)
        draw.rectangle((x - 3, foot - crown * 2, x + 3, foot), fill=(72, 52, 40))
        for _ in range(7):
            dx, dy = of.normal(0, crown / 2, 2)
            spot = (x + dx - crown / 2, foot - crown * 2.2 + dy - crown / 2)
            draw.ellipse((*spot, spot[0] + crown, spot[1] + crown), fill=_colour(of, 45, 110))


def _lamp(draw: ImageDraw.ImageDraw, of: np.random.Generator, horizon: int, size: tuple[int, int]) -> None:
    wide, high = size
    x, foot = of.uniform(0.15, 0.85) * wide, of.uniform(horizon + 0.1 * (high - horizon), high * 0.95)
    top = of.uniform(0.03, 0.3) * high
    arm = of.choice((-1, 1)) * of.uniform(0.04, 0.15) * wide
    iron = _colour(of, 30, 90)
    draw.line((x, foot, x, top), fill=iron, width=max(2, wide // 110))
    draw.line((x, top, x + arm, top - high * 0.02), fill=iron, width=max(2, wide // 160))
    draw.ellipse(
        (x + arm - 14, top - high * 0.02 - 5, x + arm + 14, top - high * 0.02 + 9), fill=(235, 235, 200)
    )
