"""`huying` as a process of its own, as people and their scripts call it."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HUYING = [sys.executable, "-m", "infra.cli"]
OURS = ("HUYING_", "TEMPORAL_", "S3_", "DATABASE_URL")


def surroundings(**given):
    """Our environment without any setting of ours, and with those given."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return inherited | {name: str(value) for name, value in given.items()}


def huying(*words, within=180, **given):
    """The command, run to its end."""
    return subprocess.run(
        [*HUYING, *words], cwd=ROOT, env=surroundings(**given), capture_output=True, text=True, timeout=within
    )


def started(*words, log, **given):
    """The command, running, with what it says in `log`."""
    with log.open("w") as out:
        return subprocess.Popen(
            [*HUYING, *words], cwd=ROOT, env=surroundings(**given), stdout=out, stderr=subprocess.STDOUT
        )


def answer(done):
    """The JSON that standard output is."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def reason(done):
    """The one line that says why a command failed."""
    assert done.returncode == 1, (done.returncode, done.stderr)
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("huying: ")
    return lines[0].removeprefix("huying: ")


def environment_of(settings):
    """What another process is told to use the services of `settings`."""
    return {
        "DATABASE_URL": settings.database_url,
        "TEMPORAL_ADDRESS": settings.temporal_address,
        "S3_ENDPOINT": settings.s3_endpoint,
        "S3_ACCESS_KEY": settings.s3_access_key,
        "S3_SECRET_KEY": settings.s3_secret_key,
    }
