"""The pages that respondents see: HTML made on the server, for a phone first.

They work without a script. With it, questions that are not asked are hidden and what was answered is kept
on the way. Whatever comes from people or rulebooks passes through `html.escape`; the policy admits one style
and one script by their hashes, and no third party at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from api.answering.look import head, of, page, tick
from api.answering.words import fault, word
from models.policy.survey.answering import Fault
from models.policy.survey.checks import LONGEST_ANSWER
from models.policy.survey.instrument import Choice, Instrument, Question, QuestionKind, Questionnaire
from models.queries.invitations import Named
from models.terms import Language

PREFIX = "q."
"""What the names of answers begin with in a form, so that no question is taken for something else."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one page shows: the questions, what is answered so far, and what is wrong with it."""

    path: str
    title: Named
    place: Named
    intro: str
    """A key of WORDS."""
    instrument: Instrument
    questionnaire: Questionnaire
    answers: Mapping[str, object]
    faults: Sequence[Fault] = ()
    notice: str | None = None
    """A key of WORDS, where something is to be told first."""
    matter: str | None = None
    """What was to be put right, where that is asked about."""


def sheet_page(sheet: Sheet, language: Language) -> str:
    """The questionnaire as a form; what is wrong stands beside the question."""
    wrong = {fault.question: fault for fault in sheet.faults}
    questions = "\n".join(
        _question(sheet, number, question, wrong.get(question.key), language)
        for number, question in enumerate(sheet.questionnaire.questions, 1)
    )
    way = f"{sheet.path}?lang={language.value}"
    keeping = " ".join(
        f'{name}="{escape(value)}"'
        for name, value in (
            ("data-keep", f"{sheet.path}/partial?lang={language.value}"),
            ("data-kept", word("keeping", language)),
            ("data-not-kept", word("not_kept", language)),
        )
    )
    body = f"""{head(of(sheet.title, language), sheet.path, language)}
<p>{escape(word(sheet.intro, language))}</p>
<p>{escape(word("place", language))}: <strong>{escape(of(sheet.place, language))}</strong></p>
{_matter(sheet.matter, language)}{_notice(sheet.notice, language)}{_summary(sheet, language)}
<form method="post" action="{escape(way)}" {keeping} novalidate>
{questions}
<p id="kept" role="status" aria-live="polite"></p>
<button name="action" value="submit">{escape(word("submit", language))}</button>
<button name="action" value="save" class="second">{escape(word("save", language))}</button>
</form>"""
    return page(of(sheet.title, language), body, language)


# Parts --------------------------------------------------------------------------------------------


def _matter(matter: str | None, language: Language) -> str:
    if matter is None:
        return ""
    return f"<p>{escape(word('matter', language))}: <strong>{escape(matter)}</strong></p>\n"


def _notice(key: str | None, language: Language) -> str:
    return f'<p class="notice" role="status">{escape(word(key, language))}</p>\n' if key else ""


def _summary(sheet: Sheet, language: Language) -> str:
    """Every mistake once more at the top, each a way to its question."""
    wrong = {fault.question for fault in sheet.faults}
    lines = [
        f'<li><a href="#{escape(PREFIX + question.key)}">{number}. '
        f"{escape(_asks(question, language))}</a></li>"
        for number, question in enumerate(sheet.questionnaire.questions, 1)
        if question.key in wrong
    ]
    if not lines:
        return ""
    told = escape(word("mistakes", language))
    return f'<div class="notice" role="alert"><p class="error">{told}</p><ul>{"".join(lines)}</ul></div>\n'


def _question(sheet: Sheet, number: int, question: Question, wrong: Fault | None, language: Language) -> str:
    name = PREFIX + question.key
    mark = word("required" if question.required else "optional", language)
    told = ""
    if wrong is not None:
        words = fault(wrong.fault, language, question.low, question.high or LONGEST_ANSWER)
        told = f'<p class="error" id="{escape(name)}-error">{escape(words)}</p>'
    marks = f' class="wrong" aria-describedby="{escape(name)}-error"' if wrong is not None else ""
    title = f"{number}. {escape(_asks(question, language))} <small>({escape(mark)})</small>"
    return (
        f'<fieldset id="{escape(name)}"{marks}{_only_if(question)}><legend>{title}'
        f"{_hint(sheet, question, language)}</legend>{told}"
        f"{_input(sheet, question, name, wrong is not None, language)}</fieldset>"
    )


def _only_if(question: Question) -> str:
    if question.only_if is None:
        return ""
    key, answers = question.only_if
    return f' data-if="{escape(PREFIX + key)}" data-answers="{escape(" ".join(answers))}"'


def _hint(sheet: Sheet, question: Question, language: Language) -> str:
    """When a conditional question is asked, for those whose browser runs no script."""
    if question.only_if is None:
        return ""
    key, answers = question.only_if
    asked = next(one for one in sheet.questionnaire.questions if one.key == key)
    listed = sheet.instrument.choice_list(asked.choices or "")
    names = [_named(choice, language) for choice in listed.choices if choice.key in answers] if listed else []
    return f" <small>({escape(word('if', language))}: {escape(', '.join(names))})</small>"


def _input(sheet: Sheet, question: Question, name: str, wrong: bool, language: Language) -> str:
    answer = sheet.answers.get(question.key)
    listed = sheet.instrument.choice_list(question.choices or "")
    if listed is not None:
        kind = "checkbox" if question.kind is QuestionKind.MULTIPLE else "radio"
        picked = answer if isinstance(answer, list) else [answer]
        return "".join(
            tick(kind, name, choice.key, _named(choice, language), choice.key in picked)
            for choice in listed.choices
        )
    label = escape(_asks(question, language))
    shown = "" if answer is None else escape(str(answer))
    invalid = ' aria-invalid="true"' if wrong else ""
    if question.kind is QuestionKind.NUMBER:
        return (
            f'<input type="text" inputmode="numeric" maxlength="10" name="{escape(name)}" value="{shown}" '
            f'aria-label="{label}"{invalid}>'
        )
    most = question.high or LONGEST_ANSWER
    return (
        f'<textarea name="{escape(name)}" rows="4" maxlength="{most}" aria-label="{label}"{invalid}>'
        f"\n{shown}</textarea>"
    )


def _asks(question: Question, language: Language) -> str:
    return question.zh if language is Language.ZH else question.en


def _named(choice: Choice, language: Language) -> str:
    return choice.zh if language is Language.ZH else choice.en


def answers_of(questionnaire: Questionnaire, fields: Iterable[tuple[str, str]]) -> dict[str, object]:
    """What a form that was sent says of each question; the judge says what is wrong with it."""
    kinds = {question.key: question.kind for question in questionnaire.questions}
    found: dict[str, object] = {}
    for name, value in fields:
        if not name.startswith(PREFIX):
            continue
        key = name[len(PREFIX) :]
        match kinds.get(key):
            case QuestionKind.MULTIPLE:
                several = found.setdefault(key, [])
                assert isinstance(several, list)
                several.append(value)
            case QuestionKind.NUMBER:
                digits = value.strip()
                found[key] = (
                    int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else digits
                )
            case _:
                found[key] = value
    return found
