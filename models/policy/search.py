"""Text search that works for Chinese: a text is the set of its grams, a query asks for some of them.

Chinese has no spaces, so words cannot be indexed; short runs of characters can. An index over `grams`
narrows the rows down, an exact look at the text (`words`) decides. Everything is NFKC-normalised and
lower-cased, so that full-width １２ finds 12. Pure: the same text gives the same grams in every process.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

CJK_GRAM = 2
"""Most Chinese words have two characters; a single one is a gram too, and longer ones are their pairs."""
LATIN_GRAM = 3
LONGEST_QUERY = 200
"""Characters; nothing longer is a title."""
IDEOGRAPHS = (
    (0x3005, 0x3007),  # 々〆〇
    (0x3040, 0x30FF),  # kana
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7AF),  # hangul
    (0xF900, 0xFAFF),
    (0x20000, 0x323AF),
)


def normal(text: str) -> str:
    """`text` as it is compared: NFKC, lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def grams(text: str) -> list[str]:
    """Everything a query may ask of `text`, sorted: what `issues.search` holds.

    Ideographs give single characters and pairs, letters and digits whole words and one to three of them.
    """
    found: set[str] = set()
    for run, longest in _runs(normal(text)):
        if longest == LATIN_GRAM:
            found.add(run)
        for length in range(1, longest + 1):
            found |= _slices(run, length)
    return sorted(found)


def query_grams(text: str) -> list[str]:
    """The grams that every text containing the words of `text` has; a subset of that text's `grams`."""
    found: set[str] = set()
    for run, longest in _runs(normal(text)):
        found |= _slices(run, min(longest, len(run)))
    return sorted(found)


def words(text: str) -> list[str]:
    """What must stand in a text literally, in any order: the query's parts between spaces."""
    return normal(text).split()


def _slices(run: str, length: int) -> set[str]:
    return {run[start : start + length] for start in range(len(run) - length + 1)}


def _runs(text: str) -> Iterator[tuple[str, int]]:
    """Runs of one kind of character with the longest gram taken of them; the rest separates."""
    run, kind = "", 0
    for character in text:
        its = _gram_length(character)
        if its != kind:
            if run and kind:
                yield run, kind
            run, kind = "", its
        run += character
    if run and kind:
        yield run, kind


def _gram_length(character: str) -> int:
    code = ord(character)
    if any(first <= code <= last for first, last in IDEOGRAPHS):
        return CJK_GRAM
    return LATIN_GRAM if character.isalnum() else 0
