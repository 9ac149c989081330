"""The local PostgreSQL: one cluster in the data folder, on TCP at the loopback address, by password only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg

from infra.stack.home import Home, find_home
from infra.stack.keys import Keys
from infra.stack.ports import LOOPBACK, Ports
from infra.stack.process import Command, Service, ServiceError, environment

USUAL_PORT = 54320
NAME = "huying"
"""Role and database of the platform; the role may make databases and roles, and is no superuser."""
LOCALES = ("C.UTF-8", "C.utf8", "en_US.UTF-8", "C")
"""For letters: the first that the machine has. With C alone only those of English have small and large."""


class Postgres(Service):
    """PostgreSQL 18 of the wheel. The superuser's password never leaves the data folder."""

    name = "postgres"
    title = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": sessions are ended, everything is written
    death_signal = signal.SIGINT  # its sessions would outlive a kill for a while

    def __init__(self, data: Path, ports: Ports, note: Callable[[str], None], *, keys: Keys) -> None:
        super().__init__(data, ports, note)
        self._password = keys.postgres_password
        self._superuser_password = keys.postgres_superuser_password
        self._home: Home | None = None
        self._port: int | None = None

    @property
    def has_ports(self) -> bool:
        return self._port is not None

    @property
    def address(self) -> str:
        return f"postgres://{LOOPBACK}:{self._port}/{NAME}"

    def settings(self) -> dict[str, Any]:
        return {"database_url": f"postgres://{NAME}:{self._password}@{LOOPBACK}:{self._port}/{NAME}"}

    def choose_ports(self) -> None:
        if self._port is not None:
            self.ports.give_back(self._port)
        self._port = self.ports.take(self.name, USUAL_PORT)

    def prepare(self) -> None:
        home = self._home = find_home(self.data, self.note)
        if not (home.data / "PG_VERSION").exists():
            self.note("PostgreSQL: making the database for the first time")
            _make_cluster(home, self._superuser_password)
        # We hold the server's lock, so whatever wrote this has gone; its id may be a stranger's by now.
        pid_file = home.data / "postmaster.pid"
        if pid_file.exists() and not _is_postgres(pid_file):
            pid_file.unlink()

    def command(self) -> Command:
        home = self._prepared()
        options = {
            "listen_addresses": LOOPBACK,
            "port": str(self._port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        words = [str(home.programs / "bin" / "postgres"), "-D", str(home.data)]
        for name, value in options.items():
            words += ["-c", f"{name}={value}"]
        # Root may start here and PostgreSQL need not: it goes to its data folder by itself.
        return Command(words, Path("/"), account=home.account)

    async def answers(self) -> bool:
        if not self._listens():
            return False
        try:
            connection = await self._connect(NAME, self._password, NAME)
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError, TimeoutError):
            return False
        except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError):
            await self._make_database()
            return True
        await connection.close()
        return True

    def _listens(self) -> bool:
        """Whether our own server has its port: another one may answer there, of a stack that was quicker."""
        try:
            lines = (self._prepared().data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return lines[:1] == [str(self.pid)] and lines[-1].strip() == "ready"

    def _prepared(self) -> Home:
        if self._home is None:
            raise RuntimeError("prepare() comes before command()")
        return self._home

    async def _connect(self, user: str, password: str, database: str) -> asyncpg.Connection:
        return await asyncpg.connect(
            host=LOOPBACK,
            port=self._port,
            user=user,
            password=password,
            database=database,
            timeout=5,
            ssl=False,
        )

    async def _make_database(self) -> None:
        """Role and database where they are missing; the password is set to the one we know."""
        try:
            connection = await self._connect("postgres", self._superuser_password, "postgres")
        except asyncpg.InvalidAuthorizationSpecificationError as refused:
            raise ServiceError(
                f"PostgreSQL of {self.data} does not know the passwords in secrets.json; "
                "bring back the file that belongs to this data"
            ) from refused
        try:
            # Secrets are URL-safe letters and digits (secrets.token_urlsafe): no quoting needed.
            settled = f"LOGIN CREATEDB CREATEROLE PASSWORD '{self._password}'"
            known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", NAME)
            await connection.execute(f"{'ALTER' if known else 'CREATE'} ROLE {NAME} {settled}")
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", NAME):
                await connection.execute(f"CREATE DATABASE {NAME} OWNER {NAME}")
        finally:
            await connection.close()


def _make_cluster(home: Home, password: str) -> None:
    """Run initdb beside the final name, so that one cut short leaves nothing behind that looks whole."""
    scratch = home.data.with_name("data.new")
    secret = home.data.with_name("password")
    secret.write_text(password)
    secret.chmod(0o600)
    if home.account is not None:
        os.chown(secret, home.account.uid, home.account.gid)
    said = ""
    try:
        for locale in LOCALES:
            shutil.rmtree(scratch, ignore_errors=True)
            said = _initdb(home, scratch, secret, locale)
            if not said:
                scratch.rename(home.data)
                return
    finally:
        secret.unlink()
    raise ServiceError(f"PostgreSQL could not make its database: {said}")


def _initdb(home: Home, target: Path, secret: Path, locale: str) -> str:
    """Make a cluster in `target`; what initdb complained of, or nothing."""
    words = [str(home.programs / "bin" / "initdb"), "-D", str(target), "-U", "postgres"]
    words += ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--no-instructions"]
    # Order by code point, the same on every machine; what counts as a letter comes from the locale.
    words += ["--locale=C", f"--lc-ctype={locale}", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    account = home.account
    done = subprocess.run(
        words,
        cwd="/",
        env=environment(target.parent),
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it said nothing"])[-1]


def _is_postgres(pid_file: Path) -> bool:
    """Whether the process a pid file names is a PostgreSQL; somebody may have started one by hand."""
    with suppress(OSError, ValueError, IndexError):
        pid = int(pid_file.read_text().splitlines()[0])
        shown = subprocess.run(
            ["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
        )
        return str(pid_file.parent) in shown.stdout
    return False
