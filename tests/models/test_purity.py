"""Policy and terms are pure: no clock, no chance, no IO, nothing that two machines answer differently.

import-linter forbids the imports and ruff the calls; this reads the code itself, so that neither a
`# noqa` nor a module that nobody listed gets past.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import models.terms

ROOT = Path(models.terms.__file__).parent
MODULES = [ROOT / "terms.py", *sorted((ROOT / "policy").glob("**/*.py"))]
ALLOWED = {
    "__future__", "bisect", "collections", "dataclasses", "datetime", "decimal", "enum", "functools",
    "fractions", "heapq", "itertools",
    "json", "hashlib", "math", "models", "operator", "re", "string", "types", "typing",
    "unicodedata", "uuid",
}  # fmt: skip
CLOCKS = {
    "now",
    "utcnow",
    "today",
    "time",
    "time_ns",
    "monotonic",
    "perf_counter",
    "uuid1",
    "uuid4",
    "urandom",
}
DOORS = {"open", "input", "print", "eval", "exec", "__import__", "id", "hash"}
"""Built-ins that reach outside, or answer differently on each machine."""


def faults(source: str) -> list[str]:
    """What in this code is not pure, as "line: what"."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [
                f"{node.lineno}: import {a.name}" for a in node.names if a.name.split(".")[0] not in ALLOWED
            ]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] not in ALLOWED:
            found.append(f"{node.lineno}: from {node.module}")
        elif isinstance(node, ast.ImportFrom):
            found += [f"{node.lineno}: {a.name}" for a in node.names if a.name in CLOCKS]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in DOORS:
            found.append(f"{node.lineno}: {node.func.id}()")
        elif isinstance(node, ast.Attribute) and node.attr in CLOCKS:
            found.append(f"{node.lineno}: .{node.attr}")
        elif isinstance(node, ast.AsyncFunctionDef | ast.Global):
            found.append(f"{node.lineno}: {type(node).__name__}")
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_the_code_is_pure(module):
    assert faults(module.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.date.today()",
        "import time",
        "from time import time",
        "from uuid import uuid4",
        "import uuid\nuuid.uuid4()",
        "import random",
        "from random import choice",
        "open('x')",
        "async def f(): ...",
        "hash('a')",
    ],
)
def test_each_of_these_would_be_found(code):
    assert faults(code)
