"""Whether the schema breaks what the last release promised without saying so.

`docs/releases/X.Y.Z.graphql` holds the schema of each release. A breaking change must stand in CHANGELOG.md,
under the version to come, as its exact path in backticks: `Issue.place`. Run as `python -m
infra.contract.releases`; `make check` does.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("breaking.cjs")
VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
SAID = re.compile(r"\w*Error: ")
COMING = re.compile(r"^## (\d+\.\d+\.\d+)[^\n]*\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


class ContractError(RuntimeError):
    """The schemas cannot be compared, or the changelog names no version; the message says why."""


@dataclass(frozen=True, slots=True)
class Breaking:
    """One thing that clients of the last release may rely on and that is so no longer."""

    path: str
    message: str


def last_release(folder: Path) -> Path | None:
    """The schema of the newest release, by version and not by name; None before the first."""
    found = [(file, VERSION.fullmatch(file.stem)) for file in folder.glob("*.graphql")]
    versions = {tuple(map(int, match.groups())): file for file, match in found if match}
    return versions[max(versions)] if versions else None


def breaking(released: Path, current: Path) -> list[Breaking]:
    """What `current` breaks of `released`. Raises ContractError where one of them is no schema."""
    run = subprocess.run(
        ["node", SCRIPT, released, current], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if run.returncode:
        said = next((line for line in run.stderr.splitlines() if SAID.match(line)), run.stderr[:200])
        raise ContractError(f"{released.name} and {current.name} cannot be compared: {said}")
    return [Breaking(change["path"], change["message"]) for change in json.loads(run.stdout)]


def announced(changelog: str, last: str) -> frozenset[str]:
    """Paths in backticks under the version to come, which must not be `last`. Raises ContractError."""
    section = COMING.search(changelog)
    if section is None or section[1] == last:
        raise ContractError(f"CHANGELOG.md must begin with the version that comes after {last}")
    return frozenset(re.findall(r"`([^`\n]+)`", section[2]))


def unannounced(folder: Path, current: Path, changelog: Path) -> list[Breaking]:
    """Breaking changes against the last release that the changelog does not name."""
    released = last_release(folder)
    changes = [] if released is None else breaking(released, current)
    if released is None or not changes:
        return []
    named = announced(changelog.read_text("utf-8"), released.stem)
    return [change for change in changes if change.path not in named]


def main() -> int:
    """0 where nothing breaks unannounced, else 1; says what it found."""
    folder = ROOT / "docs" / "releases"
    released = last_release(folder)
    try:
        found = unannounced(folder, ROOT / "schema.graphql", ROOT / "CHANGELOG.md")
    except ContractError as error:
        print(f"schema: {error}", file=sys.stderr)
        return 1
    for change in found:
        print(
            f"schema: {change.message} (announce `{change.path}` in CHANGELOG.md, or keep it)",
            file=sys.stderr,
        )
    if not found:
        against = f"release {released.stem}" if released else "nothing, as there is no release yet"
        print(f"schema: no unannounced breaking change against {against}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
