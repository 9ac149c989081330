"""The text of a leaf as PostgreSQL writes it, the same to the byte as strawberry would.

Columns go by their scalar; what a resolver computes has its twin in SQL here, or is not covered. The
differential test holds both to the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.labels import LABELS
from api.plans.reads import resolver_of
from api.plans.selection import NotCoveredError, Picked
from models import terms
from models.queries.shape import Shape
from models.terms import Language

Bound = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Saying:
    """What the text of a leaf may depend on besides its row."""

    language: Language
    now: Bound
    """The placeholder of the instant asked."""
    person: Bound
    """The placeholder of the viewer's person, NULL for a machine."""
    units: Bound
    """Rows (kind, id) of the bodies the viewer's front-line posts act for."""


def leaf(shape: Shape, picked: Picked, alias: str, saying: Saying) -> str:
    """The SQL of one leaf of a row of `alias`; raises NotCoveredError."""
    if picked.name == "__typename":
        return f"'{shape.name}'::text"
    if picked.name == "id":
        return global_id(shape.name, f"{alias}.id")
    computed = COMPUTED.get((shape.name, picked.name)) or COMPUTED.get(("*", picked.name))
    resolver = resolver_of(picked.field)
    if resolver is not None:
        if computed is None:
            raise NotCoveredError
        return computed(alias, saying)
    column = snake(picked.name)
    if column not in shape.columns:
        raise NotCoveredError
    return SCALARS.get(picked.type_name, plain)(f"{alias}.{column}")


def global_id(type_name: str, key: str) -> str:
    """As `ids.global_id`."""
    return f"'{type_name}:' || {key}"


def snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def plain(value: str) -> str:
    return value


def number(value: str) -> str:
    """A float as Python writes it: a whole one keeps its point."""
    return f"CASE WHEN {value} = trunc({value}) THEN ({value} || '.0')::json ELSE to_json({value}) END"


SCALARS: Mapping[str, Callable[[str], str]] = {
    "Float": number,
    "JSON": plain,
    "Date": lambda value: f"{value}::text",
}
"""How a column is written, by its scalar; all others as they are."""


# What resolvers compute -----------------------------------------------------------------------------

Computed = Callable[[str, Saying], str]


def labelled(kind: type[StrEnum], column: str) -> Computed:
    """An enum member's name in the language of the request."""
    members = LABELS[kind][1]

    def write(alias: str, saying: Saying) -> str:
        arms = " ".join(
            f"WHEN '{name}' THEN '{_quoted(called.told(saying.language))}'"
            for name, called in members.items()
        )
        return f"CASE {alias}.{column} {arms} END"

    return write


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def in_language(stem: str) -> Computed:
    """Of two columns the one in the language of the request."""
    return lambda alias, saying: f"{alias}.{stem}_{saying.language.value}"


def seconds_left(alias: str, saying: Saying) -> str:
    return f"floor(extract(epoch FROM {alias}.due_at - {saying.now()}))::int"


def light(alias: str, saying: Saying) -> str:
    now = saying.now()
    return (
        f"CASE WHEN {alias}.due_at IS NULL THEN NULL WHEN {now} >= {alias}.due_at THEN 'RED' "
        f"WHEN {now} >= coalesce({alias}.yellow_at, {alias}.due_at) THEN 'YELLOW' ELSE 'GREEN' END"
    )


def overdue(alias: str, saying: Saying) -> str:
    return f"coalesce({saying.now()} >= {alias}.due_at, FALSE)"


def while_running(computed: Computed) -> Computed:
    """Null unless the duty's clock runs."""
    return lambda alias, saying: f"CASE WHEN {alias}.status = 'OPEN' THEN {computed(alias, saying)} END"


def whole_seconds(column: str) -> Computed:
    return lambda alias, saying: f"({alias}.{column} / 1000000)::int"


def mine(alias: str, saying: Saying) -> str:
    return f"coalesce({alias}.reporter_id = {saying.person()}, FALSE)"


