"""What a run found: medians of its rounds, ratios to each peer, as a table and as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.contestants import CONTESTANTS, QUERIES

Rounds = Mapping[str, Mapping[str, Sequence[Mapping[str, float]]]]
"""By contestant and query, what each round measured."""
OURS = "huying"
FIGURES = ("rps", "p50", "p99", "rss", "bytes")


def medians(rounds: Rounds) -> dict[str, dict[str, dict[str, float]]]:
    """By contestant and query, the median of every figure over the rounds."""
    return {
        name: {
            query: {figure: median(one[figure] for one in measured) for figure in FIGURES}
            for query, measured in queries.items()
            if measured
        }
        for name, queries in rounds.items()
    }


def whole(slices: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """A round of its slices: what was answered in all, and the middle of what each slice measured else."""
    sums = {figure: sum(one[figure] for one in slices) for figure in ("requests", "failed")}
    rate = round(sum(one["rps"] for one in slices) / len(slices), 1)
    return sums | {"rps": rate} | {figure: median(one[figure] for one in slices) for figure in FIGURES[1:]}


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of what each round's ratio was: both had the same minute of the machine."""
    return round(median(one / other for one, other in zip(ours, theirs, strict=True)), 3)


def ratios(rounds: Rounds) -> dict[str, dict[str, float]]:
    """By peer and query: our requests a second over theirs; a query that either cannot answer is left out."""
    ours = rounds.get(OURS, {})
    return {
        peer: {
            query: ratio(_rates(ours[query]), _rates(theirs[query]))
            for query in QUERIES
            if query in ours and query in theirs
        }
        for peer, theirs in rounds.items()
        if peer != OURS
    }


def _rates(measured: Sequence[Mapping[str, float]]) -> list[float]:
    return [one["rps"] for one in measured]


def line(found: Mapping[str, float]) -> str:
    """One measurement as a line of progress."""
    return f"{found['rps']:9.0f}/s  p50 {found['p50']:8.2f} ms  p99 {found['p99']:8.2f} ms"


def table(
    found: Mapping[str, Mapping[str, Mapping[str, float]]], against: Mapping[str, Mapping[str, float]]
) -> str:
    """For people: requests a second with p50 and p99 in milliseconds, memory, and the ratios."""
    titles = {one.name: one.title for one in CONTESTANTS}
    head = f"{'requests/s (p50, p99 ms)':46}" + "".join(f"{query:>24}" for query in QUERIES) + f"{'MB':>7}"
    lines = [head]
    for name, queries in found.items():
        cells = [_cell(queries.get(query)) for query in QUERIES]
        most = max((one["rss"] for one in queries.values()), default=0.0)
        lines.append(f"{titles[name]:46}" + "".join(f"{cell:>24}" for cell in cells) + f"{most / 2**20:7.0f}")
    lines += ["", f"{'ours against':46}" + "".join(f"{query:>24}" for query in QUERIES)]
    for peer, by_query in against.items():
        cells = [f"{by_query[query]:.2f}" if query in by_query else "–" for query in QUERIES]
        lines.append(f"{titles[peer]:46}" + "".join(f"{cell:>24}" for cell in cells))
    return "\n".join(lines)


def _cell(found: Mapping[str, float] | None) -> str:
    return "–" if found is None else f"{found['rps']:.0f} ({found['p50']:.1f}, {found['p99']:.1f})"


def machine() -> dict[str, Any]:
    """Where this was measured."""
    return {
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "processor": _processor(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
