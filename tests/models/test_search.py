"""Grams: what a text is found by, and what a query asks of it."""

from __future__ import annotations

import pytest

from models.policy.search import grams, normal, query_grams, words


def test_chinese_gives_characters_and_pairs() -> None:
    assert grams("路灯坏") == ["坏", "灯", "灯坏", "路", "路灯"]


def test_letters_and_digits_give_words_and_up_to_three() -> None:
    assert grams("LED2") == ["2", "d", "d2", "e", "ed", "ed2", "l", "le", "led", "led2"]


def test_kinds_of_characters_are_never_mixed_in_a_gram() -> None:
    assert set(grams("12号")) == {"1", "2", "12", "号"}


QUERIES = {
    "one character": ("灯", ["灯"]),
    "two characters": ("路灯", ["路灯"]),
    "three characters are pairs": ("路灯坏", ["灯坏", "路灯"]),
    "one letter": ("a", ["a"]),
    "a long word is threes": ("Lights", ["ght", "hts", "igh", "lig"]),
    "mixed": ("LED灯 12号", ["12", "led", "号", "灯"]),
    "full width": ("１２Ａ", ["12a"]),
    "punctuation alone": ("——！", []),
    "blank": ("  ", []),
}


@pytest.mark.parametrize(("text", "expected"), QUERIES.values(), ids=QUERIES)
def test_a_query_asks_for_its_longest_grams(text: str, expected: list[str]) -> None:
    assert query_grams(text) == expected


TEXTS = (
    "东光商城占道堆物，东光小区LED路灯不亮",
    "𠮷野家门口积水 No.12-3",
    "ﬁre hydrant 消防栓",
    "가로등 고장",
)


@pytest.mark.parametrize("text", TEXTS)
def test_every_part_of_a_text_finds_it(text: str) -> None:
    """What makes the index safe: no substring asks for a gram that its text lacks."""
    held = set(grams(text))
    whole = normal(text)
    for start in range(len(whole)):
        for end in range(start + 1, len(whole) + 1):
            assert set(query_grams(whole[start:end])) <= held


def test_words_are_the_parts_between_spaces() -> None:
    assert words(" 东湖　路灯  LED ") == ["东湖", "路灯", "led"]
