"""What counts as text: the same check for every title, note and name, before anything is written."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

NEW_LINES = frozenset("\n\t")


class TextFault(StrEnum):
    """What is wrong with a text."""

    BLANK = "BLANK"
    TOO_LONG = "TOO_LONG"
    CONTROL = "CONTROL"
    """A control or noncharacter, a lone surrogate, or a mark that turns the direction of reading."""


@dataclass(frozen=True)
class TextRule:
    """How long a text may be, in characters, whether it may be left blank and run over several lines."""

    most: int
    required: bool = True
    lines: bool = False


TITLE = TextRule(100)
PLACE = TextRule(120)
NAME = TextRule(40, required=False)
PHONE = TextRule(30, required=False)
TICKET = TextRule(60, required=False)
WORDS = TextRule(2000, lines=True)
OPTIONAL_WORDS = TextRule(2000, required=False, lines=True)
KEY = TextRule(200)

CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
INVISIBLE = frozenset({"Cf", "Mn", "Me", "Zs"})
"""Categories that show nothing by themselves: a text of these alone is blank to whoever reads it."""
HIDDEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def cleaned(text: str | None, rule: TextRule) -> str | TextFault:
    """The text without space around it, or what is wrong with it; None is a blank text."""
    given = (text or "").strip()
    if rule.lines:
        given = given.replace("\r\n", "\n")  # as some keyboards end a line
    if not given:
        return TextFault.BLANK if rule.required else ""
    if len(given) > rule.most:
        return TextFault.TOO_LONG
    if any(_wrong(character, rule.lines) for character in given):
        return TextFault.CONTROL
    if all(unicodedata.category(character) in INVISIBLE for character in given):
        return TextFault.BLANK if rule.required else ""
    return given


def _wrong(character: str, lines: bool) -> bool:
    if lines and character in NEW_LINES:
        return False
    return character in HIDDEN or unicodedata.category(character) in CONTROLS or _noncharacter(character)


def _noncharacter(character: str) -> bool:
    """The 66 code points that never mean anything. Not category Cn: what a newer Unicode assigns, such as
    rare ideographs in names, is text on an older Python too."""
    code = ord(character)
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
