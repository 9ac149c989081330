"""考评分析报告: a published round as one page for anybody, in the language asked for, made for print too.

Made from the frozen document alone. The policy admits one style by its hash, and no script or image at all.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from api.labels import label
from api.papers.charts import Bar, intervals
from api.papers.survey_words import WORDS
from models.policy.scheme.figures import shown
from models.policy.survey.plan import POSITIVE
from models.terms import FlagReason, Language, RatedLevel, ResponseChannel, SurveyMode

PAGE = Template(Path(__file__).with_name("survey.html").read_text("utf-8"))
STYLE = """
@page { size: A4; margin: 14mm; }
* { box-sizing: border-box; }
html { font: 15px/1.6 "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", Arial, sans-serif; color: #111; }
body { margin: 0; background: #fff; }
main { max-width: 62rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; margin: .5rem 0; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; break-after: avoid; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { border-bottom: 1px solid #999; padding: .3rem .5rem; text-align: right; }
th:nth-child(2), td:nth-child(2) { text-align: left; } .left th, .left td { text-align: left; }
thead { display: table-header-group; } tr { break-inside: avoid; }
.wide { overflow-x: auto; } .small, footer { font-size: .85rem; color: #333; overflow-wrap: anywhere; }
svg { width: 100%; height: auto; break-inside: avoid; } svg text { font-size: 12px; fill: #111; }
.grid { stroke: #ddd; } .axis { text-anchor: middle; } .name { text-anchor: end; }
.reach { stroke-width: 3; } .reach.odd { stroke: #1a5fb4; } .reach.even { stroke: #8a4b00; }
circle.odd { fill: #1a5fb4; } circle.even { fill: #8a4b00; }
@media print { main { max-width: none; padding: 0; } a { color: inherit; text-decoration: none; } }
"""
_digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_digest}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
UNITS_SHOWN = 30
Told = Mapping[str, Any]


def report(body: bytes, sha: str, language: Language) -> str:
    """The page of a frozen document."""
    return _Report(json.loads(body), sha, language).page()


class _Report:
    def __init__(self, told: Told, sha: str, language: Language) -> None:
        self._told, self._sha, self._language = told, sha, language
        self._streets: Told = told["levels"][RatedLevel.STREET.value]

    def page(self) -> str:
        told, name = self._told, self._language.value
        title = f"{told['district'][name]} · {told['round'][name]}"
        body = [
            f"<h1>{escape(title)}</h1>",
            self._other(),
            self._mean(),
            self._heading("process"),
            self._process(),
            self._heading("scores"),
            self._ranking(),
            f'<p class="small">{self._word("note")}</p>',
            self._heading("chart"),
            self._chart(),
            self._heading("dimensions"),
            self._dimensions(),
            *(self._units(level) for level in (RatedLevel.COMMUNITY, RatedLevel.WORKER)),
            self._year(),
            self._open(),
            self._foot(),
        ]
        lang = "zh-CN" if self._language is Language.ZH else "en"
        return PAGE.substitute(lang=lang, title=escape(title), style=STYLE, body="\n".join(body))

    def _word(self, key: str, **params: object) -> str:
        word = WORDS[key][self._language is Language.ZH]
        return escape(word.format(**params))

    def _heading(self, key: str, **params: object) -> str:
        return f"<h2>{self._word(key, **params)}</h2>"

    def _name(self, row: Told) -> str:
        return escape(row[self._language.value])

    def _other(self) -> str:
        """The way to the same page in the other language."""
        zh = self._language is Language.ZH
        name, code = ("English", Language.EN) if zh else ("中文", Language.ZH)
        return f'<p class="small"><a href="?lang={code.value}" hreflang="{code.value}">{name}</a></p>'

    def _mean(self) -> str:
        mean = self._streets["mean"]["score"]
        if mean is None:
            return ""
        low, value, high = (_two(mean[part]) for part in ("low", "value", "high"))
        return f"<p><strong>{self._word('mean')}: {value}</strong> (95 %: {low} – {high})</p>"

    def _process(self) -> str:
        process, span = self._told["process"], self._told["round"]
        rows = [
            [
                escape(label(SurveyMode(way["mode"]), self._language)),
                escape(label(ResponseChannel(way["channel"]), self._language)),
                str(way["responses"]),
                str(way["excluded"]),
            ]
            for way in process.get("ways", ())
        ]
        reasons = " · ".join(
            f"{escape(label(FlagReason(reason), self._language))} {count}"
            for reason, count in process.get("reasons", {}).items()
        )
        days = f"{escape(span['opened'][:10])} – {escape(span['closed'][:10])}"
        counted = (
            f"{self._word('responses')}: {process.get('responses', 0)}, {self._word('excluded')} "
            f"{process.get('excluded', 0)} ({reasons})"
        )
        head = ("mode", "channel", "responses", "excluded")
        return f"<p>{days}<br>{counted}</p>{self._table(head, rows)}"

    def _ranking(self) -> str:
        names = {row["subject"]: self._name(row) for row in self._streets["rows"]}
        rows = [
            [
                _blank(row["rank"]),
                self._name(row),
                *(
                    row["figures"].get(key, {}).get("shown", "")
                    for key in (self._streets["score"], POSITIVE, "negative", "feature")
                ),
                _interval(row["figures"].get(POSITIVE, {})),
                _blank(row["figures"].get(POSITIVE, {}).get("n")),
                _two(row["figures"].get(POSITIVE, {}).get("deff")),
                _percent(row["coverage"]),
                _blank(row["tier"]),
                "、".join(names[key] for key in row["over"]),
                _change(row["change"]),
            ]
            for row in self._streets["rows"]
        ]
        head = (
            "rank",
            "name",
            "score",
            "positive",
            "negative",
            "feature",
            "interval",
            "n",
            "deff",
            "coverage",
        )
        return self._table((*head, "tier", "over", "change"), rows)

    def _chart(self) -> str:
        bars = [
            Bar(
                row[self._language.value],
                float(figure["value"]),
                float(figure["low"]),
                float(figure["high"]),
                figure["shown"],
                row["tier"] or 1,
            )
            for row in self._streets["rows"]
            if (figure := row["figures"].get(POSITIVE)) and figure.get("low")
        ]
        return intervals(bars, self._word("chart"))

    def _dimensions(self) -> str:
        rows = []
        for column in self._streets["columns"]:
            if column["key"].startswith(("dimension_", "focus_", "indicator_")):
                values = [
                    float(value)
                    for row in self._streets["rows"]
                    if (value := row["figures"].get(column["key"], {}).get("value")) is not None
                ]
                mean = f"{sum(values) / len(values):.2f}" if values else ""
                rows.append(
                    [mean, escape(column[self._language.value]), f"<code>{escape(column['rule'])}</code>"]
                )
        rows.sort(key=lambda row: ("dimension_" not in row[2], "focus_" not in row[2]))
        return self._table(("score", "name", "rank"), rows, ("score", "name", ""))

    def _units(self, level: RatedLevel) -> str:
        found = self._told["levels"].get(level.value)
        if not found:
            return ""
        listed = found["rows"][:UNITS_SHOWN]
        rows = [
            [
                _blank(row["rank"]),
                self._name(row),
                row["figures"].get(POSITIVE, {}).get("shown", ""),
                _interval(row["figures"].get(POSITIVE, {})),
                _blank(row["figures"].get(POSITIVE, {}).get("n")),
                _percent(row["coverage"]),
                _blank(row["tier"]),
            ]
            for row in listed
        ]
        told = f"<p>{self._word('first', n=len(listed), all=len(found['rows']))}</p>"
        head = ("rank", "name", "positive", "interval", "n", "coverage", "tier")
        return self._heading(level.value) + told + self._table(head, rows)

    def _year(self) -> str:
        year = self._told["year"]
        if year is None:
            return ""
        names = {row["subject"]: self._name(row) for row in self._streets["rows"]}
        rows = [
            [
                _blank(row["rank"]),
                names.get(row["subject"], ""),
                row["score"]["shown"] if row["score"] else "",
                ", ".join(self._award(award) for award in row["awards"]),
            ]
            for row in year["rows"]
        ]
        told = f"<p>{self._word('provisional')}</p>" if year["provisional"] else ""
        return (
            self._heading("year", year=year["year"])
            + told
            + self._table(("rank", "name", "score", "award"), rows)
        )

    def _award(self, award: Mapping[str, Any]) -> str:
        """The amount, the name of one that has none, or a dash for one that is held back."""
        if award["amount"]:
            return f"{int(award['amount']):,} {escape(award['unit'])}"
        return "–" if award["held"] else escape(award[self._language.value])

    def _open(self) -> str:
        data = self._told["openData"]
        link = f"/surveys/{self._told['district']['key']}/{self._told['round']['code']}.csv"
        k = self._told["anonymity"]
        told = self._word("openly", sheets=data["sheets"], others=k - 1, out=data["leftOut"])
        return f'{self._heading("open")}<p><a href="{escape(link)}">{escape(link)}</a> {told}</p>'

    def _foot(self) -> str:
        at, rulebook = self._told["round"]["cutOff"], self._told["rulebook"]
        return f"<footer>{self._word('frozen', rulebook=rulebook, at=at, sha=self._sha)}</footer>"

    def _table(
        self, head: Sequence[str], rows: Iterable[Sequence[str]], keys: Sequence[str] | None = None
    ) -> str:
        cells = "".join(f'<th scope="col">{self._word(key) if key else ""}</th>' for key in keys or head)
        lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
        return f'<div class="wide"><table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table></div>'


def _blank(value: object) -> str:
    return "" if value is None else str(value)


def _two(value: str | None) -> str:
    return "" if value is None else str(shown(Decimal(value), 2))


def _interval(figure: Told) -> str:
    return f"{_two(figure['low'])} – {_two(figure['high'])}" if figure.get("low") else ""


def _percent(value: str | None) -> str:
    return "" if value is None else f"{float(value):.1%}"


def _change(change: Told | None) -> str:
    return "" if change is None else f"{_two(change['difference'])} ({float(change['adjusted']):.3f})"
