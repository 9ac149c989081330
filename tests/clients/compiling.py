"""The front ends' own compilers, run on the operations beside this file."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

from api.schema import sdl

HERE = Path(__file__).parent
SOURCES = ("package.json", "relay.config.json", "codegen.json", "tsconfig.json", "apollo.ts", "follow.mjs")
NAME = re.compile(r"\b(?:query|mutation|subscription) (\w+)")


class Workshop:
    """A folder with the operations, the schema and the compilers; nothing is written elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in SOURCES:
            shutil.copy(HERE / name, folder / name)
        for name in ("relay", "codegen"):
            shutil.copytree(HERE / name, folder / name, ignore=shutil.ignore_patterns("__generated__"))
        (folder / "schema.graphql").write_text(sdl(), "utf-8")
        (folder / "node_modules").symlink_to(_installed())

    def run(self, *command: str) -> str:
        """What a tool of node_modules says; fails with it where the tool does."""
        tool = self.folder / "node_modules" / ".bin" / command[0]
        done = subprocess.run(
            [tool, *command[1:]], cwd=self.folder, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def relay(self) -> Path:
        """Compiles relay's operations; the file of their texts by SHA-256."""
        documents = self.folder / "relay" / "documents.json"
        documents.write_text("{}")
        (self.folder / "relay" / "__generated__").mkdir()
        self.run("relay-compiler")
        return documents

    def codegen(self) -> Path:
        """The same of graphql-codegen's client preset."""
        self.run("graphql-codegen", "--config", "codegen.json")
        return self.folder / "codegen" / "__generated__" / "persisted-documents.json"


def texts(documents: Path) -> dict[str, str]:
    """Generated operations by name."""
    found = json.loads(documents.read_text("utf-8")).values()
    return {match[1]: text for text in found if (match := NAME.search(text))}


def _installed() -> Path:
    """node_modules as package-lock.json has it; installed when it is not there or older."""
    modules, lock = HERE / "node_modules", HERE / "package-lock.json"
    stamp = modules / ".package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
        options = ("--silent", "--ignore-scripts", "--no-audit", "--no-fund")
        subprocess.run(["npm", "ci", *options], cwd=HERE, check=True, timeout=600)
    return modules
