"""`huying`, the command line: what there is and how it is called. What a command does is in commands/.

Exit codes: 0 done, 1 failed (one line on standard error says why), 2 called wrongly, 130 interrupted.
Imports that take long are inside the commands, so that `huying --help` is quick.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from infra.commands.failures import known_failures, reason_of

app = typer.Typer(
    name="huying",
    help="Huying 呼应: a street calls, a department responds. Settings come from the environment "
    "(docs/settings.md); services without an address are started here.",
    epilog="Begin with: huying demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

instruments = typer.Typer(
    help="What a round asks residents, as a spreadsheet and back (docs/surveys.md).", no_args_is_help=True
)
app.add_typer(instruments, name="instrument")

AsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON on standard output, and nothing else there.")
]


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit code."""
    code = 0
    try:
        app()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except KeyboardInterrupt:
        code = 130
    except known_failures() as failure:
        print(f"huying: {reason_of(failure)}", file=sys.stderr)
        code = 1
    except Exception:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: Temporal's threads crash a third of short processes while the interpreter ends.
    os._exit(code)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"huying {version('huying')}")
        raise typer.Exit


@contextmanager
def _ended_by_ctrl_c() -> Iterator[None]:
    """For commands that stay: Ctrl-C is how they end, also before they had begun to listen for it."""
    with suppress(KeyboardInterrupt):
        yield


@app.callback()
def _huying(
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Options of the program itself."""


@app.command()
def up() -> None:
    """Start everything here and stay: local services, current database, API and worker."""
    with _ended_by_ctrl_c():
        from infra.commands.running import up as run

        run()


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Play the cases, then stop everything and end.")
    ] = False,
    as_json: AsJson = False,
    district: Annotated[
        str,
        typer.Option(help="jinjiang: published cases, from report to filing; gulou: a half-year's survey."),
    ] = "jinjiang",
) -> None:
    """Start everything, play published cases from report to filing, then stay until Ctrl-C."""
    if as_json and not once:
        raise typer.BadParameter("--json goes with --once: the demo that stays has no last word")
    with nullcontext() if once else _ended_by_ctrl_c():
        from infra.commands.running import demo as run

        run(once=once, as_json=as_json, district=district)


@app.command()
def api() -> None:
    """Run the API process alone. SIGTERM lets open requests finish."""
    from infra.commands.running import api as run

    run()


@app.command()
def worker() -> None:
    """Run the worker process alone: cases, and the relay that starts them. SIGTERM drains it."""
    from infra.commands.running import worker as run

    run()


@app.command()
def migrate() -> None:
    """Bring the database to the current tables."""
    from infra.commands.database import migrate as run

    run()


@app.command()
def load(
    rulebook: Annotated[
        str, typer.Argument(help="A shipped rulebook such as jinjiang, or the path of a YAML file.")
    ],
) -> None:
    """Check a rulebook and load it: new cases run under it, running ones keep theirs."""
    from infra.commands.database import load as run

    run(rulebook)


@app.command()
def token(
    person: Annotated[
        str | None, typer.Argument(help="A subject such as street-clerk-1@jinjiang.donghu.")
    ] = None,
    role: Annotated[str | None, typer.Option(help="A role such as STREET_CLERK.")] = None,
    street: Annotated[str | None, typer.Option(help="Name or code of the street.")] = None,
    community: Annotated[str | None, typer.Option(help="Name or code of the community.")] = None,
    grid: Annotated[str | None, typer.Option(help="Code of the grid.")] = None,
    department: Annotated[str | None, typer.Option(help="Name or key of the department.")] = None,
    district: Annotated[str | None, typer.Option(help="Key of the district, such as jinjiang.")] = None,
    hours: Annotated[float, typer.Option(help="How long it is good for.", min=0.01, max=8760)] = 12,
    who: Annotated[bool, typer.Option("--list", help="List who answers to this, and sign nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Sign a token for a person of the database with the local key; without options, list who there is.

    Where several answer to it, the first is taken: heads come before others. For trying things out;
    in production tokens come from the identity provider.
    """
    from infra.commands.token import Wanted, run

    wanted = Wanted(person, role, district, street, community, grid, department)
    run(wanted, hours=hours, listing=who, as_json=as_json)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check this machine and each service, and say what is wrong and how to mend it."""
    from infra.commands.health import doctor as run

    run(as_json=as_json)


@app.command()
def history(
    case: Annotated[
        str | None, typer.Option(help="Code of an issue; else the last GENERAL one filed without incident.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the events of a case's history in Temporal, and what each is for."""
    from infra.commands.history import run

    run(case, as_json=as_json)


@app.command()
def stuck(as_json: AsJson = False) -> None:
    """List the open cases that do not move, and what is wrong with each."""
    from infra.commands.operating import stuck as run

    run(as_json=as_json)


@app.command()
def release(
    build: Annotated[
        str | None, typer.Argument(help="The HUYING_BUILD_ID of workers that run; left out, list all.")
    ] = None,
    percent: Annotated[
        float,
        typer.Option(help="How much of the work it gets; 100 makes it the current one.", min=0, max=100),
    ] = 100,
    as_json: AsJson = False,
) -> None:
    """Give a version of the workers all work, or a share to try it out; without one, list the versions."""
    from infra.commands.operating import release as run

    run(build, percent, as_json=as_json)


evidence = typer.Typer(help="Photos: whether database and store agree.", no_args_is_help=True)
app.add_typer(evidence, name="evidence")


@evidence.command("check")
def evidence_check(as_json: AsJson = False) -> None:
    """Read every object that a photo names and compare its hash; nothing is changed."""
    from infra.commands.evidence import check as run

    run(as_json=as_json)


@evidence.command("sweep")
def evidence_sweep(
    full: Annotated[bool, typer.Option("--full", help="Read every object too, as on Sundays.")] = False,
    after: Annotated[
        float, typer.Option(help="For how many minutes an orphan must have lain there.", min=0)
    ] = 60,
    as_json: AsJson = False,
) -> None:
    """Delete what is due and what nothing needs, as the schedule does each night."""
    from infra.commands.evidence import sweep as run

    run(full, after, as_json=as_json)


@app.command()
def schema(
    check: Annotated[
        bool, typer.Option("--check", help="Compare with schema.graphql instead, and show the difference.")
    ] = False,
) -> None:
    """Print the GraphQL schema."""
    from infra.commands.sdl import schema as run

    run(check=check)


@instruments.command("export")
def export_instrument(
    rulebook: Annotated[str, typer.Argument(help="Name of a shipped rulebook, or the path of a file.")],
    file: Annotated[Path, typer.Argument(help="The XLSX file to write.")],
) -> None:
    """Write what a rulebook asks residents as an XLSForm."""
    from infra.commands.instrument import write as run

    run(rulebook, file)


@instruments.command("import")
def import_instrument(file: Annotated[Path, typer.Argument(help="The XLSX file to read.")]) -> None:
    """Print an XLSForm as the `survey` section of a rulebook; what cannot be read is told cell by cell."""
    from infra.commands.instrument import read as run

    run(file)


if __name__ == "__main__":
    main()
