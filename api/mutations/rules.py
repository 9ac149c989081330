"""Changes of a district's rules: a version is put on record, made the current one, a notice is imported."""

from __future__ import annotations

import asyncio
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, RefusedError, refusable
from api.mutations.commanding import OFF_RECORD
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, said
from api.mutations.results import read
from api.problems import AnyProblem, Problem, ProblemCode
from api.rules import commanded, default_rule
from api.types.record import Asked
from api.types.rulebooks import Calendar, Rulebook
from models.policy import access
from models.policy.access import Rule
from models.queries import commands, rulebooks, shapes
from models.queries.commands import Receipt, Received
from models.queries.loading import VersionTakenError
from models.queries.rulebooks import Asked as OnRecord
from models.rulebooks.loader import LoadedRulebook, load_text
from models.rulebooks.official import load_calendar_text
from models.rulebooks.source import RulebookError
from models.terms import Role

FILE = "yaml"
"""What messages call the text that was given."""
MAY = frozenset({Role.RESPONSE_OFFICE, Role.OPERATOR})
RULE = "RULES: OPERATOR or RESPONSE_OFFICE"
MOST_MISTAKES = 100


@strawberry.input(description="A new version of a district's rulebook.")
class AddRulebookVersionInput:
    idempotency_key: str = said(KEY_WORDS)
    district: ID = said("The district it is for.")
    yaml: str = said("The rulebook, as docs/rulebooks.md writes it; it may extend those that are shipped.")


@strawberry.input(description="Which version new issues take from now on.")
class ActivateRulebookInput:
    idempotency_key: str = said(KEY_WORDS)
    rulebook: ID = said("A version that is on record.")


@strawberry.input(description="An official notice of days off and make-up working days.")
class ImportCalendarInput:
    idempotency_key: str = said(KEY_WORDS)
    district: ID = said("The district that follows it.")
    yaml: str = said("The official calendar, as docs/rulebooks.md writes it.")


@default_rule(Rule.CHANGE_RULES)
@strawberry.type(description="One mistake in a text, and where it stands.")
class RulebookMistake:
    line: int = strawberry.field(description="Its line, from 1.")
    column: int = strawberry.field(description="Its column, from 1.")
    message: str = strawberry.field(description="What is wrong and what would be right, in English.")


@default_rule(Rule.PUBLIC)
@strawberry.type(description="The text is no rulebook or calendar that can be used.")
class RulebookProblem(Problem):
    mistakes: list[RulebookMistake] = strawberry.field(
        description=f"Every mistake, in the order of the text; {MOST_MISTAKES} at most."
    )


@default_rule(Rule.CHANGE_RULES)
@strawberry.type(description="The version is on record; nothing runs under it yet.")
class RulebookVersionAdded:
    rulebook: Rulebook = strawberry.field(description="The version.")


@default_rule(Rule.CHANGE_RULES)
@strawberry.type(description="New issues take this version; running ones keep theirs.")
class RulebookActivated:
    rulebook: Rulebook = strawberry.field(description="The version.")


@default_rule(Rule.CHANGE_RULES)
@strawberry.type(
    description="New issues are reckoned with these days; running ones keep theirs until RECOMPUTE."
)
class CalendarImported:
    calendar: Calendar = strawberry.field(description="The district's current calendar.")


AddRulebookVersionResult: TypeAlias = Annotated[
    RulebookVersionAdded | RulebookProblem | AnyProblem,
    strawberry.union("AddRulebookVersionResult", description=DONE),
]
ActivateRulebookResult: TypeAlias = Annotated[
    RulebookActivated | AnyProblem, strawberry.union("ActivateRulebookResult", description=DONE)
]
ImportCalendarResult: TypeAlias = Annotated[
    CalendarImported | RulebookProblem | AnyProblem,
    strawberry.union("ImportCalendarResult", description=DONE),
]


