"""The command line: what it answers, what it says when it cannot, and with which exit code it ends."""

import json
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime

import asyncpg
import httpx
import pytest

from api.identity import Identity
from api.jwks import FixedKeys
from infra.commands import sdl
from infra.commands.failures import CommandError
from infra.keys import LocalKeys
from infra.stack.ports import Ports
from models.rulebooks.geography import street_id
from models.terms import Role
from tests.infra.command import answer, environment_of, huying, reason, started
from tests.infra.marks import holders

COMMANDS = (
    "up", "demo", "api", "worker", "migrate", "load", "token", "doctor", "history", "stuck", "release",
    "schema", "instrument",
)  # fmt: skip


@pytest.fixture
def outside(stack, tmp_path):
    """The services of the test run as outside ones, and a data folder with nothing in it."""
    return environment_of(stack.settings) | {"HUYING_DATA": tmp_path / "data"}


@pytest.fixture
async def empty_database(stack):
    """A database without any table, on the server of the test run."""
    name = f"cli_{time.monotonic_ns()}"
    url = stack.settings.database_url
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 LC_CTYPE 'C.UTF-8'")
    yield f"{url.rpartition('/')[0]}/{name}"
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


def free_port(folder):
    folder.mkdir(exist_ok=True)
    return Ports(folder / "ports.json").take("api")


def until(holds, within=30):
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


# What it is -------------------------------------------------------------------------------------------


def test_help_lists_every_command_and_is_silent_otherwise():
    done = huying("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f" {command} " in done.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command):
    done = huying(command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: python -m infra.cli {command}" in done.stdout


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        pytest.param("infra.cli", "temporalio strawberry tortoise uvicorn minio pydantic asyncpg", id="help"),
        pytest.param("infra.commands.database", "temporalio graphql minio httpx rich", id="migrate and load"),
        pytest.param(
            "infra.telemetry, infra.worker", "strawberry graphql uvicorn minio httpx rich", id="worker"
        ),
        pytest.param("infra.telemetry, infra.serve", "httpx rich openpyxl temporalio.worker", id="api"),
    ],
)
def test_nothing_heavy_is_imported_that_is_not_needed(modules, heavy):
    check = f"import sys, {modules}; print([name for name in {heavy.split()} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_version_is_the_packages():
    assert huying("--version").stdout == "huying 0.1.0\n"


