"""An instrument as an XLSForm: one form, its questionnaires as groups of which each respondent sees one."""

from __future__ import annotations

import io

from models.policy.survey.instrument import Instrument, Question, QuestionKind, Questionnaire
from models.rulebooks.xlsforms.layout import GROUP, LANGUAGE, OR, SCALE, SHEETS, group_is

Rows = list[tuple[str, ...]]
WIDTH = 24
KINDS = {
    QuestionKind.SCALE: "select_one",
    QuestionKind.SINGLE: "select_one",
    QuestionKind.MULTIPLE: "select_multiple",
    QuestionKind.NUMBER: "integer",
    QuestionKind.TEXT: "text",
}


def xlsform(instrument: Instrument) -> bytes:
    """The bytes of the XLSX file; the same for the same instrument."""
    import xlsxwriter  # only where a form is asked for: it takes 2 MB of a process

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_numbers": False}) as book:
        book.set_properties({"title": instrument.zh, "created": None})
        bold = book.add_format({"bold": True})
        for name, rows in sheets(instrument).items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(SHEETS[name]) - 1, WIDTH)
            for place, column in enumerate(SHEETS[name]):
                sheet.write_string(0, place, column, bold)
            for number, row in enumerate(rows, 1):
                for place, cell in enumerate(row):
                    if cell:
                        sheet.write_string(number, place, cell)
    return out.getvalue()


def sheets(instrument: Instrument) -> dict[str, Rows]:
    """The rows of each sheet, without its heading."""
    return {
        "survey": [
            (f"select_one {GROUP}", GROUP, "您是", "Who are you?", "yes", *[""] * 6),
            *(row for sheet in instrument.questionnaires for row in _questionnaire(instrument, sheet)),
        ],
        "choices": [
            *((GROUP, sheet.group, sheet.zh, sheet.en, "") for sheet in instrument.questionnaires),
            *(
                (listed.key, one.key, one.zh, one.en, "" if one.points is None else str(one.points))
                for listed in instrument.choices
                for one in listed.choices
            ),
        ],
        "settings": [(instrument.zh, instrument.en, instrument.key, LANGUAGE)],
        "indicators": _indicators(instrument),
    }


def _questionnaire(instrument: Instrument, sheet: Questionnaire) -> Rows:
    opens = ("begin_group", sheet.group, sheet.zh, sheet.en, "", group_is(sheet.group), *[""] * 5)
    return [
        opens,
        *(_question(sheet, question) for question in sheet.questions),
        ("end_group", *[""] * 10),
    ]


def _question(sheet: Questionnaire, question: Question) -> tuple[str, ...]:
    scale = question.kind is QuestionKind.SCALE
    return (
        f"{KINDS[question.kind]} {question.choices}" if question.choices else KINDS[question.kind],
        f"{sheet.group}.{question.key}",
        question.zh,
        question.en,
        "yes" if question.required else "",
        _relevant(sheet, question),
        _constraint(question),
        SCALE if scale else "",
        question.indicator or "",
        question.rates.value if scale else "",
        "yes" if question.opinion else "",
    )


def _relevant(sheet: Questionnaire, question: Question) -> str:
    if question.only_if is None:
        return ""
    key, answers = question.only_if
    name = f"${{{sheet.group}.{key}}}"
    asked = next(one for one in sheet.questions if one.key == key)
    if asked.kind is QuestionKind.MULTIPLE:
        return OR.join(f"selected({name}, '{answer}')" for answer in answers)
    return OR.join(f"{name} = '{answer}'" for answer in answers)


def _constraint(question: Question) -> str:
    low, high = question.low, question.high
    if question.kind is QuestionKind.TEXT:
        return "" if high is None else f"string-length(.) <= {high}"
    parts = [f". >= {low}"] if low is not None else []
    return " and ".join([*parts, *([f". <= {high}"] if high is not None else [])])


def _indicators(instrument: Instrument) -> Rows:
    rows: Rows = []
    for dimension in instrument.dimensions:
        rows.append(("dimension", dimension.key, dimension.zh, dimension.en, str(dimension.weight)))
        for focus in dimension.focuses:
            rows.append(("focus", focus.key, focus.zh, focus.en, str(focus.weight)))
            rows += [("indicator", one.key, one.zh, one.en, str(one.weight)) for one in focus.indicators]
    return rows
