"""`huying instrument`: what a rulebook asks as a spreadsheet, and a spreadsheet as part of a rulebook."""

from __future__ import annotations

import sys
from pathlib import Path

from infra.commands.failures import CommandError
from models.rulebooks.instrument_text import instrument_text
from models.rulebooks.loader import load
from models.rulebooks.source import RulebookError
from models.rulebooks.xlsforms.layout import XlsformError
from models.rulebooks.xlsforms.reading import instrument_of
from models.rulebooks.xlsforms.writing import xlsform


def write(rulebook: str, file: Path) -> None:
    """Writes the XLSForm. Raises CommandError where the rulebook has no instrument or is none."""
    try:
        survey = load(rulebook).rulebook.survey
    except RulebookError as no:
        raise CommandError(str(no)) from None
    if survey is None:
        raise CommandError(f"{rulebook} says nothing of rounds: it has no `survey`")
    try:
        file.write_bytes(xlsform(survey.instrument))
    except OSError as no:
        raise CommandError(f"{file} cannot be written ({no.strerror})") from None
    print(f"{file}: {len(survey.instrument.questionnaires)} questionnaires", file=sys.stderr)


def read(file: Path) -> None:
    """Prints the `survey` section for a rulebook. Raises CommandError with every cell outside the subset."""
    try:
        body = file.read_bytes()
    except OSError as no:
        raise CommandError(f"{file} cannot be read ({no.strerror})") from None
    try:
        sys.stdout.write(instrument_text(instrument_of(body)))
    except XlsformError as no:
        raise CommandError("\n".join(f"{file.name}: {fault}" for fault in no.faults)) from None
