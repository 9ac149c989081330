"""A made-up district whose true scores are known: what its residents think, before any of them is asked.

Residents of one group in one street are of a few moods, and of each mood there are some who would answer
alike, their profiles. How many are of which mood differs by street, community, group and mode. So the true
mean of every question is a sum over profiles, and a round is a draw from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp
from random import Random

from models.policy.survey.estimate import Alike, Points
from models.policy.survey.instrument import Instrument, Question, QuestionKind
from models.policy.survey.marks import marks
from models.policy.survey.plan import POSITIVE, Plan, plan
from models.policy.survey.quota import cells
from models.policy.survey.spec import SurveySpec
from models.policy.survey.strata import Cell
from models.terms import RatedLevel, SurveyMode

PROFILES = 24
"""Of each mood in one group of one street."""
MOODS: Sequence[tuple[float, float, tuple[float, ...]]] = (
    (0.50, 1.0, (0.93, 0.07, 0.0, 0.0, 0.0)),
    (0.34, 0.4, (0.60, 0.36, 0.04, 0.0, 0.0)),
    (0.11, -0.4, (0.30, 0.50, 0.19, 0.01, 0.0)),
    (0.04, -0.9, (0.12, 0.40, 0.33, 0.12, 0.03)),
    (0.01, -1.4, (0.02, 0.10, 0.25, 0.35, 0.28)),
)
"""How many are of it on the whole, how far goodwill goes with it, and how it answers: best step first."""
CANNOT_SAY = 0.03
WEAK = 3
"""Indicators in which a street does worse than its residents' mood."""

Answers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Profile:
    """How some residents answer all questions on a scale."""

    mood: int
    answers: Answers
    points: Points
    """Of the street's indicators, in the order of the plan."""


@dataclass(frozen=True, slots=True)
class Place:
    """A community of a street: its code and Chinese name."""

    code: str
    zh: str


