"""Publishing bulletins, and entering the score sheets of a year (domain guide 3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, refusable
from api.mutations.entitling import entitled
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, said
from api.mutations.results import BulletinPublished, ScoreSheetsEntered, ScoreSheetWithdrawn, read
from api.problems import AnyProblem
from api.rules import commanded
from api.types.record import Asked
from models.policy.access import Post, Rule
from models.policy.acts import Act, Ground
from models.policy.bulletin.period import Period, period
from models.policy.text import TextRule
from models.queries import bulletins, commands, score_sheets, shapes
from models.queries.commands import Receipt
from models.queries.score_sheets import NewSheet
from models.terms import RaterGroup

MOST_SHEETS = 100
FULL_SCORE = 100
NUMBER = TextRule(40)
EARLIEST_YEAR = 2000
OFFICE = "The response office's to do."

PublishBulletinResult: TypeAlias = Annotated[
    BulletinPublished | AnyProblem, strawberry.union("PublishBulletinResult", description=DONE)
]
PublishAnnualReviewResult: TypeAlias = Annotated[
    BulletinPublished | AnyProblem, strawberry.union("PublishAnnualReviewResult", description=DONE)
]
EnterScoreSheetsResult: TypeAlias = Annotated[
    ScoreSheetsEntered | AnyProblem, strawberry.union("EnterScoreSheetsResult", description=DONE)
]
WithdrawScoreSheetResult: TypeAlias = Annotated[
    ScoreSheetWithdrawn | AnyProblem, strawberry.union("WithdrawScoreSheetResult", description=DONE)
]


@strawberry.input(description="A month whose tables are to be out.")
class PublishBulletinInput:
    idempotency_key: str = said(KEY_WORDS)
    district: ID = said("Whose.")
    month: str = said("Which month that is over, e.g. 2026-03.")


@strawberry.input(description="A year whose reverse reviews are to be out.")
class PublishAnnualReviewInput:
    idempotency_key: str = said(KEY_WORDS)
    district: ID = said("Whose.")
    year: int = said("Which year that is over. Score sheets that are entered later do not count.")


@strawberry.input(description="One score sheet 评分表, as it stands on paper.")
class ScoreSheetInput:
    number: str = said("Its number, as printed; each is entered once a year.")
    department: ID = said("Who is scored.")
    community: ID = said("Where it comes from.")
    rater: RaterGroup = said("Who filled it in.")
    score: float = said("From 0 to 100, with at most two decimals.")


@strawberry.input(description="Score sheets of one year.")
class EnterScoreSheetsInput:
    idempotency_key: str = said(KEY_WORDS)
    year: int = said("The year they are about.")
    sheets: list[ScoreSheetInput] = said(f"From 1 to {MOST_SHEETS}; all are entered, or none.")


@strawberry.input(description="A score sheet that was entered wrongly.")
class WithdrawScoreSheetInput:
    idempotency_key: str = said(KEY_WORDS)
    sheet: ID = said("The sheet. Enter its number again as it is right.")


@strawberry.type
class BulletinMutation:
    @commanded(
        Rule.SIGNED_IN, f"通报: publishes the tables of a month; what is out already stays as it is. {OFFICE}"
    )
    @refusable
    async def publish_bulletin(
        self, info: Asked, input: Annotated[PublishBulletinInput, COMMAND]
    ) -> PublishBulletinResult:
        asking = Asking(info.context, "PUBLISH_BULLETIN", input.idempotency_key)
        of = period(input.month)
        return await _published(asking, input.district, of if of and of.monthly else None, "input.month")

    @commanded(
        Rule.SIGNED_IN,
        "逆向评议年度得分: publishes process score and score sheets of a year, 7 : 3; what is out already "
        f"stays as it is. {OFFICE}",
    )
    @refusable
    async def publish_annual_review(
        self, info: Asked, input: Annotated[PublishAnnualReviewInput, COMMAND]
    ) -> PublishAnnualReviewResult:
        asking = Asking(info.context, "PUBLISH_ANNUAL_REVIEW", input.idempotency_key)
        return await _published(asking, input.district, period(str(input.year)), "input.year")

    @commanded(
        Rule.SIGNED_IN,
        "评分表: enters score sheets of communities and residents. The office's to do, a street's for its "
        "communities, a community's for itself.",
    )
    @refusable
    async def enter_score_sheets(
        self, info: Asked, input: Annotated[EnterScoreSheetsInput, COMMAND]
    ) -> EnterScoreSheetsResult:
        asking = Asking(info.context, "ENTER_SCORE_SHEETS", input.idempotency_key)
        command = asking.id
        sheets = _sheets(asking, input)
        ground, post = await _entitled_to_all(asking, sheets)
        if not all(await score_sheets.of_district([s.department for s in sheets], ground.district)):
            raise asking.refuse(asking.problems.not_found("input.sheets", "department"))
        fingerprint = commands.digest("ENTER_SCORE_SHEETS", [input.year, [str(sheet) for sheet in sheets]])
        if not await asking.done_before(command, fingerprint):
            await _check_year(asking, ground.district, input.year)
        entered = await score_sheets.enter(
            sheets,
            district=ground.district,
            year=input.year,
            post=post.id,
            command=command,
            actor=asking.actor,
            fingerprint=fingerprint,
            now=info.context.now(),
        )
        if entered.receipt is Receipt.CONFLICT:
            raise asking.refuse(asking.problems.key_reused())
        if entered.taken:
            raise asking.invalid("input.sheets", "SHEETS_TAKEN", numbers=", ".join(entered.taken))
        return ScoreSheetsEntered(
            sheets=[await read(info.context, shapes.SCORE_SHEET, key) for key in entered.sheets]
        )

    @commanded(
        Rule.SIGNED_IN, "Takes a score sheet back that was entered wrongly, as long as its year is not out."
    )
    @refusable
    async def withdraw_score_sheet(
        self, info: Asked, input: Annotated[WithdrawScoreSheetInput, COMMAND]
    ) -> WithdrawScoreSheetResult:
        asking = Asking(info.context, "WITHDRAW_SCORE_SHEET", input.idempotency_key)
        command, key = asking.id, asking.key("input.sheet", input.sheet, "ScoreSheet")[1]
        sheet = await score_sheets.on_record(key)
        if sheet is None:
            raise asking.refuse(asking.problems.not_found("input.sheet", "score sheet"))
        await entitled(asking, Act.ENTER_SCORE_SHEETS, sheet.ground, "input.sheet")
        fingerprint = commands.digest("WITHDRAW_SCORE_SHEET", str(key))
        if not await asking.done_before(command, fingerprint):
            await _check_year(asking, sheet.ground.district, sheet.year, "input.sheet")
        done = await score_sheets.withdraw(
            key, command=command, actor=asking.actor, fingerprint=fingerprint, now=info.context.now()
        )
        if done is Receipt.CONFLICT:
            raise asking.refuse(asking.problems.key_reused())
        return ScoreSheetWithdrawn(sheet=await read(info.context, shapes.SCORE_SHEET, key))


async def _published(asking: Asking, given: ID, of: Period | None, field: str) -> BulletinPublished:
    context = asking.context
    command, district = asking.id, asking.key("input.district", given, "District")[1]
    await entitled(asking, Act.PUBLISH_BULLETIN, Ground(district), "input.district")
    if of is None:
        raise asking.invalid(field, "PERIOD")
    fingerprint = commands.digest(asking.command, [str(district), of.name])
    known = await commands.known(command, fingerprint)
    if known.receipt is Receipt.CONFLICT:
        raise asking.refuse(asking.problems.key_reused())
    try:
        made = await bulletins.publish(
            district,
            of,
            context.now(),
            by=bulletins.By(command, asking.actor, asking.command, fingerprint),
        )
    except bulletins.NotOverError:
        raise asking.invalid(field, "NOT_OVER") from None
    except bulletins.NoRulesError:
        raise asking.invalid("input.district", "NO_TABLE") from None
    return BulletinPublished(bulletins=[await read(context, shapes.BULLETIN, key) for key in made])


def _sheets(asking: Asking, input: EnterScoreSheetsInput) -> list[NewSheet]:
    if not 1 <= len(input.sheets) <= MOST_SHEETS:
        raise asking.invalid("input.sheets", "COUNT_OF_SHEETS", most=MOST_SHEETS)
    sheets = [_sheet(asking, given, f"input.sheets[{n}]") for n, given in enumerate(input.sheets)]
    numbers = [sheet.number for sheet in sheets]
    if twice := sorted({number for number in numbers if numbers.count(number) > 1}):
        raise asking.invalid("input.sheets", "SHEETS_TAKEN", numbers=", ".join(twice))
    return sheets


def _sheet(asking: Asking, given: ScoreSheetInput, field: str) -> NewSheet:
    # The shortest text that is this float is what was typed.
    score = Decimal(str(given.score))
    if not 0 <= score <= FULL_SCORE or score != round(score, 2):
        raise asking.invalid(f"{field}.score", "SHEET_SCORE", most=FULL_SCORE)
    return NewSheet(
        number=asking.text(f"{field}.number", given.number, NUMBER),
        department=asking.key(f"{field}.department", given.department, "Department")[1],
        community=asking.key(f"{field}.community", given.community, "Community")[1],
        rater=given.rater,
        score=round(score, 2),
    )


async def _entitled_to_all(asking: Asking, sheets: list[NewSheet]) -> tuple[Ground, Post]:
    """The district all sheets are of, and the post that enters them; refuses where one is out of reach."""
    communities = list({sheet.community for sheet in sheets})
    found: dict[UUID, Ground] = {}
    for key, ground in zip(communities, await score_sheets.grounds(communities), strict=True):
        if ground is None:
            raise asking.refuse(asking.problems.not_found("input.sheets", "community"))
        found[key] = ground
    if len({ground.district for ground in found.values()}) > 1:
        raise asking.invalid("input.sheets", "ONE_DISTRICT")
    posts = [await entitled(asking, Act.ENTER_SCORE_SHEETS, g, "input.sheets") for g in found.values()]
    return found[sheets[0].community], posts[0]


async def _check_year(asking: Asking, district: UUID, year: int, field: str = "input.year") -> None:
    latest = asking.context.now().year + 1  # the district's new year may be some hours ahead of ours
    if not EARLIEST_YEAR <= year <= latest:
        raise asking.invalid(field, "RANGE", least=EARLIEST_YEAR, most=latest)
    if await score_sheets.closed(district, year):
        raise asking.invalid(field, "YEAR_OUT", year=year)
