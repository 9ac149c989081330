"""Instruments as spreadsheets: the round trip changes nothing, pyxform takes them, the rest is refused."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from dataclasses import replace

import pytest
import python_calamine
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from pyxform.xls2xform import convert

from models.policy.survey.checks import faults
from models.policy.survey.instrument import Instrument, Question, QuestionKind
from models.rulebooks import loader
from models.rulebooks.instrument_text import instrument_text
from models.rulebooks.loader import load, load_text
from models.rulebooks.xlsforms.layout import SHEETS, XlsformError
from models.rulebooks.xlsforms.reading import instrument_of
from models.rulebooks.xlsforms.writing import sheets, xlsform
from models.terms import RatedLevel

SHIPPED = load("gulou").rulebook.survey.instrument
JAVA = shutil.which("java") is not None
"""With it, pyxform also runs ODK Validate over what it made."""
Grid = dict[str, list[list[object]]]


def grid(instrument: Instrument = SHIPPED) -> Grid:
    """A form as somebody would find it in a spreadsheet."""
    return {
        name: [list(SHEETS[name]), *(list(row) for row in rows)] for name, rows in sheets(instrument).items()
    }


def book(form: Grid) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as written:
        for name, rows in form.items():
            sheet = written.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if cell != "":
                        sheet.write(number, place, cell)
    return out.getvalue()


def cells(body: bytes) -> Grid:
    read = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(body))
    return {name: read.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in read.sheet_names}


# The round trip -----------------------------------------------------------------------------------


def test_what_is_exported_is_read_as_what_it_was():
    assert instrument_of(xlsform(SHIPPED)) == SHIPPED


def test_a_form_that_is_read_and_written_is_the_same_form():
    form = cells(xlsform(SHIPPED))
    assert cells(xlsform(instrument_of(book(form)))) == form


def test_columns_may_stand_in_any_order_and_numbers_may_be_numbers():
    form = grid()
    for name, rows in form.items():
        form[name] = [list(reversed(row)) for row in rows]
    for row in form["choices"][1:]:
        row[0] = int(row[0]) if row[0] else ""
    assert instrument_of(book(form)) == SHIPPED


def test_what_is_exported_passes_pyxforms_own_conversion():
    made = convert(xlsform=io.BytesIO(xlsform(SHIPPED)), validate=JAVA, file_type=".xlsx")
    assert made.warnings == []
    assert "<h:title>居民满意度考评</h:title>" in made.xform
    assert "/data/elderly/elderly.parking" in made.xform


def test_an_imported_form_is_a_section_of_a_rulebook():
    text = "extends: gulou\nversion: drafted\n" + instrument_text(instrument_of(xlsform(SHIPPED)))
    assert load_text(text, "drafted").rulebook.survey.instrument == SHIPPED
    few = replace(SHIPPED, questionnaires=tuple(_shorter(sheet) for sheet in SHIPPED.questionnaires))
    text = "extends: gulou\nversion: shorter\n" + instrument_text(few)
    assert load_text(text, "shorter").rulebook.survey.instrument == few, "nothing below is kept"


def _shorter(sheet):
    scale = QuestionKind.SCALE
    return replace(sheet, questions=tuple(one for one in sheet.questions if one.kind is scale))


CONDITIONS = (
    None,
    ("topics", ("other",)),
    ("topics", ("parking", "safety")),
    ("parking", ("fair", "dissatisfied")),
)
BOUNDED = (QuestionKind.NUMBER, QuestionKind.TEXT)
TEXTS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=30)


@st.composite
def drafted(draw: Callable) -> Instrument:
    """The shipped instrument with questions of any kind added and everything else in other words."""
    number = draw(st.integers(0, 99))
    listed = [one.key for one in SHIPPED.choices]
    kind = draw(st.sampled_from(QuestionKind))
    bounds = sorted(draw(st.tuples(st.integers(0, 999), st.integers(0, 999))))
    extra = Question(
        f"extra_{number}",
        kind,
        draw(TEXTS),
        draw(TEXTS),
        choices={QuestionKind.SCALE: "satisfaction"}.get(kind, draw(st.sampled_from(listed)))
        if kind in (QuestionKind.SCALE, QuestionKind.SINGLE, QuestionKind.MULTIPLE)
        else None,
        required=draw(st.booleans()),
        rates=draw(st.sampled_from(RatedLevel)) if kind is QuestionKind.SCALE else RatedLevel.STREET,
        low=draw(st.sampled_from([None, bounds[0]])) if kind is QuestionKind.NUMBER else None,
        high=draw(st.sampled_from([None, bounds[1] or 1])) if kind in BOUNDED else None,
        only_if=draw(st.sampled_from(CONDITIONS)),
        opinion=kind is QuestionKind.TEXT and draw(st.booleans()),
    )
    first, *rest = SHIPPED.questionnaires
    sheet = replace(first, zh=draw(TEXTS), en=draw(TEXTS), questions=(*first.questions, extra))
    return replace(SHIPPED, zh=draw(TEXTS), en=draw(TEXTS), questionnaires=(sheet, *rest))


@settings(max_examples=15, deadline=None)
@given(drafted())
def test_any_instrument_survives_the_trip(instrument: Instrument):
    assert faults(instrument) == ()
    body = xlsform(instrument)
    assert instrument_of(body) == instrument
    assert cells(xlsform(instrument_of(body))) == cells(body)


# What is outside ----------------------------------------------------------------------------------


def at(form: Grid, sheet: str, name: str, column: str) -> tuple[int, int]:
    """Row and column, from 0, of a cell by the name of its row."""
    rows = form[sheet]
    key = rows[0].index("name" if "name" in rows[0] else "form_id")
    row = next(n for n, one in enumerate(rows) if one[key] == name)
    return row, rows[0].index(column)


OUTSIDE = [
    ("survey", "elderly.parking", "type", "select_one_from_file a.csv", "is outside the subset"),
    ("survey", "elderly.parking", "type", "select_one colours", "`colours` is no list of choices"),
    ("survey", "elderly.parking", "type", "geopoint", "type `geopoint` is outside the subset"),
    ("survey", "elderly.parking", "name", "parking", "must be `elderly.` and a key"),
    ("survey", "elderly.parking", "required", "true()", "must be `yes` or empty"),
    ("survey", "elderly.parking", "rates", "MAYOR", "is STREET, COMMUNITY or WORKER"),
    ("survey", "elderly.parking", "indicator", "colour", "indicator `colour` is unknown"),
    ("survey", "elderly.parking", "appearance", "minimal", "must be `likert`"),
    ("survey", "elderly.parking", "label::English (en)", "", "must have 1 to 200 characters"),
    ("survey", "elderly.years_here", "constraint", ". mod 2 = 0", "is outside the subset"),
    ("survey", "elderly.topic_other", "relevant", "count(.) > 2", "is outside the subset"),
    ("survey", "elderly.topic_other", "relevant", "${elderly.topics} = 'other'", "is outside the subset"),
    ("survey", "elderly.topic_other", "relevant", "selected(${elderly.topics}, 'no')", "`no` is no answer"),
    ("survey", "elderly", "relevant", "", "must be `${respondent_group} = 'elderly'`"),
    ("survey", "elderly", "label::English (en)", "The old", "must be called as the choice"),
    ("choices", "very_satisfied", "points", "many", "must be a number"),
    ("choices", "cannot_say", "points", "100", "is no scale"),
    ("indicators", "parking", "level", "subject", "must be one of dimension, focus, indicator"),
    ("indicators", "parking", "weight", "heavy", "must be a number"),
    ("settings", "satisfaction", "default_language", "en", "must be `中文 (zh)`"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sheet", "name", "column", "value", "says"), OUTSIDE, ids=[f"{o[2]}: {o[3]}" for o in OUTSIDE]
)
def test_what_is_outside_is_refused_by_sheet_and_cell(sheet, name, column, value, says):
    form = grid()
    row, place = at(form, sheet, name, column)
    form[sheet][row][place] = value
    with pytest.raises(XlsformError) as refused:
        instrument_of(book(form))
    told = [fault for fault in refused.value.faults if says in fault.message]
    assert told, str(refused.value)
    if "no scale" in says:  # told where the list is used
        assert told[0].sheet == "survey"
    else:
        assert (told[0].sheet, told[0].row, told[0].column) == (sheet, row + 1, place + 1)
        assert f"{sheet}!{chr(ord('A') + place)}{row + 1}: " in str(refused.value)


def test_every_fault_is_told_at_once():
    form = grid()
    for name in ("elderly.parking", "elderly.clinic", "elderly.nuisance"):
        row, place = at(form, "survey", name, "required")
        form["survey"][row][place] = "maybe"
    with pytest.raises(XlsformError) as refused:
        instrument_of(book(form))
    assert len(refused.value.faults) == 3


SHAPES = {
    "there is no sheet `choices`": lambda form: form.pop("choices"),
    "`external_choices` is outside": lambda form: form.update(external_choices=[["list_name"]]),
    "column `calculation` is outside": lambda form: form["survey"][0].append("calculation"),
    "column `name` is missing": lambda form: form["survey"][0].remove("name"),
    "the first question must be": lambda form: form["survey"].pop(1),
    "is never ended": lambda form: form["survey"].pop(),
    "column `type` is missing": lambda form: form["survey"].clear(),
}


@pytest.mark.parametrize(("says", "change"), SHAPES.items(), ids=SHAPES)
def test_a_form_of_another_shape_is_refused(says, change):
    form = grid()
    change(form)
    with pytest.raises(XlsformError, match=says):
        instrument_of(book(form))


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04 not a zip", b"type,name\ntext,a\n", b"\x00" * 3_000_000])
def test_what_is_no_spreadsheet_is_told_in_a_line(body):
    with pytest.raises(XlsformError) as refused:
        instrument_of(body)
    assert len(refused.value.faults) == 1


def test_whole_is_for_instruments_alone():
    text = (
        (loader.FOLDER / "gulou-demo.yaml")
        .read_text("utf-8")
        .replace("field_hours", "whole: true, field_hours")
    )
    with pytest.raises(loader.RulebookError, match="unknown key `whole`"):
        load_text(text, "given")
