"""`huying schema`: the GraphQL schema as text, and whether the file in the repository says the same."""

from __future__ import annotations

import sys
from difflib import unified_diff
from pathlib import Path

from api.schema import sdl
from infra.commands.failures import CommandError

FILE = Path(__file__).parents[2] / "schema.graphql"


def schema(check: bool) -> None:
    """Prints the schema, or with `check` the difference. Raises CommandError where there is one."""
    text = sdl()
    if not check:
        sys.stdout.write(text)
        return
    there = FILE.read_text("utf-8") if FILE.exists() else ""
    if there == text:
        print(f"{FILE.name} is current", file=sys.stderr)
        return
    difference = unified_diff(
        there.splitlines(keepends=True), text.splitlines(keepends=True), FILE.name, "the code's schema"
    )
    sys.stdout.writelines(difference)
    raise CommandError(f"{FILE.name} is not what the code says; run `make schema` and look at what changed")
