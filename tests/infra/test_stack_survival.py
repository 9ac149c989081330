"""The local stack killed, signalled, left behind and damaged: what it kept and what it says."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.stack.claim import discover
from infra.stack.local import start
from infra.stack.process import ServiceError
from tests.infra.marks import ATTRIBUTES, S3_OUTSIDE, gone, holders, recall, remember, run, settings_of

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["postgres", "temporal", "s3"])
async def test_a_killed_service_comes_back_at_its_address_with_its_data(shared, name):
    stack = shared
    await remember(stack.settings, name)
    stack.service(name).kill()
    assert not stack.service(name).alive
    await stack.service(name).restart()
    assert await recall(stack.settings, name) == [name] * 3


OWNER = """
import asyncio, sys
from infra.settings import Settings
from infra.stack import home
from infra.stack.local import start

async def main():
    settings = Settings.load({"HUYING_DATA": sys.argv[1]})
    async with await start(settings, search_attributes={}) as stack:
        waiting = asyncio.create_task(stack.wait())
        await asyncio.sleep(0)
        print(*(stack.service(name).pid for name in ("postgres", "temporal", "s3")), flush=True)
        print(await waiting, flush=True)

asyncio.run(main())
"""


def owner(data):
    """A process that runs the stack, in a group of its own as a terminal makes one; and its servers."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data)], cwd=ROOT, stdout=subprocess.PIPE, text=True, process_group=0
    )
    pids = [int(word) for word in process.stdout.readline().split()]
    return process, pids


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_stops_every_part_in_good_order(folder, sign):
    process, pids = await asyncio.to_thread(owner, folder)
    assert len(pids) == 3
    os.killpg(process.pid, sign)  # as Ctrl-C does: to the whole group
    said, _ = await asyncio.to_thread(process.communicate, timeout=60)
    assert said == "asked to stop\n"
    assert process.returncode == 0
    assert all(gone(pid, within=0.1) for pid in pids)
    assert not (folder / "stack.json").exists()
    assert "database system is shut down" in (folder / "log" / "postgres.log").read_text()


async def test_servers_die_with_a_killed_owner_and_the_next_start_goes_on(folder):
    process, pids = await asyncio.to_thread(owner, folder)
    settings = discover(settings_of(folder))
    await remember(settings, "mark")
    process.kill()
    process.communicate()
    if sys.platform == "linux":
        assert all(gone(pid) for pid in pids)
    assert discover(settings_of(folder)).database_url is None
    async with await run(folder) as stack:
        assert await recall(stack.settings, "mark") == ["mark"] * 3
    assert all(gone(pid) for pid in pids)


async def test_servers_left_over_are_stopped_and_their_data_taken_over(folder, monkeypatch):
    """Where the kernel does not end them with their owner they are found by the lock they hold."""
    notes = []
    stack = await run(folder)
    await remember(stack.settings, "mark")
    assert holders(folder) == ["postgres", "s3", "temporal"]
    pids = [stack.service(name).pid for name in ("postgres", "temporal", "s3")]
    os.close(stack._claim)  # what the end of the owner would do
    stack._claim = None
    os.kill(pids[0], signal.SIGSTOP)  # one that does not hear
    monkeypatch.setattr("infra.stack.process.STOPS_WITHIN", 1.0)
    async with await start(settings_of(folder), search_attributes=ATTRIBUTES, progress=notes.append) as again:
        assert [stack.service(name).alive for name in ("postgres", "temporal", "s3")] == [False] * 3
        assert again.settings == stack.settings
        assert await recall(again.settings, "mark") == ["mark"] * 3
        assert sum("left over" in note for note in notes) >= 3
    await stack.stop()


async def test_a_server_that_ends_by_itself_is_told(folder):
    outside = {"TEMPORAL_ADDRESS": "t:7233", "DATABASE_URL": "postgres://u@h/d"}
    async with await run(folder, **outside) as stack:
        waiting = asyncio.create_task(stack.wait())
        stack.service("s3").kill()
        assert await waiting == f"S3 has ended; see {folder / 'log' / 's3.log'}"


async def test_a_lost_place_is_said_and_not_replaced_by_an_empty_database(folder):
    if os.geteuid() != 0:
        # an ordinary user's data never lies elsewhere: the pointer is not read
        (folder / "postgres.place").write_text("/nowhere/at/all")
    outside = S3_OUTSIDE | {"TEMPORAL_ADDRESS": "t:7233"}
    async with await run(folder, **outside):
        pass
    if os.geteuid() == 0:
        place = Path((folder / "postgres.place").read_text().strip())
        shutil.rmtree(place)
        with pytest.raises(
            ServiceError, match=f"PostgreSQL's data lay in {place}, which is gone; bring it back"
        ):
            await run(folder, **outside)


async def test_a_server_that_cannot_start_is_named_with_its_reason_and_the_others_stop(folder):
    async with await run(folder):
        pass
    for left in (folder / "temporal").iterdir():
        left.unlink()
    (folder / "temporal" / "temporal.db").write_bytes(b"no database" * 1000)
    with pytest.raises(
        ServiceError, match=r"Temporal ended while starting: .*file is not a database.*temporal\.log"
    ):
        await run(folder)
    assert holders(folder) == []
