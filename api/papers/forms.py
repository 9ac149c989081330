"""The paper forms, as HTML made for print: Chinese first, English small beside it.

They replace paper, so they look like it: A4, black lines, and room to write where nothing is known yet.
Everything that came from people passes through `html.escape`; the policy admits one style by its hash, and
no script, image or address at all.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime, timezone
from html import escape
from pathlib import Path
from string import Template

from api.labels import LABELS
from models.queries.papers import CallSlip, Matter, Named, Part, ScoreSheet, Telling
from models.terms import AssignmentStatus, Level, ReportSource

PAPER = Template(Path(__file__).with_name("paper.html").read_text("utf-8"))
STYLE = """
@page { size: A4; margin: 14mm 18mm; }
* { box-sizing: border-box; }
html { font: 11pt/1.5 "Songti SC", "SimSun", "Noto Serif CJK SC", "Source Han Serif SC", serif; color: #000; }
body { margin: 0; }
main { max-width: 174mm; margin: 0 auto; }
h1 { margin: 0; text-align: center; font-size: 20pt; letter-spacing: .3em; text-indent: .3em; }
small { font: 8pt/1.3 "Liberation Sans", Arial, sans-serif; letter-spacing: 0; text-indent: 0; color: #444; }
h1 small, th small { display: block; }
header p { display: flex; justify-content: space-between; margin: 4mm 0 2mm; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; margin: 0 0 4mm; }
th, td { border: .4pt solid #000; padding: 1mm 2mm; vertical-align: middle; text-align: left;
  overflow-wrap: anywhere; }
th { width: 27mm; font-weight: bold; background: #f3f3f3; -webkit-print-color-adjust: exact;
  print-color-adjust: exact; }
thead th { width: auto; text-align: center; }
td.number { text-align: center; font-variant-numeric: tabular-nums; }
td.words { white-space: pre-wrap; vertical-align: top; }
tr { break-inside: avoid; }
.tall td { height: 24mm; }
.signed { display: flex; gap: 8mm; margin-top: 6mm; break-inside: avoid; }
.signed div { flex: 1; border-bottom: .4pt solid #000; min-height: 14mm; padding-bottom: 1mm; }
footer { font: 8pt/1.4 "Liberation Sans", Arial, sans-serif; color: #444;
  margin-top: 6mm; border-top: .4pt solid #888; padding-top: 1mm; }
@media screen { body { background: #ddd; } main { background: #fff; padding: 16mm 18mm; width: 210mm;
  max-width: none; min-height: 297mm; margin: 8mm auto; } }
"""
_digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_digest}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
SIGNATURES = 2
"""A sheet is scored collectively: at least two people of the street sign (domain guide 3)."""


def call_slip(slip: CallSlip) -> str:
    """呼叫单: the written form of a call."""
    part = slip.part
    body = [
        _head(slip.matter, "呼叫单", "Call slip", slip.called_at),
        _table(
            [
                _row("呼叫街道", "Calling street", _named(slip.matter.street)),
                _row("被呼叫部门", "Department called", "<br>".join(map(_named, slip.departments))),
                *_matter(slip.matter),
                *(_telling(telling, slip.matter.zone) for telling in slip.tellings),
            ]
        ),
        _table(
            [_row("呼叫诉求", "What is asked for", escape(slip.demand), "tall", "words")],
        ),
        _table(_progress(part, slip.matter.zone)),
        _signed(
            [
                ("呼叫人 Called by", slip.caller),
                ("街道负责人 Head of the street", ""),
                ("承接人 Accepted by", ""),
            ]
        ),
        _foot(slip.matter),
    ]
    return _paper(f"呼叫单 {slip.matter.code}", body)


def score_sheet(sheet: ScoreSheet) -> str:
    """评议表: five criteria, scored collectively; empty where nobody has scored yet."""
    matter = sheet.matter
    head = "".join(
        f"<th>{zh}<small>{en}</small></th>"
        for zh, en in (("评议项目", "Criterion"), ("满分", "Full marks"), ("得分", "Points"))
    )
    lines = "".join(
        f'<tr><td>{_named(line.name)}</td><td class="number">{line.full}</td>'
        f'<td class="number">{_points(line.points)}</td></tr>'
        for line in sheet.lines
    )
    full = sum(line.full for line in sheet.lines)
    total = (
        f'<tr><th>合计<small>Total</small></th><td class="number">{full}</td>'
        f'<td class="number">{_points(sheet.total)}</td></tr>'
    )
    if sheet.changed_to is not None:
        total += (
            '<tr><th colspan="2">申诉后得分<small>After appeal</small></th>'
            f'<td class="number">{sheet.changed_to}</td></tr>'
        )
    names = [*sheet.signers, *[""] * SIGNATURES][: max(SIGNATURES, len(sheet.signers))]
    body = [
        _head(matter, "逆向评议表", "Reverse review, score sheet", sheet.reviewed_at),
        _table(
            [
                _row("评议街道", "Street", _named(matter.street)),
                _row("被评议部门", "Department", _named(sheet.department)),
                *_matter(matter),
                *_progress(sheet.part, matter.zone),
            ]
        ),
        f"<table><thead><tr>{head}</tr></thead><tbody>{lines}{total}</tbody></table>",
        _table([_row("评议意见", "Comment", escape(sheet.comment), "tall", "words")]),
        _signed([(f"评议人{n} Signed by", name) for n, name in enumerate(names, 1)]),
        _foot(matter),
    ]
    return _paper(f"逆向评议表 {matter.code}", body)


# Parts --------------------------------------------------------------------------------------------


def _paper(title: str, body: Iterable[str]) -> str:
    return PAPER.substitute(title=escape(title), style=STYLE, body="\n".join(body))


def _head(matter: Matter, zh: str, en: str, at: datetime | None) -> str:
    return (
        f"<header><h1>{zh}<small>{en}</small></h1>"
        f"<p><span>{escape(matter.district.zh)}</span><span>编号 No. {escape(matter.code)}</span>"
        f"<span>日期 Date {_day(at, matter.zone)}</span></p></header>"
    )


def _foot(matter: Matter) -> str:
    return f"<footer>呼应 Huying · {escape(matter.code)} · {escape(matter.district.en)}</footer>"


def _matter(matter: Matter) -> list[str]:
    level = LABELS[Level][1][matter.level.name]
    where = "　".join(part for part in (matter.place, matter.community, matter.grid) if part)
    return [
        _row("问题", "Issue", escape(matter.title)),
        _row("地点", "Place", escape(where)),
        _row("事项类别", "Category", _named(matter.item)),
        _pair(
            ("级别", "Level", _named(Named(level.zh, level.en))),
            ("收集时间", "Collected", _instant(matter.opened_at, matter.zone)),
        ),
    ]


def _telling(telling: Telling, zone: timezone) -> str:
    source = LABELS[ReportSource][1][telling.source.name].zh
    who = "　".join(part for part in (source, telling.name, telling.phone) if part)
    words = f"{escape(who)}　{_instant(telling.at, zone)}\n{escape(telling.words)}"
    return _row("反映情况", "Report", words, of_cell="words")


def _progress(part: Part | None, zone: timezone) -> list[str]:
    status = LABELS[AssignmentStatus][1][part.status.name] if part else None
    return [
        _pair(
            ("承接时间", "Accepted", _instant(part.accepted_at if part else None, zone)),
            ("报到时间", "Reported in", _instant(part.on_site_at if part else None, zone)),
        ),
        _pair(
            ("办结时间", "Done", _instant(part.done_at if part else None, zone)),
            ("状态", "Status", _named(Named(status.zh, status.en)) if status else ""),
        ),
    ]


def _signed(people: Iterable[tuple[str, str]]) -> str:
    cells = "".join(f"<div><small>{who}</small><br>{escape(name)}</div>" for who, name in people)
    return f'<section class="signed">{cells}</section>'


def _table(rows: Iterable[str]) -> str:
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


Cell = tuple[str, str, str]
"""What it is called in Chinese and English, and what stands in it: HTML already."""


def _row(zh: str, en: str, cell: str, of_row: str = "", of_cell: str = "") -> str:
    """A whole line of a form; `cell` is HTML already."""
    row = f' class="{of_row}"' if of_row else ""
    kind = f' class="{of_cell}"' if of_cell else ""
    return f'<tr{row}><th>{zh}<small>{en}</small></th><td{kind} colspan="3">{cell}</td></tr>'


def _pair(left: Cell, right: Cell) -> str:
    """Two short ones side by side."""
    cells = "".join(f"<th>{zh}<small>{en}</small></th><td>{cell}</td>" for zh, en, cell in (left, right))
    return f"<tr>{cells}</tr>"


def _named(name: Named) -> str:
    english = f" <small>{escape(name.en)}</small>" if name.en else ""
    return f"{escape(name.zh)}{english}"


def _points(points: int | None) -> str:
    return "" if points is None else str(points)


def _instant(at: datetime | None, zone: timezone) -> str:
    return "" if at is None else at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _day(at: datetime | None, zone: timezone) -> str:
    if at is None:
        return "　　　年　　月　　日"
    local = at.astimezone(zone)
    return f"{local.year}年{local.month}月{local.day}日"
