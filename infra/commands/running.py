"""The commands that stay: `up`, `demo`, `api`, `worker`. Ctrl-C or SIGTERM is a good end, with code 0."""

from __future__ import annotations

import asyncio
import sys

from infra.commands.failures import CommandError
from infra.commands.surroundings import surroundings
from infra.settings import Settings

INTERRUPTED = 130
STOPPED = "everything is stopped; the data stays"


def api() -> None:
    """The API alone, until told to stop."""
    import uvloop

    from infra.serve import serve

    settings = surroundings()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))


def worker() -> None:
    """The worker alone, until told to stop."""
    from infra.worker import work

    asyncio.run(work(surroundings()))


def up() -> None:
    """Everything, until told to stop."""
    from infra.supervisor import everything, until_stopped

    async def stay() -> None:
        async with everything(Settings.load(), None, say) as running:
            for title, address in running.addresses():
                print(f"{title:12} {address}")
            sys.stdout.flush()
            await running.keep()

    asyncio.run(until_stopped(stay()))
    say(STOPPED)


def demo(once: bool, as_json: bool, district: str) -> None:
    """Everything, with the cases or the half-year of a district played; raises CommandError where that does
    not end as it should."""
    if district == "gulou":
        from infra.demo.half_year.stage import play
    elif district == "jinjiang":
        from infra.demo.stage import play
    else:
        raise CommandError(f"no demo of {district}; jinjiang shows cases, gulou a half-year's survey")
    from infra.supervisor import until_stopped

    settings = Settings.load()
    if settings.jwks_url:
        raise CommandError("the demo signs tokens for its players; unset HUYING_JWKS_URL to play it")
    ended = asyncio.run(until_stopped(play(settings, once=once, as_json=as_json)))
    if once and not ended:
        sys.exit(INTERRUPTED)
    if not once:
        say(STOPPED)


def say(line: str) -> None:
    """A line for the person who watches."""
    print(line, file=sys.stderr, flush=True)
