"""Charts as inline SVG: no script, nothing fetched, and they print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

ROW, LEFT, WIDTH, RIGHT = 22, 150, 520, 60


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its interval; `tier` shades it."""

    name: str
    value: float
    low: float
    high: float
    shown: str
    tier: int


def intervals(bars: Sequence[Bar], title: str) -> str:
    """A dot for each value and a line for its interval, one below the other, on one axis."""
    if not bars:
        return ""
    least = int(min(bar.low for bar in bars)) - 1
    most = min(100, int(max(bar.high for bar in bars)) + 2)

    def x(value: float) -> float:
        return round(LEFT + (value - least) / (most - least) * WIDTH, 1)

    height = ROW * (len(bars) + 1) + 8
    parts = [
        f'<svg viewBox="0 0 {LEFT + WIDTH + RIGHT} {height}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
    ]
    step = max(1, (most - least) // 8)
    for mark in range(least, most + 1, step):
        parts.append(f'<line class="grid" x1="{x(mark)}" x2="{x(mark)}" y1="4" y2="{height - ROW}"/>')
        parts.append(f'<text class="axis" x="{x(mark)}" y="{height - 6}">{mark}</text>')
    for place, bar in enumerate(bars):
        y = ROW * place + ROW / 2 + 4
        kind = "even" if bar.tier % 2 == 0 else "odd"
        parts.append(f'<text class="name" x="{LEFT - 8}" y="{y + 4}">{escape(bar.name)}</text>')
        parts.append(f'<line class="reach {kind}" x1="{x(bar.low)}" x2="{x(bar.high)}" y1="{y}" y2="{y}"/>')
        parts.append(f'<circle class="{kind}" cx="{x(bar.value)}" cy="{y}" r="4"/>')
        parts.append(f'<text class="value" x="{x(bar.high) + 6}" y="{y + 4}">{escape(bar.shown)}</text>')
    return "".join([*parts, "</svg>"])