@strawberry.type
class RulesMutation:
    @commanded(Rule.SIGNED_IN, "Puts a new version of the rulebook on record. Nothing runs under it yet.")
    @refusable
    async def add_rulebook_version(
        self, info: Asked, input: Annotated[AddRulebookVersionInput, COMMAND]
    ) -> AddRulebookVersionResult:
        asking = Asking(info.context, "ADD_RULEBOOK_VERSION", input.idempotency_key)
        command = asking.id
        district = await own_district(asking, input.district, "input.district")
        loaded = await rulebook_of(asking, input.yaml, district, "input.yaml")
        await _check_ground(asking, loaded)
        asked = _on_record(asking, command, [str(district), loaded.digest])
        try:
            received = await rulebooks.add(loaded, asked)
        except VersionTakenError:
            raise asking.invalid("input.yaml", "VERSION_TAKEN", version=loaded.rulebook.version) from None
        return RulebookVersionAdded(
            rulebook=await read(info.context, shapes.RULEBOOK, _result(asking, received))
        )

    @commanded(Rule.SIGNED_IN, "Makes a version the one that new issues take.")
    @refusable
    async def activate_rulebook(
        self, info: Asked, input: Annotated[ActivateRulebookInput, COMMAND]
    ) -> ActivateRulebookResult:
        asking = Asking(info.context, "ACTIVATE_RULEBOOK", input.idempotency_key)
        command = asking.id
        version = asking.key("input.rulebook", input.rulebook, "Rulebook")[1]
        await own_version(asking, version, "input.rulebook")
        received = await rulebooks.activate(version, _on_record(asking, command, [str(version)]))
        info.context.loaders.forget()
        return RulebookActivated(
            rulebook=await read(info.context, shapes.RULEBOOK, _result(asking, received))
        )

    @commanded(Rule.SIGNED_IN, "Imports an official notice as the district's current calendar.")
    @refusable
    async def import_calendar(
        self, info: Asked, input: Annotated[ImportCalendarInput, COMMAND]
    ) -> ImportCalendarResult:
        asking = Asking(info.context, "IMPORT_CALENDAR", input.idempotency_key)
        command = asking.id
        district = await own_district(asking, input.district, "input.district")
        try:
            notice = load_calendar_text(input.yaml, FILE)
        except RulebookError as error:
            raise mistaken(asking, error, "input.yaml") from None
        asked = _on_record(asking, command, [str(district), vars(notice)])
        try:
            received = await rulebooks.import_notice(district, notice, asked)
        except VersionTakenError:
            raise asking.invalid("input.yaml", "VERSION_TAKEN", version=notice.version) from None
        if received is None:
            raise asking.invalid("input.district", "ROUND_THE_CLOCK")
        return CalendarImported(calendar=await read(info.context, shapes.CALENDAR, _result(asking, received)))


# What the dry run shares --------------------------------------------------------------------------------


async def own_district(asking: Asking, given: ID, field: str) -> UUID:
    """The district of the input, where the viewer may change its rules."""
    district = asking.key(field, given, "District")[1]
    await _entitled(asking, district, field)
    return district


async def own_version(asking: Asking, version: UUID, field: str) -> UUID:
    """The district of a version on record, where the viewer may change its rules."""
    district = await rulebooks.district_of(version)
    if district is None:
        raise asking.refuse(asking.problems.not_found(field, "rulebook"))
    await _entitled(asking, district, field)
    return district


async def rulebook_of(asking: Asking, text: str, district: UUID, field: str) -> LoadedRulebook:
    """The rulebook of a text, for this district; refuses it with every mistake."""
    try:
        loaded = await asyncio.to_thread(load_text, text, FILE)
    except RulebookError as error:
        raise mistaken(asking, error, field) from None
    if loaded.rulebook.district != await rulebooks.district_key(district):
        raise asking.invalid(field, "OTHER_DISTRICT")
    return loaded


def mistaken(asking: Asking, error: RulebookError, field: str) -> RefusedError:
    """Every mistake of a text as one problem."""
    found = error.problems[:MOST_MISTAKES]
    problem = RulebookProblem(
        code=ProblemCode.INVALID_INPUT,
        message=f"`{field}` {asking.problems.words('MISTAKES', found=len(error.problems))}",
        field=field,
        mistakes=[RulebookMistake(line=p.at.line, column=p.at.column, message=p.message) for p in found],
    )
    return RefusedError(problem)


async def _entitled(asking: Asking, district: UUID, field: str) -> None:
    viewer = asking.context.viewer
    posts = [post for post in viewer.posts if post.role in MAY]
    if not posts:
        reason = access.Refusal.WRONG_ROLE if viewer.subject else access.Refusal.NOT_SIGNED_IN
        raise asking.refuse(asking.problems.forbidden(reason, RULE, field))
    post = next((post for post in posts if post.district == district), None)
    if post is None:
        raise asking.refuse(asking.problems.not_found(field, "district"))
    if not await commands.holds(viewer.person, post.id):
        raise asking.refuse(asking.problems.forbidden(access.Refusal.WRONG_ROLE, OFF_RECORD, field))


async def _check_ground(asking: Asking, loaded: LoadedRulebook) -> None:
    fault = await rulebooks.ground_fault(loaded.district)
    if fault is not None:
        raise asking.invalid("input.yaml", "GROUND", what=fault.value.lower())


def _on_record(asking: Asking, command: UUID, content: list[object]) -> OnRecord:
    fingerprint = commands.digest(asking.command, content)
    return OnRecord(command, asking.actor, asking.command, fingerprint, asking.context.now())


def _result(asking: Asking, received: Received) -> UUID:
    if received.receipt is Receipt.CONFLICT or received.result is None:
        raise asking.refuse(asking.problems.key_reused())
    return received.result
