"""What of XLSForm an instrument is written in (docs/surveys.md): sheets, columns, spelling of conditions."""

from __future__ import annotations

import re
from dataclasses import dataclass

ZH, EN = "label::中文 (zh)", "label::English (en)"
LANGUAGE = "中文 (zh)"
SURVEY = (
    "type",
    "name",
    ZH,
    EN,
    "required",
    "relevant",
    "constraint",
    "appearance",
    "indicator",
    "rates",
    "opinion",
)
CHOICES = ("list_name", "name", ZH, EN, "points")
SETTINGS = ("form_title", "title_en", "form_id", "default_language")
INDICATORS = ("level", "name", ZH, EN, "weight")
SHEETS = {"survey": SURVEY, "choices": CHOICES, "settings": SETTINGS, "indicators": INDICATORS}
"""Of each sheet its columns; XLSForm knows neither `indicators` nor the last columns: it passes them over."""
GROUP = "respondent_group"
"""The first question, and the list of its choices: which questionnaire is answered."""
SCALE = "likert"
"""The appearance of a question whose answers are scored."""
LEVELS = ("dimension", "focus", "indicator")

NUMBER_BETWEEN = re.compile(r"\. >= (\d{1,9}) and \. <= (\d{1,9})")
NUMBER_LEAST = re.compile(r"\. >= (\d{1,9})")
NUMBER_MOST = re.compile(r"\. <= (\d{1,9})")
TEXT_MOST = re.compile(r"string-length\(\.\) <= (\d{1,9})")
PICKED = re.compile(r"\$\{([a-z0-9_]+)\.([a-z0-9_]+)\} = '([a-z0-9_]+)'")
SELECTED = re.compile(r"selected\(\$\{([a-z0-9_]+)\.([a-z0-9_]+)\}, '([a-z0-9_]+)'\)")
OR = " or "


@dataclass(frozen=True, slots=True, order=True)
class CellFault:
    """What is outside the subset, and where."""

    sheet: str
    row: int
    column: int
    message: str

    @property
    def cell(self) -> str:
        """As a spreadsheet names it, e.g. B7."""
        letters, rest = "", self.column
        while rest:
            rest, place = divmod(rest - 1, 26)
            letters = chr(ord("A") + place) + letters
        return f"{letters}{self.row}"

    def __str__(self) -> str:
        return f"{self.sheet}!{self.cell}: {self.message}"


class XlsformError(ValueError):
    """A form outside the subset. `faults` are all of them, sheet by sheet."""

    def __init__(self, faults: list[CellFault]) -> None:
        self.faults = sorted(faults, key=lambda one: (list(SHEETS).index(one.sheet), one.row, one.column))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def group_is(group: str) -> str:
    """When a questionnaire is shown."""
    return f"${{{GROUP}}} = '{group}'"
