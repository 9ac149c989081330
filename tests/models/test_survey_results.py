"""The document of a round: figures down to answers, ranks with what they may claim, awards, open data."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest

from models.policy.survey.open_data import open_data
from models.policy.survey.results import results
from models.policy.survey.round import Answered, Answers, Facts, Round
from models.policy.survey.strata import Cell
from models.rulebooks.codec import canonical
from models.terms import RatedLevel, SurveyMode
from tests.models.measuring import a_round, answers, facts

SOME = 4000
STREET = RatedLevel.STREET.value


def streets(half: int = 1) -> Round:
    """A round that rates streets alone: the tests of every two communities take their time."""
    round_ = a_round(half)
    return replace(round_, schemes={RatedLevel.STREET: round_.schemes[RatedLevel.STREET]})


@cache
def first() -> dict:
    return results(a_round(1), facts(answers(1, SOME)))


@cache
def second() -> dict:
    told = facts(answers(2, SOME, lift=0.4), earlier=first(), year=(first(),))
    return results(streets(2), told)


def rows(document: dict, level: str = STREET) -> list[dict]:
    return document["levels"][level]["rows"]


def test_the_same_facts_give_the_same_bytes():
    told = facts(answers(1, SOME))
    turned = replace(told, answers=Answers(told.answers.questions, told.answers.sheets[::-1]))
    assert canonical(results(streets(), turned)) == canonical(results(streets(), told))


def test_three_levels_are_rated():
    assert [len(rows(first(), level.value)) for level in RatedLevel] == [13, 120, 120]
    assert {row["street"] for row in rows(first(), "COMMUNITY")} == {row["subject"] for row in rows(first())}


def test_every_estimated_figure_says_how_well_it_is_known():
    for level in RatedLevel:
        for row in rows(first(), level.value):
            assert 0 < Decimal(row["coverage"]) <= 1
            for key, figure in row["figures"].items():
                if figure["value"] is None or not key.startswith(("indicator", "focus", "dimen", "positive")):
                    continue
                assert figure["n"] >= 5
                low, value, high = (Decimal(figure[part]) for part in ("low", "value", "high"))
                assert low <= value <= high
                assert Decimal(figure["effective"]) > 0


def test_a_score_can_be_followed_down_to_the_answers():
    """Composite → positive → dimension → focus → indicator → strata, each from the numbers below it."""
    row = rows(first())[0]

    def follow(key: str) -> Decimal:
        figure = row["figures"][key]
        made = Decimal(figure["scale"]) * Decimal(figure["numerator"]) / Decimal(figure["denominator"])
        assert made == pytest.approx(Decimal(figure["value"]), abs=Decimal("1E-20"))
        if "strata" in figure:
            parts = figure["strata"]
            assert sum(part["n"] for part in parts) == figure["n"]
            for part in parts:
                mean = Decimal(part["points"]) / part["n"]
                assert mean == pytest.approx(Decimal(part["mean"]), abs=Decimal("1E-20"))
            return sum(Decimal(part["share"]) * Decimal(part["mean"]) for part in parts)
        weighed = [(Decimal(t["factor"]), follow(t["name"])) for t in figure["terms"]]
        top = sum(weight * value for weight, value in weighed)
        assert top == pytest.approx(Decimal(figure["numerator"]), abs=Decimal("1E-18"))
        return top / Decimal(figure["denominator"])

    assert follow("positive") == pytest.approx(Decimal(row["figures"]["positive"]["value"]))
    parts = {key: Decimal(row["figures"][key]["value"]) for key in ("positive", "negative", "feature")}
    whole = parts["positive"] * 7 / 10 + parts["negative"] * 2 / 10 + parts["feature"] / 10
    assert whole == pytest.approx(Decimal(row["figures"]["composite"]["value"]), abs=Decimal("1E-20"))
    rules = {column["key"]: column["rule"] for column in first()["levels"][STREET]["columns"]}
    assert rules["indicator_parking"] == "satisfaction/indicator_parking@gulou/2026.3"


def test_confirmed_items_deduct_by_severity_for_each_ten_thousand_residents():
    round_, told = a_round(1), facts(answers(1, SOME))
    row = rows(first())[0]
    street = row["subject"]
    severe, moderate, minor = (Decimal(n) for n in told.items[street].values())
    deduction = (5 * severe + 2 * moderate + minor) * 10000 / Decimal(round_.residents[street])
    assert Decimal(row["figures"]["negative"]["value"]) == pytest.approx(100 - deduction)


def test_a_street_without_its_features_has_no_score_and_no_rank():
    told = facts(answers(1, SOME))
    street = rows(first())[0]["subject"]
    features = {key: its for key, its in told.features.items() if key != street}
    document = results(streets(), replace(told, features=features))
    last = rows(document)[-1]
    assert (last["subject"], last["rank"], last["tier"]) == (street, None, None)
    assert last["figures"]["composite"]["gap"] == "PART_MISSING"
    assert len(document["levels"][STREET]["pairs"]) == 12 * 11 / 2
    assert document["year"]["rows"][-1]["rank"] is None


def test_the_ranking_says_which_orders_are_significant():
    level = first()["levels"][STREET]
    assert len(level["pairs"]) == level["tested"] == 13 * 12 / 2
    under = {(pair["higher"], pair["lower"]) for pair in level["pairs"] if pair["significant"]}
    assert 0 < len(under) < 78
    assert under == {(row["subject"], other) for row in level["rows"] for other in row["over"]}
    assert under == {(other, row["subject"]) for row in level["rows"] for other in row["under"]}
    assert [row["rank"] for row in level["rows"]] == list(range(1, 14))
    assert [row["tier"] for row in level["rows"]] == sorted(row["tier"] for row in level["rows"])
    some = level["pairs"][0]
    assert Decimal(some["adjusted"]) >= Decimal(some["p"])
    assert first()["levels"]["COMMUNITY"]["tested"] == 120 * 119 / 2


def test_the_constant_parts_add_nothing_to_the_error_of_the_composite():
    mean = first()["levels"][STREET]["mean"]
    assert Decimal(mean["score"]["error"]) == pytest.approx(
        Decimal("0.7") * Decimal(mean["positive"]["error"]), abs=Decimal("1E-6")
    )


def test_a_round_is_compared_with_the_one_before():
    changed = [row["change"] for row in rows(second())]
    assert {change["since"] for change in changed} == {"2026H1"}
    for row, change in zip(rows(second()), changed, strict=True):
        before = next(one for one in rows(first()) if one["subject"] == row["subject"])
        values = [Decimal(one["figures"]["positive"]["value"]) for one in (row, before)]
        assert Decimal(change["difference"]) == pytest.approx(values[0] - values[1], abs=Decimal("1E-20"))
        assert Decimal(change["p"]) <= Decimal(change["adjusted"])
    gain = second()["levels"][STREET]["mean"]["change"]
    assert Decimal(gain["difference"]) > 1
    assert Decimal(gain["p"]) < Decimal("0.001")
    assert rows(first())[0]["change"] is None


def test_awards_go_by_the_mean_of_the_years_rounds_and_are_provisional_until_the_last():
    half, whole = first()["year"], second()["year"]
    assert (half["rounds"], half["provisional"]) == (["2026H1"], True)
    assert (whole["rounds"], whole["provisional"]) == (["2026H1", "2026H2"], False)
    awards = [{award["key"]: award["amount"] for award in row["awards"]} for row in whole["rows"]]
    assert [given.get("working_funds") for given in awards[:4]] == ["500000", "400000", "300000", None]
    stood_out = [Decimal(row["score"]["value"]) >= 90 for row in whole["rows"][:5]]
    assert ["commended" in given for given in awards] == [*stood_out, *[False] * (len(awards) - 5)]
    assert any(stood_out)
    best = whole["rows"][0]["subject"]
    scores = [
        Decimal(row["figures"]["composite"]["value"])
        for document in (first(), second())
        for row in rows(document)
        if row["subject"] == best
    ]
    assert Decimal(whole["rows"][0]["score"]["value"]) == pytest.approx(sum(scores) / 2)


def test_a_district_whose_rulebook_makes_no_year_has_none():
    assert results(replace(streets(), year_scheme=None), facts(answers(1, 300)))["year"] is None


# Open data ------------------------------------------------------------------------------------------


def table(told: Facts) -> list[dict[str, str]]:
    made = open_data(a_round(1), told)
    assert len(made.lines) + made.left_out == sum(sheet.count for sheet in told.answers.sheets)
    return [dict(zip(made.header, line, strict=True)) for line in made.lines]


def place(line: dict[str, str]) -> tuple[str, ...]:
    return tuple(line[key] for key in ("street", "community", "group", "mode"))


@pytest.mark.parametrize("most", [60, 700, SOME])
def test_nobody_can_be_told_from_four_others(most):
    told = facts(answers(1, most))
    lines = table(told)
    assert min(Counter(map(place, lines)).values()) >= 5
    assert set(lines[0]) >= {"street_parking", "community_listening", "worker_service_desk"}
    given = {cell for line in lines for key, cell in line.items() if key.partition("_")[2] and cell}
    assert {cell for cell in given if cell.isdigit()} <= {"100", "80", "60", "30", "0"}


def test_what_can_be_told_closely_is():
    closely = Counter(sum(bool(part) for part in place(line)) for line in table(facts(answers(1, SOME))))
    assert closely[4] > closely[3] > closely[2] >= 0
    assert closely[4] > SOME / 2


def test_a_street_with_four_sheets_is_left_out():
    told = answers(1, SOME)
    street = told.sheets[0].street
    alone = [replace(sheet, count=1) for sheet in told.sheets if sheet.street == street][:4]
    rest = [sheet for sheet in told.sheets if sheet.street != street]
    made = open_data(a_round(1), facts(Answers(told.questions, (*rest, *alone))))
    assert made.left_out >= 4
    key = next(s.key for s in a_round(1).streets if s.id == street)
    assert key not in {line[0] for line in made.lines}


def test_the_order_of_lines_says_nothing_of_when_a_sheet_came():
    told = facts(answers(1, 700))
    turned = replace(told, answers=Answers(told.answers.questions, told.answers.sheets[::-1]))
    assert open_data(a_round(1), told) == open_data(a_round(1), turned)


def test_a_group_that_the_rulebook_does_not_know_counts_nowhere():
    told = answers(1, 700)
    strange = Answered(told.sheets[0].street, told.sheets[0].community, Cell("x", SurveyMode.ONLINE), ())
    blank = replace(strange, picked=(None,) * len(told.questions))
    with_it = results(streets(), facts(Answers(told.questions, (*told.sheets, blank))))
    without = results(streets(), facts(told))
    assert with_it["levels"] == without["levels"]
