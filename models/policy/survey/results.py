"""The results of a round: the document that is frozen and published (decision 0022).

Plain JSON whose every number is a text or a count, so that the same facts, rules and subjects give the same
bytes. It is open to the public: nobody's words are in it, and no figure of fewer than k people.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal

from models.policy.bulletin.table import Subject
from models.policy.scheme.figures import Reading
from models.policy.survey.estimate import Alike, Points
from models.policy.survey.estimates import estimated
from models.policy.survey.figures import columns, figures, number
from models.policy.survey.plan import POSITIVE, Plan, plan
from models.policy.survey.round import Facts, Json, Round
from models.policy.survey.scoring import Known, opened, ranked
from models.policy.survey.significance import six
from models.policy.survey.strata import Cell
from models.policy.survey.tested import Tests, before
from models.policy.survey.yearly import year
from models.terms import RatedLevel

FORMAT = 1
PAIRS_SHOWN = frozenset({RatedLevel.STREET})
"""The tests of every two communities are thousands: what follows from them is told, not each."""


def results(round_: Round, facts: Facts) -> Json:
    """The whole document."""
    shares = {Cell(share.group, share.mode): share.share for share in round_.spec.shares}
    levels = {
        level.value: _level(
            round_, facts, plan(round_.instrument, level, shares, round_.spec.anonymity), level
        )
        for level in RatedLevel
        if level in round_.schemes
    }
    return {
        "format": FORMAT,
        "district": round_.district.to_json(),
        "round": {
            "code": round_.code,
            "year": round_.year,
            "half": round_.half,
            "zh": round_.zh,
            "en": round_.en,
            "opened": round_.opened,
            "closed": round_.closed,
            "cutOff": round_.cut_off,
        },
        "rulebook": round_.rulebook,
        "anonymity": round_.spec.anonymity,
        "shares": [
            {"group": cell.group, "mode": cell.mode.value, "share": number(share)}
            for cell, share in shares.items()
        ],
        "groups": [{"key": group.key, "zh": group.zh, "en": group.en} for group in round_.spec.groups],
        "process": dict(facts.process),
        "quota": _quota(facts),
        "levels": levels,
        "year": year(round_, levels.get(RatedLevel.STREET.value), facts),
    }


def _quota(facts: Facts) -> list[Json]:
    counted = _counted(facts)
    return [
        {
            "street": street,
            "group": cell.group,
            "mode": cell.mode.value,
            "wanted": wanted,
            "counted": counted[street, cell],
        }
        for (street, cell), wanted in sorted(facts.quota.items())
    ]


def _counted(facts: Facts) -> dict[tuple[str, Cell], int]:
    counted: dict[tuple[str, Cell], int] = defaultdict(int)
    for sheet in facts.answers.sheets:
        counted[sheet.street, sheet.cell] += sheet.count
    return counted


def coverage(facts: Facts) -> dict[str, Decimal]:
    """By street: the part of its quota that is filled; what is over in one cell makes up for no other."""
    counted = _counted(facts)
    wanted: dict[str, int] = defaultdict(int)
    filled: dict[str, int] = defaultdict(int)
    for (street, cell), quota in facts.quota.items():
        wanted[street] += quota
        filled[street] += min(quota, counted[street, cell])
    return {street: six(filled[street] / quota) for street, quota in wanted.items() if quota}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else number(value)


# One level ------------------------------------------------------------------------------------------


def _level(round_: Round, facts: Facts, asked: Plan, level: RatedLevel) -> Json:
    streets = {street.id: street.id for street in round_.streets}
    if level is RatedLevel.STREET:
        subjects, lies_in = round_.streets, streets
    else:
        subjects = tuple(community.subject for community in round_.communities)
        lies_in = {community.subject.id: community.street for community in round_.communities}
    told = _told(round_, facts, asked)
    estimates = {subject.id: estimated(asked, told.get(subject.id, ())) for subject in subjects}
    scheme = opened(round_.schemes[level], asked, round_.instrument)
    known = _known(round_, facts) if level is RatedLevel.STREET else {}
    found = ranked(scheme, asked, round_.code, estimates, known, round_.on, list(estimates))
    tests = Tests(scheme.score or POSITIVE, found, estimates, before(facts.earlier, level))
    covered = coverage(facts)
    return {
        "scheme": {"key": scheme.key, "zh": scheme.zh, "en": scheme.en, "version": scheme.version},
        "score": scheme.score,
        "columns": columns(scheme),
        "mean": tests.mean_json(),
        "rows": [
            {
                **_named(subjects, standing.subject),
                "street": lies_in[standing.subject],
                "rank": standing.rank,
                **tests.row(standing.subject),
                "coverage": _text(covered.get(lies_in[standing.subject])),
                "figures": figures(scheme, standing, estimates[standing.subject]),
            }
            for standing in found
        ],
        "pairs": tests.pairs_json() if level in PAIRS_SHOWN else [],
        "tested": len(tests.pairs),
    }


def _told(round_: Round, facts: Facts, asked: Plan) -> dict[str, list[Alike]]:
    """By subject: what was answered about it, sheets that came to the same points counted together."""
    counted: dict[str, Counter[tuple[Cell, Points]]] = defaultdict(Counter)
    for sheet, alike in facts.answers.alike(round_.instrument, asked):
        subject = sheet.street if asked.level is RatedLevel.STREET else sheet.community
        counted[subject][alike.cell, alike.points] += alike.count
    return {
        subject: [Alike(cell, points, n) for (cell, points), n in its.items()]
        for subject, its in counted.items()
    }


def _named(subjects: Sequence[Subject], key: str) -> Json:
    subject = next(subject for subject in subjects if subject.id == key)
    return {"subject": subject.id, "key": subject.key, "zh": subject.zh, "en": subject.en}


def _known(round_: Round, facts: Facts) -> dict[str, Known]:
    """What a street's card says beside its estimates. Where nobody entered a feature it is missing."""
    return {
        street.id: Known(
            {
                **{
                    severity.value.lower(): Reading(Decimal(count), (round_.code,))
                    for severity, count in facts.items.get(street.id, {}).items()
                },
                **(
                    {"residents": Reading(Decimal(round_.residents[street.id]))}
                    if street.id in round_.residents
                    else {}
                ),
                **{
                    key: Reading(feature.score, (feature.source,))
                    for key, feature in facts.features.get(street.id, {}).items()
                },
            }
        )
        for street in round_.streets
    }
