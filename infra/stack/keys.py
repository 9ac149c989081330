"""The secrets of the local stack: made on its first start, kept in one file that only this user may read."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Keys:
    """Passwords and keys of the local servers; letters, digits, hyphens and underscores only."""

    postgres_password: str = field(repr=False)
    postgres_superuser_password: str = field(repr=False)
    s3_access_key: str = field(repr=False)
    s3_secret_key: str = field(repr=False)
    s3_inner_key: str = field(repr=False)


def keys_of(data: Path) -> Keys:
    """The secrets of a data folder, made where it has none. Raises ValueError where the file is damaged."""
    path = data / "secrets.json"
    if not path.exists():
        made = Keys(
            postgres_password=secrets.token_urlsafe(24),
            postgres_superuser_password=secrets.token_urlsafe(24),
            s3_access_key=secrets.token_hex(10),
            s3_secret_key=secrets.token_hex(20),
            s3_inner_key=secrets.token_hex(20),
        )
        write_secret(path, json.dumps(asdict(made), indent=1))
    try:
        return Keys(**json.loads(path.read_text()))
    except (TypeError, ValueError):
        raise ValueError(f"{path} is damaged; bring back the file that belongs to this data") from None


def write_secret(path: Path, text: str) -> None:
    """Write a file that only this user may read, from its first moment on, whole or not at all."""
    scratch = path.with_name(f"{path.name}.new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    scratch.replace(path)