# What it refuses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["nosuch"], id="no such command"),
        pytest.param(["load"], id="argument missing"),
        pytest.param(["schema", "--nosuch"], id="no such option"),
        pytest.param(["demo", "--json"], id="json of a demo that stays"),
        pytest.param(["token", "--hours", "-1"], id="a time that is none"),
    ],
)
def test_wrong_usage_is_2_and_says_how_it_goes(words):
    done = huying(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage:" in done.stderr


def test_a_demo_of_a_district_without_one_is_refused_with_those_there_are(folder):
    said = reason(huying("demo", "--once", "--district", "nowhere", HUYING_DATA=folder))
    assert said == "no demo of nowhere; jinjiang shows cases, gulou a half-year's survey"


@pytest.mark.parametrize("command", ["up", "demo", "worker", "doctor"])
def test_a_wrong_setting_is_one_line_that_names_it(command, tmp_path):
    told = reason(huying(command, HUYING_DATA=tmp_path, HUYING_PORT="http", TEMPORAL_ADDRESS="temporal"))
    assert "HUYING_PORT must be a port between 1 and 65535, not 'http'" in told
    assert "TEMPORAL_ADDRESS must be host:port" in told


@pytest.mark.parametrize("words", [["api"], ["worker"], ["load", "jinjiang"]])
def test_without_services_it_says_what_to_do(words, tmp_path):
    told = reason(huying(*words, HUYING_DATA=tmp_path / "nothing", HUYING_PORT=free_port(tmp_path)))
    assert told == (
        "PostgreSQL is not running here and DATABASE_URL is not set; start everything with `huying up`, "
        "or set DATABASE_URL"
    )


@pytest.mark.parametrize("command", ["api", "migrate"])
def test_a_database_that_does_not_answer_is_one_line(command, tmp_path):
    given = {"HUYING_DATA": tmp_path, "HUYING_PORT": free_port(tmp_path)}
    told = reason(huying(command, DATABASE_URL="postgres://127.0.0.1:1/huying", **given))
    assert told.startswith("PostgreSQL does not let us in: ")
    assert told.endswith("; see `huying doctor`")


def test_a_temporal_that_does_not_answer_is_one_line(outside, database, tmp_path):
    told = reason(huying("worker", **outside | {"TEMPORAL_ADDRESS": "127.0.0.1:1"}))
    assert told.startswith("Temporal does not answer at 127.0.0.1:1: ")


def test_an_unknown_rulebook_is_told_before_anything_is_reached(tmp_path):
    assert "no such rulebook; one of" in reason(huying("load", "nowhere", HUYING_DATA=tmp_path))


def test_a_taken_port_is_one_line(outside, database):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = reason(huying("api", **outside, HUYING_PORT=port))
    assert told == (
        f"cannot listen on 127.0.0.1 port {port}: address already in use; "
        "set HUYING_HOST or HUYING_PORT to another"
    )


# The database -----------------------------------------------------------------------------------------


def test_migrate_and_load_bring_a_new_database_to_work(outside, empty_database):
    here = outside | {"DATABASE_URL": empty_database}
    assert reason(huying("token", **here)) == (
        "the database is not current (no tables yet); run `huying migrate`"
    )
    first = huying("migrate", **here).stdout.splitlines()
    assert first[0] == "applied 0001_tables"
    assert first[-1] == "the database is current"
    assert huying("migrate", **here).stdout.splitlines() == ["the database is current"]
    assert reason(huying("token", **here)).endswith("load a district, such as `huying load jinjiang`")
    assert huying("load", "jinjiang-demo", **here).stdout.splitlines() == [
        "jinjiang/2026.3-demo is loaded",
        "11 streets, 77 communities, 463 grids, 18 departments, 606 people, 128 items",
    ]
    again = huying("load", "jinjiang-demo", **here)
    assert again.stdout.startswith("jinjiang/2026.3-demo was loaded before; it is the active one\n")
    assert len(answer(huying("token", "--json", **here))["people"]) == 606


@pytest.fixture
async def other_database(empty_database):
    """A database that another version of Huying has migrated."""
    connection = await asyncpg.connect(empty_database)
    await connection.execute(
        "CREATE TABLE tortoise_migrations (id serial, app text, name text, applied_at timestamptz);"
        "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES"
        " ('models', '0001_initial', now()), ('models', '0012_answering', now())"
    )
    yield empty_database
    assert await connection.fetchval("SELECT count(*) FROM tortoise_migrations") == 2
    assert await connection.fetchval("SELECT to_regclass('issues')") is None
    await connection.close()


async def test_a_database_of_another_version_is_refused_by_name_and_stays_as_it_is(outside, other_database):
    here = outside | {"DATABASE_URL": other_database}
    found = (
        "made by another version of Huying: it has 0012_answering and 1 more, which this one does not know"
    )
    mend = "start with an empty database, or run the version that made it"
    for words in (["migrate"], ["token"], ["up"]):
        assert reason(huying(*words, **here)) == f"the database was {found}; {mend}", words
    done = huying("doctor", "--json", **here)
    wrong = {one["name"]: one for one in json.loads(done.stdout)["findings"] if not one["ok"]}
    assert (wrong["Migrations"]["detail"], wrong["Migrations"]["mend"]) == (found, mend)


# Tokens -----------------------------------------------------------------------------------------------


async def test_a_token_proves_the_post_that_was_asked_for(outside, database):
    done = huying("token", "--role", "street-clerk", "--street", "书院街街道", **outside)
    assert done.returncode == 0, done.stderr
    assert "street-clerk-1@jinjiang.shuyuanjie" in done.stderr
    keys = LocalKeys.load(outside["HUYING_DATA"], "huying", "huying")
    viewer = await Identity(FixedKeys(keys.public), "huying", "huying").viewer(
        f"Bearer {done.stdout.strip()}"
    )
    (post,) = viewer.posts
    assert (post.role, post.street, post.head) == (
        Role.STREET_CLERK,
        street_id("jinjiang", "shuyuanjie"),
        True,
    )


def test_a_token_as_json_says_who_and_until_when(outside, database):
    signed = answer(huying("token", "response-office-2@jinjiang", "--hours", "1", "--json", **outside))
    assert (signed["subject"], signed["role"], signed["head"]) == (
        "response-office-2@jinjiang",
        "RESPONSE_OFFICE",
        False,
    )
    left = datetime.fromisoformat(signed["expiresAt"]) - datetime.now(UTC)
    assert 3500 < left.total_seconds() <= 3600


@pytest.mark.parametrize(
    ("words", "count"),
    [
        pytest.param(["--street", "Shuyuan Street Subdistrict", "--role", "STREET_CLERK"], 2, id="street"),
        pytest.param(["--department", "水务局", "--district", "jinjiang"], 2, id="department"),
        pytest.param(["--grid", "510104-09-01-01"], 1, id="grid"),
        pytest.param(["--role", "DISTRICT_LEADER", "--district", "gulou"], 1, id="one in the district"),
    ],
)
def test_the_list_holds_those_who_answer(words, count, outside, database):
    listed = answer(huying("token", "--list", "--json", *words, **outside))["people"]
    assert len(listed) == count
    assert set(listed[0]) == {"subject", "name", "role", "head", "place", "placeEn"}


def test_the_list_for_people_shortens_the_many(outside, database):
    listed = huying("token", **outside).stdout
    assert "auditor-1@jinjiang" in listed
    assert "more (--json" in listed


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["--role", "MAYOR"], "no role MAYOR; one of RESIDENT, GRID_WORKER", id="role"),
        pytest.param(["nobody@nowhere"], "nobody answers to that", id="person"),
        pytest.param(["--street", "天府街道"], "nobody answers to that", id="street"),
    ],
)
def test_whom_it_does_not_know_it_does_not_sign_for(words, told, outside, database):
    assert reason(huying("token", *words, **outside)).startswith(told)