class Truth:
    """What the residents of a district think. `lift` is goodwill won since an earlier round."""

    def __init__(
        self, spec: SurveySpec, places: Mapping[str, Sequence[Place]], seed: int, lift: float = 0.0
    ) -> None:
        self.spec = spec
        self.places = places
        self.plan = street_plan(spec)
        self.quota = cells(spec)
        self._marks = marks(spec.instrument, self.plan)
        random = Random(seed)  # noqa: S311 - made-up people, the same ones every time
        self._street = {street: random.uniform(-0.55, 0.55) + lift for street in places}
        self._weak = {street: frozenset(random.sample(self.plan.indicators, WEAK)) for street in places}
        self._community = {
            place.code: random.uniform(-0.25, 0.25) for listed in places.values() for place in listed
        }
        self._group = {group.key: random.uniform(-0.2, 0.3) for group in spec.groups}
        self._mode = {SurveyMode.ONLINE: -0.15, SurveyMode.TARGETED: 0.1}
        self.profiles = {
            (street, group.key): self._profiles(street, group.key, random)
            for street in places
            for group in spec.groups
        }
        self._weights = {
            (street, cell): self._cell_weights(street, cell) for street in places for cell in self.plan.shares
        }

    # What is true --------------------------------------------------------------------------------------

    def score(self, street: str) -> float:
        """The positive part of a street's score, were every resident asked."""
        weights = self.plan.weights(POSITIVE, self.plan.indicators)
        return sum(float(weight) * self.indicator(street, key) for key, weight in weights.items())

    def indicator(self, street: str, key: str) -> float:
        """The mean of one indicator over groups and modes, of those who have an opinion of it."""
        shares = self.plan.cells([key])
        whole = float(sum(shares.values()))
        return sum(float(share) * self.cell(street, cell, key) for cell, share in shares.items()) / whole

    def cell(self, street: str, cell: Cell, key: str) -> float:
        """The same in one group reached by one mode."""
        place = self.plan.indicators.index(key)
        above = below = 0.0
        weighted = zip(self.profiles[street, cell.group], self._weights[street, cell], strict=True)
        for profile, weight in weighted:
            points = profile.points[place]
            if points is not None:
                above += weight * float(points)
                below += weight
        return above / below

    # Draws ---------------------------------------------------------------------------------------------

    def drawn(self, random: Random) -> dict[str, list[Alike]]:
        """A round's answers by street as they are estimated from: counts of profiles, not sheets."""
        found: dict[str, list[Alike]] = {street: [] for street in self.places}
        for one in self.quota:
            cell = Cell(one.group, one.mode)
            profiles = self.profiles[one.street, one.group]
            weights = self._weights[one.street, cell]
            counted = Counter(random.choices(range(len(profiles)), weights, k=one.wanted))
            found[one.street] += [Alike(cell, profiles[n].points, times) for n, times in counted.items()]
        return found

    def respondents(self, random: Random) -> Iterator[tuple[str, Place, Cell, Profile]]:
        """A round's respondents one by one: street, community, cell and how they answer."""
        for one in self.quota:
            cell = Cell(one.group, one.mode)
            places = self.places[one.street]
            profiles = self.profiles[one.street, one.group]
            by_place = [list(accumulate(self._weights_in(place, one.street, cell))) for place in places]
            for n in random.choices(range(len(places)), k=one.wanted):
                yield one.street, places[n], cell, random.choices(profiles, cum_weights=by_place[n])[0]

    # How it is made ------------------------------------------------------------------------------------

    def _moods(self, goodwill: float) -> list[float]:
        weights = [base * exp(goodwill * lean) for base, lean, _ in MOODS]
        return [weight / sum(weights) for weight in weights]

    def _weights_in(self, place: Place, street: str, cell: Cell) -> list[float]:
        goodwill = self._street[street] + self._community[place.code]
        goodwill += self._group[cell.group] + self._mode[cell.mode]
        moods = self._moods(goodwill)
        return [moods[profile.mood] / PROFILES for profile in self.profiles[street, cell.group]]

    def _cell_weights(self, street: str, cell: Cell) -> list[float]:
        """Over the street's communities, each of which is as likely as the others."""
        each = [self._weights_in(place, street, cell) for place in self.places[street]]
        return [sum(weights) / len(each) for weights in zip(*each, strict=True)]

    def _profiles(self, street: str, group: str, random: Random) -> list[Profile]:
        questions = scale_questions(self.spec.instrument, group)
        return [
            self._profile(mood, self._weak[street], group, questions, random)
            for mood in range(len(MOODS))
            for _ in range(PROFILES)
        ]

    def _profile(
        self,
        mood: int,
        weak: frozenset[str],
        group: str,
        questions: Sequence[Question],
        random: Random,
    ) -> Profile:
        answers: dict[str, str] = {}
        for question in questions:
            ranked, silent = steps(self.spec.instrument, question)
            place = random.choices(range(len(MOODS[mood][2])), MOODS[mood][2])[0]
            if f"indicator_{question.indicator}" in weak and mood and random.random() < 0.35:
                place += 1
            quiet = silent is not None and random.random() < CANNOT_SAY
            answers[question.key] = silent if quiet and silent else ranked[min(place, len(ranked) - 1)]
        return Profile(mood, answers, self._marks.points(group, answers))


def street_plan(spec: SurveySpec) -> Plan:
    """What is estimated of streets under a rulebook."""
    shares = {Cell(share.group, share.mode): share.share for share in spec.shares}
    return plan(spec.instrument, RatedLevel.STREET, shares)


def scale_questions(instrument: Instrument, group: str) -> list[Question]:
    sheet = instrument.questionnaire(group)
    return [question for question in sheet.questions if question.kind is QuestionKind.SCALE] if sheet else []


def steps(instrument: Instrument, question: Question) -> tuple[list[str], str | None]:
    """The keys of a question's steps, the best first, and that of "cannot say"."""
    listed = instrument.choice_list(question.choices or "")
    choices = listed.choices if listed else ()
    worth = [(choice.points, choice.key) for choice in choices if choice.points is not None]
    silent = next((choice.key for choice in choices if choice.points is None), None)
    return [key for _, key in sorted(worth, key=lambda pair: -pair[0])], silent
