"""A breaking change of the schema is found, and passes only where it was announced by its path."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.contract.releases import ContractError, last_release, unannounced

ROOT = Path(__file__).parents[2]
CURRENT = (ROOT / "schema.graphql").read_text("utf-8")
CALLING = "input CallDepartmentInput"
PLANTED = [
    ("  code: String!", "  number: String!", "Issue", "Issue.code"),
    ("  CRITICAL", "  GRAVE", "enum Level", "Level.CRITICAL"),
    ("  issues(", "  cases(", "type Query", "Query.issues"),
    ("  place: String!", "  place: String", "Issue", "Issue.place"),
    ("  demand: String!", "  demand: String!\n\n  tone: String!", CALLING, "CallDepartmentInput.tone"),
]


def planted(old: str, new: str, where: str) -> str:
    """The current schema with one change in one type."""
    place = where if " " in where else f"type {where} "
    start = CURRENT.index(f"\n{place.rstrip()} ")
    at = CURRENT.index(old, start)
    assert at < CURRENT.index("\n}", start)
    return CURRENT[:at] + new + CURRENT[at + len(old) :]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    releases = tmp_path / "releases"
    releases.mkdir()
    (releases / "0.9.0.graphql").write_text("type Query { long: Int, gone: Int }", "utf-8")
    (releases / "0.10.0.graphql").write_text(CURRENT, "utf-8")
    (releases / "README.md").write_text("Not a schema.", "utf-8")
    return tmp_path


def found(folder: Path, schema: str, changelog: str) -> list[str]:
    (folder / "schema.graphql").write_text(schema, "utf-8")
    (folder / "CHANGELOG.md").write_text(changelog, "utf-8")
    changes = unannounced(folder / "releases", folder / "schema.graphql", folder / "CHANGELOG.md")
    return [change.path for change in changes]


@pytest.mark.parametrize(("old", "new", "where", "path"), PLANTED, ids=[change[3] for change in PLANTED])
def test_a_planted_breaking_change_fails_until_it_is_announced(folder, old, new, where, path):
    schema = planted(old, new, where)
    earlier = f"# Changes\n\n## 0.11.0, unreleased\n\n- Nothing.\n\n## 0.10.0\n\n- `{path}` is new.\n"
    assert found(folder, schema, earlier) == [path]
    assert found(folder, schema, earlier.replace("Nothing", f"Breaking: `{path}` is not what it was")) == []


def test_what_is_added_breaks_nobody(folder):
    added = planted("  code: String!", "  code: String!\n\n  colour: String", "Issue")
    assert found(folder, added, "no changelog at all") == []
    assert found(folder, planted("  CRITICAL", "  CRITICAL\n  NEW", "enum Level"), "") == []


def test_the_changelog_must_begin_with_the_version_to_come(folder):
    broken = planted("  code: String!", "  number: String!", "Issue")
    with pytest.raises(ContractError, match=r"after 0\.10\.0"):
        found(folder, broken, "# Changes\n\n## 0.10.0\n\n- `Issue.code` is gone.\n")


def test_what_is_no_schema_is_said_so(folder):
    with pytest.raises(ContractError, match="Syntax Error"):
        found(folder, "type Query {", "# Changes\n\n## 0.11.0\n")


def test_the_newest_release_goes_by_version(folder):
    assert last_release(folder / "releases") == folder / "releases" / "0.10.0.graphql"
    assert last_release(folder) is None