@pytest.mark.parametrize("words", [["token", "--role", "AUDITOR"], ["demo", "--once"]])
def test_where_an_identity_provider_is_set_nothing_is_signed_here(words, outside, database):
    told = reason(huying(*words, **outside, HUYING_JWKS_URL="https://id.example.cn/jwks.json"))
    assert "HUYING_JWKS_URL" in told


# The schema -------------------------------------------------------------------------------------------


def test_the_schema_is_printed_and_is_the_one_in_the_repository():
    done = huying("schema")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == sdl.FILE.read_text("utf-8")
    checked = huying("schema", "--check")
    assert (checked.returncode, checked.stdout) == (0, "")


def test_a_schema_that_differs_is_shown_line_by_line(tmp_path, monkeypatch, capsys):
    old = tmp_path / "schema.graphql"
    old.write_text(sdl.FILE.read_text("utf-8").replace("type Mutation {", "type Mutation {\n  gone: Int\n"))
    monkeypatch.setattr(sdl, "FILE", old)
    with pytest.raises(CommandError, match="make schema"):
        sdl.schema(check=True)
    assert "-  gone: Int\n" in capsys.readouterr().out


# The doctor -------------------------------------------------------------------------------------------


def test_the_doctor_misses_a_worker_where_every_service_is_well(outside, database):
    done = huying("doctor", "--json", **outside, HUYING_TASK_QUEUE="nobodys")
    findings = {one["name"]: one for one in json.loads(done.stdout)["findings"]}
    assert findings.keys() >= {"PostgreSQL", "Migrations", "Temporal", "S3"}
    assert [name for name, one in findings.items() if not one["ok"]] == ["Worker"]
    assert findings["Worker"]["detail"] == "none serves task queue nobodys"
    assert reason(done) == "not well: Worker"


def test_the_doctor_says_what_is_wrong_and_ends_with_1(outside, empty_database):
    ill = outside | {
        "DATABASE_URL": empty_database,
        "S3_SECRET_KEY": "wrong",
        "HUYING_TASK_QUEUE": "nobodys",
    }
    done = huying("doctor", "--json", **ill)
    wrong = {one["name"]: one for one in json.loads(done.stdout)["findings"] if not one["ok"]}
    assert reason(done) == "not well: Migrations, Worker, S3"
    assert wrong["Migrations"]["detail"] == "no tables yet"
    assert wrong["Migrations"]["mend"] == "run huying migrate"
    table = huying("doctor", **ill)
    assert table.returncode == 1
    assert "run huying migrate" in table.stdout


# API and worker as processes --------------------------------------------------------------------------


def test_api_and_worker_serve_and_drain_when_told(outside, database, tmp_path):
    port = free_port(tmp_path)
    here = outside | {"HUYING_PORT": port, "HUYING_LOG_FORMAT": "json"}
    logs = {name: tmp_path / f"{name}.log" for name in ("api", "worker")}
    parts = {name: started(name, log=log, **here) for name, log in logs.items()}
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: '"event": "serving"' in logs["api"].read_text())
        until(lambda: '"event": "working"' in logs["worker"].read_text())
        assert all(one["ok"] for one in answer(huying("doctor", "--json", **here))["findings"])
        ready = httpx.get(f"{address}/readyz", trust_env=False)
        assert ready.status_code == 200
        assert {found["service"] for found in ready.json()["findings"]} == {"postgresql", "temporal", "s3"}
        asked = httpx.post(f"{address}/graphql", json={"query": "{ serverTime }"}, trust_env=False)
        assert asked.json()["data"]["serverTime"].endswith("+00:00")
        for part in parts.values():
            part.send_signal(signal.SIGTERM)
        assert {name: part.wait(30) for name, part in parts.items()} == {"api": 0, "worker": 0}
        assert '"event": "drained"' in logs["api"].read_text()
        assert '"event": "stopped"' in logs["worker"].read_text()
    finally:
        for part in parts.values():
            part.kill()
            part.wait()


@pytest.mark.parametrize(
    "said", ["making the database", "Database: ", "Data folder"], ids=["servers", "database", "all"]
)
def test_up_is_ended_by_ctrl_c_at_any_moment_and_leaves_nothing_running(said, folder, tmp_path):
    log = tmp_path / "up.log"
    process = started("up", log=log, HUYING_DATA=folder)
    try:
        until(lambda: said in log.read_text(), within=150)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0, log.read_text()
        assert log.read_text().endswith("everything is stopped; the data stays\n")
        assert "Rulebook: none yet" in log.read_text() or said != "Data folder"
        assert holders(folder) == []
    finally:
        process.kill()
        process.wait()


def test_up_on_outside_services_runs_once_for_a_folder(outside, database, tmp_path):
    logs = tmp_path / "up.log"
    here = outside | {"HUYING_PORT": free_port(tmp_path)}
    process = started("up", log=logs, **here)
    try:
        until(lambda: "Data folder" in logs.read_text())
        assert "GraphQL" in logs.read_text()
        assert reason(huying("up", **here)).startswith("API and worker of ")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert "everything is stopped; the data stays" in logs.read_text()
    finally:
        process.kill()
        process.wait()
