"""An instrument from an XLSForm. What is outside the subset is refused by its sheet and cell, all at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from models.policy.survey.checks import faults
from models.policy.survey.instrument import (
    Choice,
    ChoiceList,
    Dimension,
    Focus,
    Indicator,
    Instrument,
    Question,
    QuestionKind,
    Questionnaire,
)
from models.rulebooks.district import LONGEST_NAME
from models.rulebooks.instruments import LONGEST_QUESTION
from models.rulebooks.reader import KEY
from models.rulebooks.scheme_numbers import NUMBER
from models.rulebooks.xlsforms import conditions
from models.rulebooks.xlsforms.layout import (
    EN,
    GROUP,
    LANGUAGE,
    LEVELS,
    SCALE,
    ZH,
    CellFault,
    XlsformError,
    group_is,
)
from models.rulebooks.xlsforms.tables import Row, tables
from models.terms import RatedLevel

TYPES = {"select_one": QuestionKind.SINGLE, "select_multiple": QuestionKind.MULTIPLE}
PLAIN = {"integer": QuestionKind.NUMBER, "text": QuestionKind.TEXT}


def instrument_of(body: bytes) -> Instrument:
    """The instrument that a file holds; raises XlsformError with every fault."""
    form = _Form(tables(body))
    made = form.instrument()
    if not form.found:
        for fault in faults(made):
            form.found.append(CellFault(*form.place(fault.path), fault.message))
    if form.found:
        raise XlsformError(form.found)
    return made


@dataclass
class _Form:
    """The tables of a form being read; `found` is what is outside the subset."""

    tables: dict[str, list[Row]]
    found: list[CellFault] = field(default_factory=list)
    where: dict[tuple[str, ...], Row] = field(default_factory=dict)

    def instrument(self) -> Instrument:
        settings = self.tables["settings"]
        first = settings[0] if settings else Row("settings", 2, {}, {})
        for row in settings[1:]:
            self.refuse(row, "form_title", "one row of settings is enough; remove this one")
        if first["default_language"] != LANGUAGE:
            self.refuse(first, "default_language", f"must be `{LANGUAGE}`")
        lists = self._lists()
        return Instrument(
            self._key(first, "form_id"),
            self._words(first, "form_title", LONGEST_NAME),
            self._words(first, "title_en", LONGEST_NAME),
            dimensions=self._dimensions(),
            choices=tuple(listed for listed in lists if listed.key != GROUP),
            questionnaires=tuple(self._questionnaires({listed.key: listed for listed in lists})),
        )

    def refuse(self, row: Row, column: str, message: str) -> None:
        self.found.append(CellFault(*row.at(column), message))

    def place(self, path: tuple[str, ...]) -> tuple[str, int, int]:
        """The cell of what keys lead to; as far as the form goes with them."""
        column = {"choices": "type", "only_if": "relevant", "low": "constraint", "high": "constraint"}
        for length in range(len(path), 0, -1):
            row = self.where.get(path[:length])
            if row is not None:
                last = path[length] if length < len(path) else "name"
                return row.at(column.get(last, last))
        return "survey", 1, 1

    # Sheets --------------------------------------------------------------------------------------

    def _lists(self) -> list[ChoiceList]:
        found: dict[str, dict[str, Choice]] = {}
        for row in self.tables["choices"]:
            key, name = self._key(row, "list_name"), self._key(row, "name")
            if name in found.setdefault(key, {}):
                self.refuse(row, "name", f"`{name}` stands twice in `{key}`")
            if row["points"] and key == GROUP:
                self.refuse(row, "points", "a group of respondents has no points")
            points = self._number(row, "points") if row["points"] else None
            found[key][name] = Choice(name, *self._labels(row, LONGEST_NAME), points)
            self.where["choices", key, name] = row
        return [ChoiceList(key, tuple(choices.values())) for key, choices in found.items()]

    def _dimensions(self) -> tuple[Dimension, ...]:
        tree: list[tuple[Row, list[tuple[Row, list[Row]]]]] = []
        for row in self.tables["indicators"]:
            depth = LEVELS.index(row["level"]) if row["level"] in LEVELS else -1
            if depth == 0:
                tree.append((row, []))
            elif depth == 1 and tree:
                tree[-1][1].append((row, []))
            elif depth == 2 and tree and tree[-1][1]:
                tree[-1][1][-1][1].append(row)
            else:
                above = "one of dimension, focus, indicator" if depth < 0 else "below what it belongs to"
                self.refuse(row, "level", f"level `{row['level'][:40]}` must be {above}")
        return tuple(self._dimension(row, focuses) for row, focuses in tree)

    def _dimension(self, row: Row, focuses: list[tuple[Row, list[Row]]]) -> Dimension:
        key, (zh, en), weight = self._weighed(row)
        path = ("dimensions", key)
        self.where[path] = row
        return Dimension(key, zh, en, weight, tuple(self._focus(path, *one) for one in focuses))

    def _focus(self, above: tuple[str, ...], row: Row, rows: list[Row]) -> Focus:
        key, (zh, en), weight = self._weighed(row)
        path = (*above, "focuses", key)
        self.where[path] = row
        if not rows:
            self.refuse(row, "name", f"focus `{key}` has no indicator below it")
        indicators = []
        for one in rows:
            name, (one_zh, one_en), part = self._weighed(one)
            self.where[(*path, "indicators", name)] = one
            indicators.append(Indicator(name, one_zh, one_en, part))
        return Focus(key, zh, en, weight, tuple(indicators))

    def _weighed(self, row: Row) -> tuple[str, tuple[str, str], Decimal]:
        return self._key(row, "name"), self._labels(row, LONGEST_NAME), self._number(row, "weight")

    # Questions -----------------------------------------------------------------------------------

    def _questionnaires(self, lists: dict[str, ChoiceList]) -> Iterator[Questionnaire]:
        rows = iter(self.tables["survey"])
        first = next(rows, None)
        if first is None or (first["type"], first["name"]) != (f"select_one {GROUP}", GROUP):
            row = first or Row("survey", 2, {}, {})
            self.refuse(row, "type", f"the first question must be `select_one {GROUP}`, named `{GROUP}`")
            return
        groups = {choice.key: choice for choice in lists.get(GROUP, ChoiceList(GROUP, ())).choices}
        for row in rows:
            if row["type"] != "begin_group":
                self.refuse(row, "type", "must be `begin_group`: questions stand in a group of respondents")
                continue
            yield self._questionnaire(row, rows, groups, lists)

    def _questionnaire(
        self, row: Row, rows: Iterator[Row], groups: dict[str, Choice], lists: dict[str, ChoiceList]
    ) -> Questionnaire:
        key = self._key(row, "name")
        zh, en = self._labels(row, LONGEST_NAME)
        named = groups.get(key)
        if named is None:
            self.refuse(row, "name", f"`{key}` is no choice of `{GROUP}`")
        elif (named.zh, named.en) != (zh, en):
            column = ZH if named.zh != zh else EN
            self.refuse(row, column, f"must be called as the choice `{key}` of `{GROUP}` is")
        if row["relevant"] != group_is(key):
            self.refuse(row, "relevant", f"must be `{group_is(key)}`")
        self._only(row, ("type", "name", ZH, EN, "relevant"))
        self.where["questionnaires", key] = row
        questions: dict[str, Question] = {}
        for one in rows:
            if one["type"] == "end_group":
                self._only(one, ("type", "name"))
                return Questionnaire(key, zh, en, tuple(questions.values()))
            question = self._question(one, key, questions, lists)
            if question.key in questions:
                self.refuse(one, "name", f"`{question.key}` stands twice in `{key}`")
            questions[question.key] = question
            self.where["questionnaires", key, "questions", question.key] = one
        self.refuse(row, "type", f"group `{key}` is never ended; write `end_group`")
        return Questionnaire(key, zh, en, tuple(questions.values()))

    def _question(
        self, row: Row, group: str, before: dict[str, Question], lists: dict[str, ChoiceList]
    ) -> Question:
        kind, listed = self._kind(row, lists)
        prefix, _, key = row["name"].partition(".")
        if prefix != group or not KEY.fullmatch(key):
            self.refuse(row, "name", f"must be `{group}.` and a key of a-z, 0-9 and _, a letter first")
        low, high = conditions.bounds(kind, row["constraint"])
        if row["constraint"] and low is None and high is None:
            self.refuse(row, "constraint", f"is outside the subset; {conditions.BOUNDS}")
        only_if = conditions.relevant(row["relevant"], group, before)
        if row["relevant"] and only_if is None:
            self.refuse(row, "relevant", f"is outside the subset; {conditions.RELEVANT}")
        rates = RatedLevel.STREET
        if kind is QuestionKind.SCALE and row["rates"] in [one.value for one in RatedLevel]:
            rates = RatedLevel(row["rates"])
        elif row["rates"] or kind is QuestionKind.SCALE:
            self.refuse(row, "rates", "is STREET, COMMUNITY or WORKER for a scale, and empty for others")
        return Question(
            key,
            kind,
            *self._labels(row, LONGEST_QUESTION),
            choices=listed,
            required=self._yes(row, "required"),
            indicator=row["indicator"] or None,
            rates=rates,
            low=low,
            high=high,
            only_if=only_if,
            opinion=self._yes(row, "opinion"),
        )

    def _kind(self, row: Row, lists: dict[str, ChoiceList]) -> tuple[QuestionKind, str | None]:
        word, _, listed = row["type"].partition(" ")
        if row["appearance"] not in ("", SCALE) or (row["appearance"] and word != "select_one"):
            self.refuse(row, "appearance", f"must be `{SCALE}` for a select_one that is scored, or empty")
        if word in TYPES:
            if listed not in lists or listed == GROUP:
                self.refuse(row, "type", f"`{listed[:40]}` is no list of choices")
            kind = QuestionKind.SCALE if row["appearance"] == SCALE and word == "select_one" else TYPES[word]
            return kind, listed
        if row["type"] not in PLAIN:
            known = "select_one LIST, select_multiple LIST, integer, text"
            self.refuse(row, "type", f"type `{row['type'][:40]}` is outside the subset; {known}")
        return PLAIN.get(row["type"], QuestionKind.TEXT), None

    # Cells ---------------------------------------------------------------------------------------

    def _labels(self, row: Row, longest: int) -> tuple[str, str]:
        return self._words(row, ZH, longest), self._words(row, EN, longest)

    def _words(self, row: Row, column: str, longest: int) -> str:
        if not 1 <= len(row[column]) <= longest:
            self.refuse(row, column, f"must have 1 to {longest} characters")
        return row[column]

    def _key(self, row: Row, column: str) -> str:
        if not KEY.fullmatch(row[column]):
            self.refuse(row, column, "must be a key of a-z, 0-9 and _, at most 40, a letter first")
        return row[column]

    def _number(self, row: Row, column: str) -> Decimal:
        if not re.fullmatch(NUMBER, row[column]) or row[column].startswith("-"):
            self.refuse(row, column, "must be a number such as 12.5")
            return Decimal(1)
        return Decimal(row[column])

    def _yes(self, row: Row, column: str) -> bool:
        if row[column] not in ("", "yes"):
            self.refuse(row, column, "must be `yes` or empty")
        return row[column] == "yes"

    def _only(self, row: Row, columns: tuple[str, ...]) -> None:
        for column in row.cells:
            if column not in columns:
                self.refuse(row, column, f"must be empty for {row['type']}")
