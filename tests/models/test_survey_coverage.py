"""Intervals hold what is true as often as they say, on rounds of the real size with known true scores."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from random import Random

import pytest

from infra.demo.rounds.ground import truth
from infra.demo.rounds.sheets import sheets
from models.policy.survey.estimates import estimated
from models.policy.survey.plan import POSITIVE
from models.terms import FlagReason, SurveyMode

SIZE = Counter({SurveyMode.TARGETED: 4010, SurveyMode.ONLINE: 13715})
LEAST, MOST = 0.92, 0.98


def held(districts: int, rounds: int) -> tuple[int, int, dict[str, float]]:
    """In how many streets, of how many, the interval holds the true score; and how far off means are."""
    holding = asked = 0
    off: dict[str, float] = Counter()
    for seed in range(districts):
        known = truth("gulou", seed)
        random = Random(1000 + seed)
        for _ in range(rounds):
            for street, answers in known.drawn(random).items():
                found = estimated(known.plan, answers, [POSITIVE])[POSITIVE]
                score = known.score(street)
                holding += float(found.low) <= score <= float(found.high)
                asked += 1
                off[street] += (float(found.value) - score) / (districts * rounds)
    return holding, asked, off


def test_the_interval_holds_the_true_score_in_a_sample_of_rounds():
    holding, asked, _ = held(1, 12)
    assert asked == 12 * 13
    assert LEAST <= holding / asked <= MOST


@pytest.mark.prove
@pytest.mark.timeout(600)
def test_the_interval_holds_the_true_score_over_200_rounds():
    holding, asked, off = held(10, 20)
    print(f"\n95 % intervals that hold the true score: {holding} of {asked} streets, {holding / asked:.2%}")
    print(f"mean error of the street furthest off: {max(off.values(), key=abs):+.4f} points")
    assert asked == 200 * 13
    assert LEAST <= holding / asked <= MOST
    assert max(map(abs, off.values())) < 0.15


def test_a_made_up_round_has_the_real_size_and_says_what_is_wrong_with_it():
    known = truth("gulou", 7)
    made = list(sheets(known, 1))
    assert Counter(sheet.mode for sheet in made) == SIZE
    assert len({sheet.street for sheet in made}) == 13
    assert len({sheet.community for sheet in made}) == 120
    flaws = Counter(sheet.flaw for sheet in made)
    assert all(flaws[reason] > 20 for reason in FlagReason)
    assert sum(sheet.category is not None for sheet in made) > 1000
    assert list(islice(sheets(known, 1), 500)) == made[:500]
    assert list(islice(sheets(known, 2), 500)) != made[:500]