def masked_name(value: str) -> str:
    """As `access.mask_name`."""
    return f"left({value}, 1) || repeat('*', least(greatest(length({value}) - 1, 1), 3))"


def masked_phone(value: str) -> str:
    """As `access.mask_phone`."""
    return (
        f"CASE WHEN length({value}) >= 11 THEN left({value}, 3) || repeat('*', length({value}) - 7) "
        f"|| right({value}, 4) WHEN length({value}) > 2 THEN repeat('*', length({value}) - 2) "
        f"|| right({value}, 2) ELSE repeat('*', length({value})) END"
    )


def counted_total(alias: str, saying: Saying) -> str:
    """A scorecard's total, or what the office set in its place on appeal."""
    changed = f"SELECT o.total FROM appeals o WHERE o.scorecard_id = {alias}.id"
    return f"coalesce(({changed}), {alias}.total)"


def hidden(value: str) -> str:
    """Words that are not shown at all."""
    return "NULL"


def own_phone(alias: str, saying: Saying) -> str:
    """A person's phone number, masked but for oneself."""
    phone = f"{alias}.phone"
    return f"CASE WHEN {alias}.id = {saying.person()} THEN {phone} ELSE {masked_phone(phone)} END"


OWN = "{alias}.reporter_id"
OF_REPORT = "(SELECT told.reporter_id FROM reports told WHERE told.id = {alias}.report_id)"


def told_to_handlers(column: str, masked: Callable[[str], str], reporter: str = OWN) -> Computed:
    """A reporter's datum: shown to themselves and to the bodies at work on the issue (`masks_reporter`)."""

    def write(alias: str, saying: Saying) -> str:
        value, units = f"{alias}.{column}", saying.units()
        shown = f"""{reporter.format(alias=alias)} = {saying.person()} OR EXISTS (
            SELECT 1 FROM issues its WHERE its.id = {alias}.issue_id
            AND its.stage NOT IN ('FILED', 'CANCELLED') AND (
                ('STREET', its.street_id) IN ({units})
                OR EXISTS (SELECT 1 FROM assignments part WHERE part.issue_id = its.id
                    AND part.status NOT IN ('DONE', 'RETURNED')
                    AND (part.unit_kind, part.unit_id) IN ({units}))
                OR EXISTS (SELECT 1 FROM duties owed WHERE owed.issue_id = its.id
                    AND owed.status IN ('OPEN', 'SUSPENDED')
                    AND (owed.holder_kind, owed.holder_id) IN ({units}))))"""
        return f"CASE WHEN {value} = '' OR {shown} THEN {value} ELSE {masked(value)} END"

    return write


def frozen(alias: str) -> str:
    """The bytes of a published table as text."""
    return f"convert_from({alias}.body, 'UTF8')"


