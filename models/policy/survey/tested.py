"""Which orders of a level are more than chance, and which changes since the round before: as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from models.policy.scheme.standings import Standing
from models.policy.survey.estimate import Estimate
from models.policy.survey.figures import number
from models.policy.survey.plan import POSITIVE
from models.policy.survey.round import Json
from models.policy.survey.scoring import mean, measured
from models.policy.survey.significance import Compared, Measured, Pair, compared, difference, holm, pairs
from models.terms import RatedLevel

Before = Mapping[str, Measured]


def before(earlier: Json | None, level: RatedLevel) -> tuple[str, Before] | None:
    """The code of the round before and what it measured of the positive part, by subject."""
    rows = (earlier or {}).get("levels", {}).get(level.value, {}).get("rows", ())
    found = {
        row["subject"]: Measured(Decimal(one["value"]), Decimal(one["error"]), one["df"])
        for row in rows
        if (one := row["figures"].get(POSITIVE)) and one.get("error") is not None
    }
    return (earlier["round"]["code"], found) if earlier and found else None


class Tests:
    """What of a level's order, and of its change since the round before, is more than chance."""

    def __init__(
        self,
        score: str,
        found: Sequence[Standing],
        estimates: Mapping[str, Mapping[str, Estimate]],
        then: tuple[str, Before] | None,
    ) -> None:
        scores = {s.subject: measured(s, estimates[s.subject], score) for s in found}
        self.scores = {subject: score for subject, score in scores.items() if score is not None}
        self.pairs: tuple[Pair, ...] = pairs(self.scores)
        order = [standing.subject for standing in found if standing.subject in self.scores]
        self._compared: dict[str, Compared] = compared(order, self.pairs)
        positives = {subject: its[POSITIVE].measured for subject, its in estimates.items() if POSITIVE in its}
        self._positives = positives
        self._before = then
        both = [subject for subject in sorted(positives) if then and subject in then[1]]
        changes = {s: difference(positives[s], then[1][s]) for s in both} if then else {}
        adjusted = holm([changes[subject].p for subject in both])
        self._changes = {s: (changes[s], p) for s, p in zip(both, adjusted, strict=True)}

    def row(self, subject: str) -> Json:
        its, change = self._compared.get(subject), self._changes.get(subject)
        return {
            "tier": its.tier if its else None,
            "over": list(its.over) if its else [],
            "under": list(its.under) if its else [],
            "change": None
            if change is None or self._before is None
            else {
                "since": self._before[0],
                "difference": number(change[0].value),
                "error": number(change[0].error),
                "p": number(change[0].p),
                "adjusted": number(change[1]),
            },
        }

    def mean_json(self) -> Json:
        """The level's mean score, and that of its positive part with the change since the round before."""
        positive = mean(self._positives.values())
        told: Json = {"score": _interval(mean(self.scores.values())), "positive": _interval(positive)}
        then = mean(self._before[1].values()) if self._before else None
        if positive is not None and then is not None and self._before is not None:
            change = difference(positive, then)
            told["change"] = {
                "since": self._before[0],
                "difference": number(change.value),
                "error": number(change.error),
                "p": number(change.p),
            }
        return told

    def pairs_json(self) -> list[Json]:
        return [
            {
                "higher": pair.higher,
                "lower": pair.lower,
                "difference": number(pair.difference.value),
                "error": number(pair.difference.error),
                "df": number(pair.difference.df),
                "p": number(pair.difference.p),
                "adjusted": number(pair.adjusted),
                "significant": pair.significant,
            }
            for pair in self.pairs
        ]


def _interval(found: Measured | None) -> Json | None:
    if found is None:
        return None
    low, high = found.interval
    return {
        "value": number(found.value),
        "error": number(found.error),
        "df": found.df,
        "low": number(low),
        "high": number(high),
    }
