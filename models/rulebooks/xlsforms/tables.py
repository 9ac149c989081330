"""The sheets of a spreadsheet as rows by column, each cell as text."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import python_calamine

from models.rulebooks.xlsforms.layout import EN, SHEETS, ZH, CellFault, XlsformError

MAX_BYTES = 2 * 1024 * 1024
MOST_ROWS = 2000
NEEDED = ("type", "name", "list_name", "level", "form_title", "form_id", "weight", ZH, EN)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet by its columns; `number` counts from 1, with the heading."""

    sheet: str
    number: int
    cells: dict[str, str]
    places: dict[str, int]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def at(self, column: str) -> tuple[str, int, int]:
        return self.sheet, self.number, self.places.get(column, 1)


def tables(body: bytes) -> dict[str, list[Row]]:
    """The rows of each sheet; raises XlsformError where sheets or columns are not those of the subset."""
    if len(body) > MAX_BYTES:
        message = f"the file has {len(body)} bytes; at most {MAX_BYTES}"
        raise XlsformError([CellFault("survey", 1, 1, message)])
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(body))
        names = book.sheet_names
        grids = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in names}
    except (python_calamine.CalamineError, ValueError, OSError) as no:
        message = f"not a spreadsheet that can be read ({no})"
        raise XlsformError([CellFault("survey", 1, 1, message)]) from None
    found: list[CellFault] = [
        CellFault("survey", 1, 1, f"sheet `{name[:40]}` is outside the subset; remove it")
        for name in names
        if name not in SHEETS
    ]
    found += [CellFault(name, 1, 1, f"there is no sheet `{name}`") for name in SHEETS if name not in names]
    read = {name: _rows(name, grids[name], found) for name in SHEETS if name in names}
    if found:
        raise XlsformError(found)
    return read


def _rows(sheet: str, grid: Sequence[Sequence[object]], found: list[CellFault]) -> list[Row]:
    head = [_text(cell) for cell in grid[0]] if grid else []
    places: dict[str, int] = {}
    for place, column in enumerate(head, 1):
        if column and (column not in SHEETS[sheet] or column in places):
            wrong = "stands twice" if column in places else "is outside the subset"
            found.append(CellFault(sheet, 1, place, f"column `{column[:40]}` {wrong}; remove it"))
        places.setdefault(column, place)
    missing = [column for column in SHEETS[sheet] if column not in places and column in NEEDED]
    found += [CellFault(sheet, 1, 1, f"column `{column}` is missing") for column in missing]
    if len(grid) > MOST_ROWS:
        found.append(CellFault(sheet, MOST_ROWS, 1, f"more than {MOST_ROWS} rows"))
        return []
    rows = []
    for number, line in enumerate(grid[1:], 2):
        cells = {head[n]: text for n, cell in enumerate(line) if (text := _text(cell)) and n < len(head)}
        loose = [n for n, cell in enumerate(line) if _text(cell) and (n >= len(head) or not head[n])]
        found += [CellFault(sheet, number, n + 1, "stands under no column; remove it") for n in loose]
        if cells:
            rows.append(Row(sheet, number, cells, places))
    return rows


def _text(cell: object) -> str:
    """A cell as it was meant: 100 typed as a number is `100`, not `100.0`."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() if cell is not None else ""
