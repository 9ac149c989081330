"""What a half-year came to, read back through GraphQL as anybody may read it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from infra.demo.half_year.asking import Round
from infra.demo.half_year.office import Office
from models.terms import ItemStatus, RatedLevel, Stage

RESULT = """
  query Result($district: String!, $code: String!) {
    publishedSurvey(district: $district, code: $code) {
      process
      levels {
        level mean { value low high } change { since difference error p }
        rows { place zh rank tier coverage over under }
      }
      year { provisional rows { place rank score awards { key amount unit held } } }
    }
  }
"""
ITEMS = """
  query Items($survey: ID!) {
    negativeItems(where: {survey: $survey}, first: 1000) {
      totalCount nodes { status round }
    }
  }
"""
COMMENDED = "commended"
FILED = "query Filed($code: String!) { issue(code: $code) { stage } }"


@dataclass(frozen=True)
class HalfYear:
    """The end of `huying demo --once --district gulou`."""

    round: str
    responses: int
    left_out: int
    """Responses that are excluded."""
    excluded: dict[str, int]
    """By reason; one response may have several."""
    mean_score: str
    """The composite, over all streets."""
    interval: list[str]
    """95 %; of the positive part, the others are constants."""
    ranking: list[dict[str, Any]]
    """Streets by rank; those of one tier are not told apart by a test."""
    awards: list[dict[str, Any]]
    commended: list[str]
    """Streets that stood out in the year."""
    provisional: bool
    items: int
    calls_raised: int
    calls_filed: int
    closed: int
    reopened: int
    improvement: dict[str, str]
    """Of the positive part since the round before, with the p-value of a two-sided test."""
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def complaint(self) -> str | None:
        """Why this is no good end, or None."""
        if self.closed != self.items:
            return f"{self.items - self.closed} of {self.items} items are not closed"
        if self.calls_filed != self.calls_raised:
            return f"{self.calls_raised - self.calls_filed} of {self.calls_raised} calls are not filed"
        return None


async def told(office: Office, of: Round, district: str, raised: list[str], seconds: float) -> HalfYear:
    """`raised` are the codes of the issues of calls, `seconds` what it took."""
    token = office.head.token
    result = (await office.api.ask("", RESULT, district=district, code=of.code))["publishedSurvey"]
    found = (await office.api.ask(token, ITEMS, survey=of.id))["negativeItems"]
    items = found["nodes"]
    streets = next(one for one in result["levels"] if one["level"] == RatedLevel.STREET.value)
    names = {row["place"]: row["zh"] for row in streets["rows"]}
    calls = [(await office.api.ask(token, FILED, code=code))["issue"] for code in raised]
    return HalfYear(
        round=of.code,
        responses=result["process"]["responses"],
        left_out=result["process"]["excluded"],
        excluded=result["process"]["reasons"],
        mean_score=streets["mean"]["value"],
        interval=[streets["mean"]["low"], streets["mean"]["high"]],
        ranking=[
            {"rank": row["rank"], "street": row["zh"], "tier": row["tier"], "coverage": row["coverage"]}
            for row in sorted(streets["rows"], key=lambda row: row["rank"])
        ],
        awards=[
            {"street": names[row["place"]], "rank": row["rank"], "amount": award["amount"]}
            for row in result["year"]["rows"]
            for award in row["awards"]
            if award["amount"]
        ],
        commended=[
            names[row["place"]]
            for row in result["year"]["rows"]
            if any(award["key"] == COMMENDED for award in row["awards"])
        ],
        provisional=result["year"]["provisional"],
        items=found["totalCount"],
        calls_raised=len(raised),
        calls_filed=sum(issue["stage"] == Stage.FILED for issue in calls),
        closed=sum(one["status"] == ItemStatus.CLOSED for one in items),
        reopened=sum(one["round"] > 0 for one in items),
        improvement=streets["change"],
        seconds=round(seconds, 1),
    )
