"""`make bench`: the five questions of docs/bench.md, put to six servers over one database.

Progress goes to standard error; the table to standard output, everything to bench/results.json. Ends with 1
where two answers differ, or where the comparison cannot be made.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from bench import cases, equal, report
from bench.contestants import CONTESTANTS, FLOOR, FUNCTIONS, HUYING, QUERIES, Contestant, Subject
from bench.data import ISSUE, made_id
from bench.running import BenchError, Running
from bench.stage import Stage, stage

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
Key = TypeVar("Key")


@dataclass(frozen=True)
class Plan:
    """How much is loaded and for how long each is driven."""

    issues: int
    warm: float
    seconds: float
    """Of each slice: servers take turns by slices, so that a slow minute of the machine is everybody's."""
    slices: int
    rounds: int
    grown: tuple[int, int]


FULL = Plan(200_000, 6.0, 1.0, 6, 3, (20_000, 1_000_000))
QUICK = Plan(10_000, 1.0, 0.5, 2, 1, (2_000, 20_000))


def note(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


# Subjects and equality ------------------------------------------------------------------------------


def subjects(found: Stage, query: str, most: int) -> list[Subject | None]:
    """What a query is asked about, in turn: streets, issues from all over, or the one district."""
    streets = sorted({grid[2] for grid in found.ground.grids})
    match query:
        case "Q1" | "Q4":
            return [("Street", one) for one in streets[:most]]
        case "Q2":
            step = max(1, found.issues // most)
            return [("Issue", made_id(ISSUE, number)) for number in range(0, found.issues, step)]
        case "Q3":
            return [None]
        case _:
            return [("District", found.ground.district)]


async def missing(found: Stage, running: Sequence[Running]) -> dict[str, set[str]]:
    """Asks everybody the same and compares; by contestant, the queries it refuses. Raises BenchError."""
    refused: dict[str, set[str]] = {one.contestant.name: set() for one in running}
    for query in QUERIES:
        for subject in subjects(found, query, 13 if query != "Q2" else 25):
            answers = {}
            for one in running:
                answer = await one.ask(query, subject)
                if answer.get("errors"):
                    if one.contestant.name != HUYING.name:
                        said = f"{answer['errors'][0]}\n{one.last_words()}"
                        raise BenchError(f"{one.contestant.title} refuses {query}: {said}")
                    refused[HUYING.name].add(query)
                else:
                    answers[one.contestant.name] = equal.said(answer["data"], one.contestant.read)
            _compare(query, subject, answers)
        note(f"  {query}: equal{' (Huying refuses it)' if query in refused.get(HUYING.name, ()) else ''}")
    return refused


def _compare(query: str, subject: Subject | None, answers: dict[str, Any]) -> None:
    reference = answers[FLOOR.name]
    if not reference:
        raise BenchError(f"{query} of {subject}: nobody has anything to say")
    for name, answer in answers.items():
        where = equal.difference(answer, reference)
        if where:
            raise BenchError(f"{query} of {subject}: {name} and the floor differ at {where}")


# Measuring ------------------------------------------------------------------------------------------


async def measure(found: Stage, running: Sequence[Running], refused: dict[str, set[str]], plan: Plan) -> Any:
    """By contestant and query, one measurement a round."""
    asked = {query: subjects(found, query, 2000) for query in QUERIES}
    rounds: dict[str, dict[str, list[dict[str, float]]]] = {one.contestant.name: {} for one in running}
    for number in range(plan.rounds):
        for query in QUERIES:
            answering = {
                one.contestant.name: one for one in running if query not in refused[one.contestant.name]
            }
            measured = await _in_turn(answering, query, asked[query], plan, warm=number == 0)
            for name, figures in measured.items():
                rounds[name].setdefault(query, []).append(figures)
                note(f"  round {number + 1} {query} {name:14} {report.line(figures)}")
    return rounds


async def growth(plan: Plan, folder: Path) -> dict[str, Any]:
    """Q3 with few and with many issues, of ours and of the floor: two stacks, driven in turn."""
    rates: dict[str, dict[int, list[float]]] = {}
    async with AsyncExitStack() as ending:
        sides: dict[tuple[str, int], Running] = {}
        for size in plan.grown:
            found = await ending.enter_async_context(stage(note))
            note(f"loading {size:,} issues")
            await found.fill(size, below=False)
            (folder / str(size)).mkdir()
            running = await ending.enter_async_context(started([HUYING, FLOOR], found, folder / str(size)))
            sides |= {(one.contestant.name, size): one for one in running}
        for number in range(plan.rounds):
            measured = await _in_turn(sides, "Q3", [None], plan, warm=number == 0)
            for (name, size), figures in measured.items():
                rates.setdefault(name, {}).setdefault(size, []).append(figures["rps"])
                note(f"  round {number + 1} {size:,} issues, Q3 {name:14} {report.line(figures)}")
    few, many = plan.grown
    return {
        name: {
            str(few): median(by_size[few]),
            str(many): median(by_size[many]),
            "ratio": report.ratio(by_size[many], by_size[few]),
        }
        for name, by_size in rates.items()
    }


async def _in_turn(
    running: Mapping[Key, Running], query: str, asked: list[Subject | None], plan: Plan, warm: bool
) -> dict[Key, dict[str, float]]:
    """One round: everybody is warmed up, then they take turns; who begins changes from slice to slice."""
    for one in running.values():
        await one.drive(query, asked, plan.warm if warm else min(plan.warm, 0.5))
    slices: dict[Key, list[dict[str, float]]] = {key: [] for key in running}
    order = list(running)
    for number in range(plan.slices):
        turn = number % len(order)
        for key in (*order[turn:], *order[:turn]):
            slices[key].append(await running[key].drive(query, asked, plan.seconds))
    return {key: report.whole(measured) for key, measured in slices.items()}


@asynccontextmanager
async def started(who: Sequence[Contestant], found: Stage, folder: Path) -> AsyncIterator[list[Running]]:
    """One process of each; stopped at the end, whatever happens."""
    async with AsyncExitStack() as ending:
        running = []
        for contestant in who:
            one = Running(contestant, found, folder)
            ending.push_async_callback(one.stop)
            await one.start()
            note(f"  {contestant.title} answers")
            running.append(one)
        yield running


# The command ----------------------------------------------------------------------------------------


def peers_installed() -> None:
    """Installs what the peers need from bench/package-lock.json. Raises BenchError without npm."""
    stamp, lock = HERE / "node_modules" / ".package-lock.json", HERE / "package-lock.json"
    if stamp.exists() and stamp.stat().st_mtime >= lock.stat().st_mtime:
        return
    if not shutil.which("npm"):
        raise BenchError("npm was not found; install Node.js 20 or newer")
    note("installing the peers from bench/package-lock.json")
    words = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(words, cwd=HERE, check=True)


async def compare(plan: Plan, who: Sequence[Contestant], folder: Path) -> dict[str, Any]:
    """The whole comparison. Raises BenchError."""
    async with stage(note) as found:
        note(f"loading {plan.issues:,} issues")
        await found.fill(plan.issues)
        await found.execute(FUNCTIONS)
        note("starting one process each")
        async with started(who, found, folder) as running:
            note("comparing answers")
            refused = await missing(found, running)
            note("measuring")
            rounds = await measure(found, running, refused, plan)
            return {"rounds": rounds, "database": await found.facts()}


async def run(arguments: argparse.Namespace) -> dict[str, Any]:
    usual = QUICK if arguments.quick else FULL
    given = {name: getattr(arguments, name) for name in ("issues", "warm", "seconds", "slices", "rounds")}
    plan = replace(usual, **{name: value for name, value in given.items() if value is not None})
    names = arguments.only.split(",") if arguments.only else [one.name for one in CONTESTANTS]
    who = [one for one in CONTESTANTS if one.name in {*names, FLOOR.name}]
    results: dict[str, Any] = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "plan": asdict(plan),
        "machine": report.machine() | {"load_before": round(os.getloadavg()[0], 2)},
    }
    with tempfile.TemporaryDirectory(prefix="huying-bench-") as folder:
        if not arguments.growth_only:
            compared = await compare(plan, who, Path(folder))
            found = report.medians(compared["rounds"])
            ratios = report.ratios(compared["rounds"])
            results |= {"ratios": ratios, "medians": found, **compared}
        if arguments.growth or arguments.growth_only:
            results["growth"] = await growth(plan, Path(folder))
    return results


def main() -> int:
    if sys.argv[1:2] == ["cases"]:
        return cases.main(sys.argv[2:], note)
    asked = argparse.ArgumentParser("make bench", description=__doc__)
    asked.add_argument("--quick", action="store_true", help="little data, a second each: to try the harness")
    asked.add_argument("--growth", action="store_true", help="also Q3 at 20,000 and at 1,000,000 issues")
    asked.add_argument("--growth-only", action="store_true", help="only that")
    for name, kind in (
        ("issues", int),
        ("warm", float),
        ("seconds", float),
        ("slices", int),
        ("rounds", int),
    ):
        asked.add_argument(f"--{name}", type=kind, help="instead of the usual")
    asked.add_argument("--only", help="contestants between commas; the floor always runs")
    asked.add_argument("--out", type=Path, default=RESULTS, help="where the JSON goes")
    arguments = asked.parse_args()
    try:
        peers_installed()
        results = asyncio.run(run(arguments))
    except BenchError as fault:
        note(f"bench: {fault}")
        return 1
    arguments.out.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    if "medians" in results:
        print(report.table(results["medians"], results["ratios"]))
    for name, by_size in results.get("growth", {}).items():
        print(f"Q3 of {name} at {' and at '.join(s for s in by_size if s != 'ratio')} issues: {by_size}")
    note(f"written to {arguments.out}")
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # temporalio's threads crash some interpreters on their way out
