"""Rounds as their results are made from, of the shipped rulebook of Gulou and its made-up residents."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import islice

from infra.demo.rounds.ground import truth
from infra.demo.rounds.sheets import sheets
from infra.demo.rounds.truth import Truth
from models.policy.bulletin.table import Subject
from models.policy.survey.instrument import QuestionKind
from models.policy.survey.round import Answered, Answers, Community, Facts, Feature, Round
from models.policy.survey.strata import Cell
from models.rulebooks.geography import geography
from models.rulebooks.loader import load
from models.terms import RatedLevel, Severity

FEATURES = ("party_led_feature", "governance_feature")


@cache
def gulou(seed: int = 7, lift: float = 0.0) -> Truth:
    return truth("gulou", seed, lift)


@cache
def a_round(half: int = 1) -> Round:
    loaded = load("gulou")
    book, ground = loaded.rulebook, geography(loaded.district)
    assert book.survey is not None
    schemes = {scheme.key: scheme for scheme in book.schemes}
    streets = tuple(Subject(str(s.id), s.code, s.name_zh, s.name_en) for s in ground.streets)
    return Round(
        district=Subject(str(ground.district.id), "gulou", "鼓楼区", "Gulou District"),
        code=f"2026H{half}",
        year=2026,
        half=half,
        zh="满意度考评",
        en="Satisfaction",
        opened="2026-05-01T00:00:00+08:00",
        closed="2026-06-01T00:00:00+08:00",
        cut_off="2026-06-02T00:00:00+08:00",
        on=date(2026, 6, 1),
        rulebook=book.name,
        spec=book.survey,
        instrument=book.survey.instrument,
        schemes={
            RatedLevel.STREET: schemes["satisfaction"],
            RatedLevel.COMMUNITY: schemes["satisfaction_units"],
            RatedLevel.WORKER: schemes["satisfaction_units"],
        },
        year_scheme=schemes["satisfaction_year"],
        streets=streets,
        communities=tuple(
            Community(Subject(str(c.id), c.code, c.name_zh, c.name_en), str(c.street_id))
            for c in ground.communities
        ),
        residents={str(s.id): book.survey.residents_of(s.key) for s in ground.streets},
    )


@cache
def answers(seed: int = 1, most: int | None = None, lift: float = 0.0) -> Answers:
    """The sheets of a made-up round that fair play leaves in."""
    known = gulou(lift=lift)
    ground = geography(load("gulou").district)
    streets = {street.key: str(street.id) for street in ground.streets}
    communities = {community.code: str(community.id) for community in ground.communities}
    questions = tuple(
        dict.fromkeys(
            question.key
            for form in known.spec.instrument.questionnaires
            for question in form.questions
            if question.kind is QuestionKind.SCALE
        )
    )
    counted = Counter(
        Answered(
            streets[sheet.street],
            communities[sheet.community],
            Cell(sheet.group, sheet.mode),
            tuple(sheet.answers.get(key) for key in questions),
        )
        for sheet in islice(sheets(known, seed), most)
        if sheet.flaw is None
    )
    return Answers(questions, tuple(replace(sheet, count=n) for sheet, n in counted.items()))


def facts(of: Answers, **others: object) -> Facts:
    """What is known of a round beside its answers: a few items and features for every street."""
    known = gulou()
    ground = geography(load("gulou").district)
    ids = {street.key: str(street.id) for street in ground.streets}
    made = Facts(
        answers=of,
        quota={(ids[cell.street], Cell(cell.group, cell.mode)): cell.wanted for cell in known.quota},
        items={
            street: {Severity.SEVERE: n % 2, Severity.MODERATE: 3, Severity.MINOR: 20 + n}
            for n, street in enumerate(sorted(ids.values()))
        },
        features={
            street: {key: Feature(Decimal(90 + n % 5), "2026 年第 3 号文") for key in FEATURES}
            for n, street in enumerate(sorted(ids.values()))
        },
    )
    return replace(made, **others)  # type: ignore[arg-type]
