"""A made-up round as its answer sheets: what is picked and written, how fast, and what is wrong with some.

The same seed gives the same sheets. Their true scores are `Truth`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from infra.demo.rounds.truth import Profile, Truth
from infra.demo.rounds.wording import Wording
from models.policy.survey.instrument import Question, QuestionKind
from models.policy.survey.strata import Cell
from models.terms import FlagReason, ResponseChannel, SurveyMode

FLAWED = 0.03
"""The part of a round that fair play should leave out."""
WRITES = (0.02, 0.05, 0.15, 0.6, 0.85)
"""How many of each mood write something."""
LOW = 60
CHANNELS: Mapping[SurveyMode, tuple[tuple[ResponseChannel, int], ...]] = {
    SurveyMode.ONLINE: ((ResponseChannel.PAGE, 85), (ResponseChannel.API, 15)),
    SurveyMode.TARGETED: (
        (ResponseChannel.APP, 50),
        (ResponseChannel.PAPER, 30),
        (ResponseChannel.HOME_VISIT, 20),
    ),
}
FIELD = (ResponseChannel.PAPER, ResponseChannel.HOME_VISIT)
MORNING, EVENING = 9 * 60, 20 * 60
NIGHT = 3 * 60
SECONDS_A_QUESTION = (4.0, 14.0)
HURRIED_SECONDS = 0.5
MOST_YEARS = 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """One answer sheet, as it is handed in, and what is known of it because it is made up."""

    number: int
    street: str
    """The rulebook's key."""
    community: str
    """Its code."""
    group: str
    mode: SurveyMode
    channel: ResponseChannel
    answers: Mapping[str, Any]
    """By question key, as responses keep them."""
    seconds: int | None
    """How long it took; paper and home visits are not measured."""
    when: float
    """At which part of the round it was handed in, from 0 to 1."""
    minute: int
    """Of the local day."""
    device: str | None
    flaw: FlagReason | None = None
    """What fair play should find."""
    category: str | None = None
    """What its opinion is about: a line of the item list."""


def sheets(truth: Truth, seed: int) -> Iterator[Sheet]:
    """All sheets of a round, as many as its quota wants, in an order of chance."""
    random = Random(seed)  # noqa: S311 - the same round every time
    names = {place.code: place.zh for places in truth.places.values() for place in places}
    wording = Wording(names, random)
    told = list(truth.respondents(random))
    random.shuffle(told)
    before: dict[str, Sheet] = {}
    for number, (street, place, cell, profile) in enumerate(told):
        sheet = _sheet(truth, wording, number, street, place.code, cell, profile, random)
        if random.random() < FLAWED:
            sheet = _flawed(sheet, before.get(sheet.group), truth, random)
        if len(str(sheet.answers.get(_opinion(truth, sheet.group), ""))) >= truth.spec.fair.alike_characters:
            before[sheet.group] = sheet
        yield sheet


def _sheet(
    truth: Truth,
    wording: Wording,
    number: int,
    street: str,
    community: str,
    cell: Cell,
    profile: Profile,
    random: Random,
) -> Sheet:
    answers: dict[str, Any] = dict(profile.answers)
    written = None
    if random.random() < WRITES[profile.mood]:
        pairs = zip(truth.plan.indicators, profile.points, strict=True)
        low = frozenset(
            key.removeprefix("indicator_") for key, points in pairs if points is not None and points <= LOW
        )
        written = wording.written(community, low, random)
    form = truth.spec.instrument.questionnaire(cell.group)
    for question in form.questions if form else ():
        if question.key not in answers and _shown(question, answers):
            given = _given(truth, question, written.words if written else None, random)
            if given is not None:
                answers[question.key] = given
    names, weights = zip(*CHANNELS[cell.mode], strict=True)
    channel = random.choices(names, weights)[0]
    pace = random.uniform(*SECONDS_A_QUESTION)
    return Sheet(
        number,
        street,
        community,
        cell.group,
        cell.mode,
        channel,
        answers,
        None if channel in FIELD else round(pace * len(answers)),
        random.random(),
        random.randint(MORNING, EVENING),
        None if channel in FIELD else f"device-{number}",
        category=written.category if written else None,
    )


def _shown(question: Question, answers: Mapping[str, Any]) -> bool:
    if question.only_if is None:
        return True
    other, keys = question.only_if
    given = answers.get(other)
    return bool(set(given if isinstance(given, list) else [given]) & set(keys))


def _given(truth: Truth, question: Question, words: str | None, random: Random) -> Any:
    listed = truth.spec.instrument.choice_list(question.choices or "")
    keys = [choice.key for choice in listed.choices] if listed else []
    match question.kind:
        case QuestionKind.SINGLE:
            return random.choice(keys)
        case QuestionKind.MULTIPLE:
            # In the order of the form, as a browser sends them.
            chosen = set(random.sample(keys, random.randint(0, min(3, len(keys)))))
            return [key for key in keys if key in chosen] or None
        case QuestionKind.NUMBER:
            low, high = question.low or 0, question.high or MOST_YEARS
            return random.randint(low, min(high, low + MOST_YEARS))
        case QuestionKind.TEXT if question.opinion and question.only_if is None:
            return words[: question.high] if words else None
        case _:
            return None


def _opinion(truth: Truth, group: str) -> str:
    form = truth.spec.instrument.questionnaire(group)
    questions = form.questions if form else ()
    return next((one.key for one in questions if one.opinion and one.only_if is None), "")


def _flawed(sheet: Sheet, before: Sheet | None, truth: Truth, random: Random) -> Sheet:
    """The same respondent, not playing fair."""
    kinds = (
        [FlagReason.IMPOSSIBLE_TIME]
        if sheet.channel in FIELD
        else [FlagReason.SPEEDER, FlagReason.STRAIGHT_LINER]
    )
    if before is not None:
        kinds.append(FlagReason.DUPLICATE)
    flaw = random.choice(kinds)
    match flaw:
        case FlagReason.IMPOSSIBLE_TIME:
            return replace(sheet, minute=NIGHT, flaw=flaw)
        case FlagReason.SPEEDER:
            return replace(sheet, seconds=max(1, round(HURRIED_SECONDS * len(sheet.answers))), flaw=flaw)
        case FlagReason.STRAIGHT_LINER:
            middle = {key: _middle(truth, sheet.group, key, given) for key, given in sheet.answers.items()}
            pace = float(truth.spec.fair.quick_seconds + truth.spec.fair.straight_seconds) / 2
            return replace(sheet, answers=middle, seconds=round(pace * len(middle)), flaw=flaw)
        case FlagReason.DUPLICATE:
            if before is None:
                raise ValueError("a duplicate of nothing")
            return replace(sheet, answers=before.answers, category=before.category, flaw=flaw)


def _middle(truth: Truth, group: str, key: str, given: Any) -> Any:
    """The middle step of a question on a scale; every other answer as it was."""
    form = truth.spec.instrument.questionnaire(group)
    question = next((one for one in form.questions if one.key == key), None) if form else None
    if question is None or question.kind is not QuestionKind.SCALE:
        return given
    listed = truth.spec.instrument.choice_list(question.choices or "")
    worth = [choice.key for choice in listed.choices if choice.points is not None] if listed else []
    return worth[len(worth) // 2] if worth else given
