"""Which opinions look like one matter: same place, same category, similar wording (domain guide 4).

Similar means that enough of their grams are the same (`models.policy.search`, decision 0007): it works for
Chinese of any length, and the same in every database. It only suggests; a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from models.policy import search
from models.policy.rectification_rules import Grouping
from models.terms import Severity

PERCENT = 100
MOST_COMPARED = 200
"""Opinions of one place and category that are compared with one another; further ones stand alone."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One opinion or low score that nobody has sorted yet."""

    id: str
    street: str
    community: str
    category: str | None = None
    indicator: str | None = None
    words: str | None = None
    """None for a score without a word."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Opinions that look like one item, and what it would be."""

    street: str
    community: str
    category: str | None
    indicator: str | None
    voices: tuple[str, ...]
    """Ids, as they came in."""
    severity: Severity
    rule: str
    """Why they are together."""


def suggestions(voices: Iterable[Voice], rules: Grouping) -> list[Suggestion]:
    """All that is suggested, the most opinions first; every voice is in one suggestion at most.

    What was written is always suggested, alone if nothing is like it; low scores only where there are enough.
    """
    said: dict[tuple[str, str, str | None, str | None], list[Voice]] = {}
    scored: dict[tuple[str, str, str | None, str | None], list[Voice]] = {}
    for voice in voices:
        subject = voice.category is None
        place = (voice.street, voice.community, voice.category, voice.indicator if subject else None)
        (scored if voice.words is None else said).setdefault(place, []).append(voice)
    found = [
        _suggested(group, rules, f"similar/{rules.similar} %")
        for bucket in said.values()
        for group in _alike(bucket, rules)
    ]
    found += [
        _suggested(bucket, rules, f"low_scores/{len(bucket)} ≥ {rules.low_scores}")
        for bucket in scored.values()
        if len(bucket) >= rules.low_scores
    ]
    return sorted(found, key=lambda one: (-len(one.voices), one.voices))


def similarity(one: frozenset[str], other: frozenset[str]) -> int:
    """Percent of the grams of both that they have in common."""
    every = len(one | other)
    return PERCENT * len(one & other) // every if every else 0


def severity(count: int, rules: Grouping) -> Severity:
    """How grave a matter looks that so many speak of."""
    if count >= rules.severe:
        return Severity.SEVERE
    return Severity.MODERATE if count >= rules.moderate else Severity.MINOR


def _alike(bucket: Sequence[Voice], rules: Grouping) -> list[list[Voice]]:
    """Groups in which each is like the first: chains of likeness would join what is not alike."""
    groups: list[tuple[frozenset[str], list[Voice]]] = []
    for number, voice in enumerate(bucket):
        grams = frozenset(search.grams(voice.words or ""))
        near = _nearest(grams, groups, rules) if number < MOST_COMPARED else None
        if near is None:
            groups.append((grams, [voice]))
        else:
            near.append(voice)
    return [group for _, group in groups]


def _nearest(
    grams: frozenset[str], groups: Sequence[tuple[frozenset[str], list[Voice]]], rules: Grouping
) -> list[Voice] | None:
    rated = [(similarity(grams, first), -place) for place, (first, _) in enumerate(groups)]
    best = max(rated, default=(0, 0))
    return groups[-best[1]][1] if rated and best[0] >= rules.similar else None


def _suggested(group: Sequence[Voice], rules: Grouping, rule: str) -> Suggestion:
    first = group[0]
    indicators: Mapping[str | None, None] = dict.fromkeys(voice.indicator for voice in group)
    return Suggestion(
        first.street,
        first.community,
        first.category,
        first.indicator if len(indicators) == 1 else None,
        tuple(voice.id for voice in group),
        severity(len(group), rules),
        rule,
    )
