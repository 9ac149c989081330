"""The doctor, before a real stack that is well and then is not."""

import time

import asyncpg

from infra.doctor import diagnose
from tests.infra.marks import ATTRIBUTES, run, settings_of


async def test_the_doctor_finds_nothing_wrong_and_then_what_is(folder):
    async def current(settings):
        return None

    async def behind(settings):
        return "two migrations are missing"

    async with await run(folder) as stack:
        well = await diagnose(stack.settings, search_attributes=ATTRIBUTES, migrations=current)
        assert [finding.name for finding in well if not finding.ok] == ["Worker"]
        assert next(finding.mend for finding in well if finding.name == "Worker").startswith(
            "run huying worker"
        )
        assert {finding.name for finding in well} >= {
            "PostgreSQL",
            "Temporal",
            "S3",
            "Data folder",
            "Disk space",
        }
        stack.service("postgres").kill()
        ill = await diagnose(
            stack.settings, search_attributes=ATTRIBUTES | {"Street": "Keyword"}, migrations=behind
        )
        assert {finding.name: finding.ok for finding in ill}["PostgreSQL"] is False
        odd = next(finding for finding in ill if finding.name == "Search attributes")
        assert (odd.ok, odd.detail) == (False, "missing in namespace default: Street (Keyword)")
        await stack.service("postgres").restart()
        ill = await diagnose(stack.settings, search_attributes=ATTRIBUTES, migrations=behind)
        assert [(finding.name, finding.detail) for finding in ill if not finding.ok] == [
            ("Migrations", "two migrations are missing"),
            ("Worker", "none serves task queue calling"),
        ]
        wrong = stack.settings.model_copy(
            update={
                "s3_secret_key": "wrong",
                "temporal_namespace": "nowhere",
                "database_url": _wrong(stack.settings),
            }
        )
        ill = {f.name: f for f in await diagnose(wrong, search_attributes=ATTRIBUTES, migrations=current)}
        assert ill["S3"].detail.startswith("refuses the keys")
        assert ill["Temporal"].detail == "has no namespace nowhere"
        assert "password" in ill["PostgreSQL"].detail
        assert all(finding.ok or finding.mend for finding in ill.values())
        for kind in ("ENCODING 'SQL_ASCII' LC_CTYPE 'C'", "ENCODING 'UTF8' LC_CTYPE 'C'"):
            blind = stack.settings.model_copy(update={"database_url": await _made(stack.settings, kind)})
            ill = {f.name: f for f in await diagnose(blind, search_attributes=ATTRIBUTES, migrations=current)}
            assert "LC_CTYPE 'C.UTF-8'" in ill["PostgreSQL"].mend
        gone_bucket = stack.settings.model_copy(update={"s3_bucket": "elsewhere"})
        ill = {
            f.name: f for f in await diagnose(gone_bucket, search_attributes=ATTRIBUTES, migrations=current)
        }
        assert ill["S3"].detail == "has no bucket elsewhere"


async def test_the_doctor_speaks_without_any_service(folder):
    async def current(settings):
        return None

    found = {f.name: f for f in await diagnose(settings_of(folder), search_attributes={}, migrations=current)}
    for name, variable in (
        ("PostgreSQL", "DATABASE_URL"),
        ("Temporal", "TEMPORAL_ADDRESS"),
        ("S3", "S3_ENDPOINT"),
    ):
        assert not found[name].ok
        assert variable in found[name].mend
        assert "huying up" in found[name].mend


async def _made(settings, kind):
    """The address of a new database of another kind."""
    name = f"kind_{time.monotonic_ns()}"
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute(
        f"CREATE DATABASE {name} TEMPLATE template0 {kind} LC_COLLATE 'C' LOCALE_PROVIDER libc"
    )
    await connection.close()
    return f"{settings.database_url.rpartition('/')[0]}/{name}"


def _wrong(settings):
    return "postgres://huying:wrong@" + settings.database_url.split("@")[1]