COMPUTED: Mapping[tuple[str, str], Computed] = {
    ("*", "name"): in_language("name"),
    ("Item", "group"): in_language("group"),
    ("Item", "departmentKeys"): lambda alias, saying: f"{alias}.departments",
    ("Item", "levelLabel"): labelled(terms.Level, "level"),
    ("Post", "roleLabel"): labelled(terms.Role, "role"),
    ("Issue", "stageLabel"): labelled(terms.Stage, "stage"),
    ("Issue", "levelLabel"): labelled(terms.Level, "level"),
    ("Issue", "light"): light,
    ("Issue", "timeLeft"): seconds_left,
    ("Issue", "overdue"): overdue,
    ("Person", "phone"): own_phone,
    ("Report", "mine"): mine,
    ("Report", "reporterName"): told_to_handlers("reporter_name", masked_name),
    ("Report", "reporterPhone"): told_to_handlers("reporter_phone", masked_phone),
    ("ReportRating", "ratingLabel"): labelled(terms.Rating, "rating"),
    ("ReportRating", "comment"): told_to_handlers("comment", hidden, OF_REPORT),
    ("ReportMessage", "kindLabel"): labelled(terms.EntryKind, "kind"),
    ("Plan", "statusLabel"): labelled(terms.PlanStatus, "status"),
    ("Return", "outcomeLabel"): labelled(terms.ReturnOutcome, "outcome"),
    ("Extension", "statusLabel"): labelled(terms.ExtensionStatus, "status"),
    ("Handover", "statusLabel"): labelled(terms.HandoverStatus, "status"),
    ("Scorecard", "countedTotal"): counted_total,
    ("Appeal", "outcomeLabel"): labelled(terms.AppealOutcome, "outcome"),
    ("Assignment", "statusLabel"): labelled(terms.AssignmentStatus, "status"),
    ("Duty", "kindLabel"): labelled(terms.DutyKind, "kind"),
    ("Duty", "statusLabel"): labelled(terms.DutyStatus, "status"),
    ("Duty", "allowedSeconds"): whole_seconds("allowed_us"),
    ("Duty", "spentSeconds"): whole_seconds("spent_us"),
    ("Duty", "timeLeft"): while_running(seconds_left),
    ("Duty", "light"): while_running(light),
    ("TimelineEntry", "kindLabel"): labelled(terms.EntryKind, "kind"),
    ("Evidence", "kindLabel"): labelled(terms.EvidenceKind, "kind"),
    ("Evidence", "statusLabel"): labelled(terms.EvidenceStatus, "status"),
    ("Evidence", "refusalLabel"): labelled(terms.EvidenceRefusal, "refusal"),
    ("EvidenceFinding", "kindLabel"): labelled(terms.EvidenceCheck, "kind"),
    ("EvidenceFinding", "weightLabel"): labelled(terms.FindingWeight, "weight"),
    ("EvidenceDeletion", "partLabel"): labelled(terms.DeletedPart, "part"),
    ("Notification", "targetLabel"): labelled(terms.RungTarget, "target"),
    ("Bulletin", "kindLabel"): labelled(terms.BulletinKind, "kind"),
    ("Bulletin", "rulebookVersion"): lambda alias, saying: f"{frozen(alias)}::json ->> 'rulebook'",
    ("Bulletin", "document"): lambda alias, saying: frozen(alias),
    ("ScoreSheet", "raterLabel"): labelled(terms.RaterGroup, "rater"),
    ("ScoreSheet", "score"): lambda alias, saying: f"{alias}.score::text",
    ("Batch", "actionLabel"): labelled(terms.BatchAction, "action"),
    ("Batch", "statusLabel"): labelled(terms.BatchStatus, "status"),
    ("Batch", "extraSeconds"): whole_seconds("extra_us"),
    ("NegativeItem", "statusLabel"): labelled(terms.ItemStatus, "status"),
    ("NegativeItem", "severityLabel"): labelled(terms.Severity, "severity"),
    ("NegativeItem", "light"): light,
    ("NegativeItem", "timeLeft"): seconds_left,
    ("ItemEntry", "kindLabel"): labelled(terms.EntryKind, "kind"),
    ("RectificationCycle", "stepLabel"): labelled(terms.CycleStep, "step"),
    ("RectificationCycle", "light"): light,
    ("CycleEntry", "kindLabel"): labelled(terms.EntryKind, "kind"),
    ("BatchItem", "statusLabel"): labelled(terms.BatchItemStatus, "status"),
    ("Survey", "statusLabel"): labelled(terms.SurveyStatus, "status"),
    ("QuotaCell", "counted"): lambda alias, saying: f"{alias}.submitted - {alias}.excluded",
    ("QuotaCell", "modeLabel"): labelled(terms.SurveyMode, "mode"),
    ("Invitation", "statusLabel"): labelled(terms.InvitationStatus, "status"),
    ("Response", "channelLabel"): labelled(terms.ResponseChannel, "channel"),
    ("ResponseFlag", "reasonLabel"): labelled(terms.FlagReason, "reason"),
}
"""By type and field; "*" holds for every type that has such a field."""
