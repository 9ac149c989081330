"""The negative list of a round: suggestions are taken up, the worst first, and issued to the streets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infra.demo.half_year.asking import Round
from infra.demo.half_year.office import Office
from models.policy.rulebook import Rulebook

ITEMS = 380
"""About as many as a real half-year had: 766 in a year of two rounds."""
IN_FIVE = 4
"""Of five items four need departments."""
AT_A_TIME = 50
USUAL = "property_service"
"""The line under which low scores without words are looked into."""
SUGGESTED = """
  query Suggested($survey: ID!, $first: Int!) {
    itemSuggestions(survey: $survey, first: $first) {
      category indicatorKey severity
      street { id } community { id name } opinions { id }
    }
  }
"""


@dataclass(frozen=True)
class Listed:
    """One item of the list: its GraphQL id, the street that owes it, and the line of the item list it is."""

    id: str
    street: str
    category: str
    calls: bool
    """Whether it needs departments."""


async def listed(office: Office, of: Round, book: Rulebook, most: int = ITEMS) -> list[Listed]:
    """Drafts of what is suggested; not more than are wanted."""
    found: list[Listed] = []
    while len(found) < most:
        wanted = min(AT_A_TIME, most - len(found))
        answer = await office.api.ask(office.head.token, SUGGESTED, survey=of.id, first=wanted)
        suggestions = [one for one in answer["itemSuggestions"] if one["street"]]
        if not suggestions:
            break
        drafts = [
            _draft(one, book, (len(found) + place) % 5 < IN_FIVE) for place, one in enumerate(suggestions)
        ]
        made = await office.act(office.head, "draftItems", "items { id }", survey=of.id, items=drafts)
        found += [
            Listed(item["id"], office.streets[one["street"]["id"]], draft["category"], draft["departmental"])
            for item, one, draft in zip(made["items"], suggestions, drafts, strict=True)
        ]
    return found


async def issued(office: Office, of: Round) -> int:
    """All drafts of the round, to their streets."""
    answer = await office.act(office.head, "issueItems", "issued", survey=of.id)
    number: int = answer["issued"]
    return number


def _draft(one: Any, book: Rulebook, departmental: bool) -> dict[str, Any]:
    """Named after what it is and where."""
    category = one["category"] or USUAL
    line, place = book.item(category), one["community"]["name"] if one["community"] else ""
    return {
        "opinions": [opinion["id"] for opinion in one["opinions"]],
        "title": f"{place}{line.zh if line else category}"[:60],
        "severity": one["severity"],
        "departmental": departmental,
        "category": category,
        "indicator": one["indicatorKey"],
    }
