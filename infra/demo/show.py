"""What a person sees of the demo: addresses, tokens, bars that move, a line for each case at its end."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from infra.demo.play import Running
from infra.demo.summary import Summary
from models.terms import Role


class Show:
    """Progress goes to standard error. Addresses and tokens too where standard output is for JSON alone."""

    def __init__(self, as_json: bool) -> None:
        self._bars = Console(stderr=True)
        self._out = sys.stderr if as_json else sys.stdout
        self._progress = Progress(
            TextColumn("{task.fields[code]:<14}"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[step]}"),
            console=self._bars,
        )
        self._rows: dict[int, TaskID] = {}
        self._overall: TaskID | None = None

    def note(self, line: str) -> None:
        """A line of progress."""
        self._progress.console.print(escape(line), highlight=False)

    def opening(self, addresses: Sequence[tuple[str, str]], tokens: Sequence[tuple[Role, str, str]]) -> None:
        """Where things are, and a token for each role."""
        lines = ["", *(f"{title:<13}{address}" for title, address in addresses), ""]
        lines += ["A token for each role (Authorization: Bearer …):"]
        for role, who, token in tokens:
            lines += [f"{role.value} ({who})", token]
        # Not through rich: a token that was wrapped could not be copied.
        print("\n".join([*lines, ""]), file=self._out, flush=True)

    @contextmanager
    def playing(self, cases: int | None = None) -> Iterator[None]:
        """Shows the bars while cases are played; where their number is known, one for all of them too."""
        with self._progress:
            if cases is not None:
                self._overall = self._progress.add_task("all cases", total=cases, code="", step="")
            try:
                yield
            finally:
                if self._overall is not None:
                    self._progress.remove_task(self._overall)
                    self._overall = None

    def told(self, running: Running) -> None:
        """Moves the bar of a case; a case that is through gives its place to the next."""
        row = self._rows.get(id(running))
        if row is None:
            row = self._progress.add_task(running.story.title, total=running.steps, code="", step="")
            self._rows[id(running)] = row
        self._progress.update(row, completed=running.done, code=running.code, step=running.step)
        if running.over:
            del self._rows[id(running)]
            self._progress.remove_task(row)
            if self._overall is not None:
                self._progress.advance(self._overall)
            sign, how = ("…", f"{running.step}, then left") if running.left else ("✓", running.step)
            self.note(f"{sign} {running.code}  {running.story.title}: {how}")
            for fact in running.story.facts:
                self.note(f"    source: {fact}")

    def closing(self, summary: Summary) -> None:
        """The end of the cases, for people."""
        late = [case for case in summary.cases if case.escalations]
        self.note(f"{summary.filed} of {len(summary.cases)} cases filed, {summary.lost} lost")
        self.note(
            f"{_count(summary.returns, 'return')}, {_count(summary.extensions, 'extension')}, "
            f"{_count(summary.suspensions, 'suspension')}, {summary.merged} reports merged, "
            f"{summary.reworked} reworked"
        )
        for case in late:
            self.note(f"{case.code} climbed {_count(case.escalations, 'rung')} of the ladder on the way")
        for table in summary.bulletin.tables:
            self.note(f"bulletin {summary.bulletin.month} {table.kind}: {_count(len(table.rows), 'row')}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
