"""A published table as a file for spreadsheet programs: CSV and XLSX, the same cells in both."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO, StringIO
from typing import Any

from api.labels import label
from models.terms import BulletinKind, Language

NUMBER = re.compile(r"-?\d+(?:\.(\d+))?")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet program takes for the beginning of a formula."""
BOM = "\ufeff"
"""Without it spreadsheet programs read UTF-8 as something else."""
WORDS: Mapping[str, tuple[str, str]] = {
    "rank": ("Rank", "排名"),
    "key": ("Key", "代码"),
    "name": ("Name", "名称"),
    "missing": ("Missing", "缺项"),
    "awards": ("Awards", "奖励"),
    "rules": ("Rules", "规则"),
    "column": ("Column", "栏目"),
    "rule": ("Rule", "规则"),
    "cut_off": ("As recorded before", "数据截止"),
}
OF_SHEETS = (BulletinKind.REVIEWS, BulletinKind.ANNUAL)
"""Tables put together of many sheets: how many were missing is a column of its own."""


@dataclass(frozen=True, slots=True)
class Export:
    """The cells of a table, as texts in one language."""

    title: str
    notes: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    rules: tuple[tuple[str, str], ...]
    published_at: datetime
    language: Language


def export(document: Mapping[str, Any], sha256: str, published_at: datetime, language: Language) -> Export:
    """The cells of a frozen document."""
    kind, name = BulletinKind(document["kind"]), language.value
    columns = document["columns"]
    subjects = {subject["id"]: subject for subject in document["subjects"]}
    sheets, awarded = kind in OF_SHEETS, any(row.get("awards") for row in document["rows"])
    rows = []
    for row in document["rows"]:
        subject, figures = subjects[row["subject"]], [row["figures"][column["key"]] for column in columns]
        cells = [row["rank"] or "", subject["key"], subject[name], *(figure["shown"] for figure in figures)]
        cells += [sum(figure["missing"] for figure in figures)] if sheets else []
        cells += [", ".join(award[name] for award in row["awards"])] if awarded else []
        rows.append(tuple(map(str, cells)))
    fixed = [said(word, language) for word in ("rank", "key", "name")]
    last = [said("missing", language)] if sheets else []
    last += [said("awards", language)] if awarded else []
    return Export(
        title=f"{document['district'][name]} {document['period']['name']} {label(kind, language)}",
        notes=(
            f"{said('rules', language)}: {document['rulebook']}",
            f"{said('cut_off', language)}: {document['period']['cutOff']}",
            f"SHA-256: {sha256}",
        ),
        header=(*fixed, *(column[name] for column in columns), *last),
        rows=tuple(rows),
        rules=tuple((column[name], column["rule"]) for column in columns),
        published_at=published_at,
        language=language,
    )


def said(word: str, language: Language) -> str:
    return WORDS[word][1 if language is Language.ZH else 0]


def as_csv(table: Export) -> bytes:
    """Header and rows; texts that would be formulas are made harmless."""
    written = StringIO(BOM)
    written.seek(0, 2)
    csv.writer(written).writerows([[harmless(cell) for cell in row] for row in (table.header, *table.rows)])
    return written.getvalue().encode()


def harmless(cell: str) -> str:
    """The cell as a spreadsheet program shows it and does not run it; numbers stay numbers."""
    return f"'{cell}" if cell.startswith(FORMULA) and not NUMBER.fullmatch(cell) else cell


def as_xlsx(table: Export) -> bytes:
    """A sheet with the table, ready to be printed, and one with the rule of each column."""
    written = BytesIO()
    # Texts are never looked at: neither a formula nor a link is made of them.
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    import xlsxwriter  # only where a spreadsheet is asked for: it takes 2 MB of a process

    with xlsxwriter.Workbook(written, plain) as book:
        book.set_properties({"title": table.title, "created": table.published_at.replace(tzinfo=None)})
        _table(book, table)
        rules = book.add_worksheet(said("rules", table.language))
        rules.set_column(0, 1, 48)
        for line, cells in enumerate(
            [(said("column", table.language), said("rule", table.language)), *table.rules]
        ):
            for place, cell in enumerate(cells):
                rules.write_string(line, place, cell)
    return written.getvalue()


def _table(book: Any, table: Export) -> None:
    bold = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format(
        {
            "bold": True,
            "border": 1,
            "text_wrap": True,
            "align": "center",
            "valign": "vcenter",
            "bg_color": "#EEEEEE",
        }
    )
    sheet = book.add_worksheet(table.title[-31:].translate(NOT_IN_NAMES))
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, table.title, bold)
    for line, note in enumerate(table.notes, 1):
        sheet.write_string(line, 0, note)
    top = len(table.notes) + 2
    for place, cell in enumerate(table.header):
        sheet.write_string(top, place, cell, head)
    sheet.set_column(0, 0, 6)
    sheet.set_column(1, 2, 22)
    sheet.set_column(3, len(table.header) - 1, 11)
    sheet.repeat_rows(top)
    sheet.freeze_panes(top + 1, 3)
    _cells(book, sheet, table.rows, top + 1)


def _cells(book: Any, sheet: Any, rows: Sequence[Sequence[str]], top: int) -> None:
    formats: dict[str, Any] = {}

    def framed(number: str) -> Any:
        if number not in formats:
            formats[number] = book.add_format({"border": 1, **({"num_format": number} if number else {})})
        return formats[number]

    for line, row in enumerate(rows, top):
        for place, cell in enumerate(row):
            number = NUMBER.fullmatch(cell)
            if number and place != 1:  # a key is no number, though it may look like one
                shape = f"0.{'0' * len(number[1])}" if number[1] else "0"
                sheet.write_number(line, place, float(cell), framed(shape))
            elif cell:
                sheet.write_string(line, place, cell, framed(""))
            else:
                sheet.write_blank(line, place, None, framed(""))


NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
"""What the name of a worksheet cannot hold."""

WRITERS: Mapping[str, tuple[str, Callable[[Export], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
}
"""By the ending of the file: its media type, and what writes it."""


@dataclass(frozen=True, slots=True)
class File:
    """A table as it is sent."""

    title: str
    media_type: str
    body: bytes


@lru_cache(maxsize=128)
def written(frozen: bytes, sha256: str, published_at: datetime, ending: str, language: Language) -> File:
    """The file of a published table. It never changes, so that each is made once: the public may ask."""
    media_type, write = WRITERS[ending]
    table = export(json.loads(frozen), sha256, published_at, language)
    return File(table.title, media_type, write(table))
