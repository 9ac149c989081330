"""Tables as files: the cells, in both languages, and nothing in them that a spreadsheet program would run."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest

from api.papers.tables import as_csv, as_xlsx, export, harmless
from models.policy.bulletin.facts import CallFacts, Facts, ReviewFacts
from models.terms import BulletinKind, Language
from tests.models.test_bulletin import made, review

PUBLISHED = datetime(2026, 4, 7, 1, 0, tzinfo=UTC)
CALLS = Facts(calls=(CallFacts("i1", "water"), CallFacts("i2", "water", misdirected=True)))


def table(kind: BulletinKind = BulletinKind.STREETS, facts: Facts = CALLS, language: Language = Language.ZH):
    return export(made(kind, facts).document, "ab" * 32, PUBLISHED, language)


def rows(body: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(body.decode("utf-8-sig"))))


def test_a_csv_is_read_as_utf_8_and_shows_what_is_empty_as_empty():
    body = as_csv(table())
    assert body.startswith(b"\xef\xbb\xbf")
    assert rows(body) == [
        ["排名", "代码", "名称", "呼叫数", "呼叫准确数", "呼叫准确率"],
        ["1", "water", "水务局", "2", "1", "50.00"],
        ["", "culture", "文旅局", "0", "0", ""],
    ]
    assert rows(as_csv(table(language=Language.EN)))[0][:3] == ["Rank", "Key", "Name"]


def test_missing_reviews_are_a_column():
    reviews = (review("i1", 20), review("i2", None), ReviewFacts("i3", "p3", "water", "2026-03"))
    written = rows(as_csv(table(BulletinKind.REVIEWS, Facts(reviews=reviews))))
    assert written[0][-2:] == ["过程分", "缺项"]
    assert written[1][-2:] == ["100.00", "2"]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "＝1", "-"]
)
def test_what_would_be_a_formula_is_a_text(cell):
    assert harmless(cell) == f"'{cell}" or re.fullmatch(r"-?\d+", cell)


@pytest.mark.parametrize("cell", ["", "水务局", "-1", "-1.50", "12.00", "a=b"])
def test_everything_else_stays_as_it_is(cell):
    assert harmless(cell) == cell


def test_an_xlsx_holds_numbers_as_numbers_and_no_formula():
    document = made(BulletinKind.STREETS, CALLS).document
    document["subjects"][0]["zh"] = '=HYPERLINK("http://x")'
    document["subjects"][0]["key"] = "510104009"
    body = as_xlsx(export(document, "ab" * 32, PUBLISHED, Language.ZH))
    with ZipFile(BytesIO(body)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
        rules = book.read("xl/worksheets/sheet2.xml").decode()
        names = book.namelist()
    assert "<f>" not in sheet + rules
    assert "<v>50</v>" in sheet
    assert "HYPERLINK" in texts
    assert "510104009" in texts, "a code is a text"
    assert "bulletin_streets/call_accuracy@test/1" in texts
    assert not any("externalLink" in name for name in names)
    assert as_xlsx(export(document, "ab" * 32, PUBLISHED, Language.ZH)) == body
