"""What can be read of the satisfaction cycle: negative items, opinions, the cycle and its lines."""

from __future__ import annotations

from models.queries.guards import Guard
from models.queries.shape import (
    CODE,
    DUE_AT,
    NUMBER,
    TIME,
    TO_COMMUNITY,
    TO_CYCLE,
    TO_DISTRICT,
    TO_ISSUE,
    TO_POST,
    TO_STREET,
    Shape,
    Sort,
    ToMany,
    ToOne,
    columns,
)
from models.queries.survey_shapes import CREATED_AT, TO_SURVEY

DUTIES = "(x.status IN ('OPEN', 'SUSPENDED')) DESC, x.due_at, x.opened_at, x.id"

NEGATIVE_ITEM = Shape(
    "NegativeItem",
    "negative_items",
    Guard.ITEM,
    columns(
        "code district_id survey_id street_id community_id indicator_key category title severity status "
        "departmental issue_id rulebook_version suspended seq round asked answered satisfied yellow_at "
        "due_at created_at issued_at rectified_at closed_at"
    ),
    {"CREATED_AT": CREATED_AT, "CODE": CODE, "DUE_AT": DUE_AT},
    to_one={
        "district": TO_DISTRICT,
        "survey": TO_SURVEY,
        "street": TO_STREET,
        "community": TO_COMMUNITY,
        "issue": TO_ISSUE,
    },
    to_many={
        "timeline": ToMany("ItemEntry", "item_id", "SEQ"),
        "duties": ToMany("Duty", "negative_item_id", "DUE_AT", order_by=DUTIES),
        "opinions": ToMany("Opinion", "item_id", "CREATED_AT"),
    },
)
ITEM_ENTRY = Shape(
    "ItemEntry",
    "item_entries",
    Guard.BELOW_ITEM,
    columns("item_id seq kind status at owed_at post_id rule note data"),
    {"SEQ": Sort("seq", NUMBER, "Its number within the item.", ties=False)},
    to_one={"item": ToOne("NegativeItem", "item_id"), "post": TO_POST},
)
CYCLE = Shape(
    "RectificationCycle",
    "rectification_cycles",
    Guard.OPEN,
    columns("district_id survey_id code step seq yellow_at due_at started_at ended_at"),
    {"STARTED_AT": Sort("started_at", TIME, "When it began."), "CODE": CODE},
    to_one={"district": TO_DISTRICT, "survey": TO_SURVEY},
    to_many={
        "timeline": ToMany("CycleEntry", "cycle_id", "SEQ"),
        "duties": ToMany("Duty", "cycle_id", "DUE_AT", order_by=DUTIES),
    },
)
CYCLE_ENTRY = Shape(
    "CycleEntry",
    "cycle_entries",
    Guard.OPEN,
    columns("cycle_id seq kind step at owed_at post_id rule note data"),
    {"SEQ": Sort("seq", NUMBER, "Its number within the cycle.", ties=False)},
    to_one={"cycle": TO_CYCLE, "post": TO_POST},
)
RECTIFICATION = (NEGATIVE_ITEM, ITEM_ENTRY, CYCLE, CYCLE_ENTRY)
