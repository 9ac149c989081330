"""Expected refusals of mutations: typed members of every result union, in both languages.

A refusal has changed nothing. `code` is stable, `field` names the input at fault, and the message says
what was wrong and what would be right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum, StrEnum
from uuid import UUID

import strawberry

from api.ids import global_id
from api.labels import LABELS, label
from api.rules import default_rule
from api.wordings import IN_ENGLISH, MESSAGES, NOUNS, STATES, WRONG_INPUTS
from models import terms
from models.policy import access, steps
from models.policy.access import Rule
from models.policy.evidence.gate import Missing
from models.policy.steps import RefusalCode
from models.policy.text import TextFault, TextRule
from models.terms import Language
from storage.evidence import ALLOWED_CONTENT_TYPES, MAX_SIZE, EvidenceFault


@strawberry.enum(description="Stable codes of expected refusals.")
class ProblemCode(Enum):
    INVALID_INPUT = strawberry.enum_value(
        "INVALID_INPUT", description="An input is wrong; `field` says which."
    )
    NOT_FOUND = strawberry.enum_value(
        "NOT_FOUND", description="There is no such thing, or it is outside your scope."
    )
    NOT_SIGNED_IN = strawberry.enum_value("NOT_SIGNED_IN", description="A bearer token is needed.")
    WRONG_ROLE = strawberry.enum_value("WRONG_ROLE", description="None of your posts may do this.")
    WRONG_PLACE = strawberry.enum_value("WRONG_PLACE", description="It lies outside your post's place.")
    WRONG_UNIT = strawberry.enum_value("WRONG_UNIT", description="Another unit handles this part.")
    NOT_REPORTER = strawberry.enum_value(
        "NOT_REPORTER", description="Only whoever reported it says how it went."
    )
    OWN_WORK = strawberry.enum_value("OWN_WORK", description="Whoever handled it may not verify it.")
    WRONG_STAGE = strawberry.enum_value("WRONG_STAGE", description="The issue's stage does not allow it.")
    WRONG_LEVEL = strawberry.enum_value("WRONG_LEVEL", description="The issue's level does not allow it.")
    WRONG_STATUS = strawberry.enum_value(
        "WRONG_STATUS", description="The assignment's status does not allow it."
    )
    ROUTED = strawberry.enum_value("ROUTED", description="Somebody has a part in the issue already.")
    NOT_OWED = strawberry.enum_value("NOT_OWED", description="No duty of this kind is open.")
    TOO_LATE = strawberry.enum_value("TOO_LATE", description="The due time has passed.")
    NOTHING_TO_CHANGE = strawberry.enum_value(
        "NOTHING_TO_CHANGE", description="It is already as the command would make it."
    )
    TOO_MANY = strawberry.enum_value("TOO_MANY", description="It was done as often as the rulebook lets.")
    SIGNED = strawberry.enum_value(
        "SIGNED", description="The viewer signed it already; somebody else of the street must sign too."
    )
    NOT_OPEN = strawberry.enum_value("NOT_OPEN", description="The round is not open for answers.")
    ALREADY_ANSWERED = strawberry.enum_value(
        "ALREADY_ANSWERED", description="Other answers were handed in for this invitation; they stay."
    )
    KEY_REUSED = strawberry.enum_value(
        "KEY_REUSED", description="The idempotency key was used with other input."
    )
    EVIDENCE_MISSING = strawberry.enum_value(
        "EVIDENCE_MISSING", description="The rulebook asks this step for photos that are not there."
    )
    UNAVAILABLE = strawberry.enum_value(
        "UNAVAILABLE", description="A service is away; send the same again shortly."
    )


@default_rule(Rule.PUBLIC)
@strawberry.interface(description="Why a mutation was refused; nothing was changed.")
class Problem:
    code: ProblemCode = strawberry.field(description="Stable code of the refusal.")
    message: str = strawberry.field(
        description="What was wrong and what would be right, in the language asked for."
    )
    field: str | None = strawberry.field(
        description="The input at fault, e.g. `input.title`; null where it is none in particular."
    )


@strawberry.type(description="An input is missing, too long or otherwise not what it must be.")
class InvalidInputProblem(Problem):
    pass


@strawberry.type(description="There is no such thing, or it is outside the viewer's scope.")
class NotFoundProblem(Problem):
    pass


@strawberry.type(description="The viewer's posts do not allow it.")
class ForbiddenProblem(Problem):
    rule: str = strawberry.field(description="The line of the policy table that decided.")


@strawberry.type(description="The issue is not at a point where this can be done.")
class WrongStageProblem(Problem):
    found: str = strawberry.field(description="Where it stands.")
    expected: list[str] = strawberry.field(description="Where it would have to stand.")


@strawberry.type(description="The idempotency key was used before with other input.")
class KeyReusedProblem(Problem):
    pass


@strawberry.type(description="It could not be done now; sending the same again does no harm.")
class UnavailableProblem(Problem):
    retry_after_seconds: int = strawberry.field(description="When to send it again.")


@default_rule(Rule.PUBLIC)
@strawberry.type(description="A photo of a kind that is missing, which does not count.")
class BlockedEvidence:
    evidence: strawberry.ID = strawberry.field(description="The photo's id.")
    kind: terms.EvidenceKind = strawberry.field(description="What it shows.")
    findings: list[terms.EvidenceCheck] = strawberry.field(description="What was found of it and blocks it.")


@strawberry.type(description="The rulebook asks this step for photos that are not there.")
class MissingEvidenceProblem(Problem):
    step: terms.EvidenceStep = strawberry.field(description="The step.")
    missing: list[terms.EvidenceKind] = strawberry.field(
        description="The kinds of which an accepted photo is missing."
    )
    blocked: list[BlockedEvidence] = strawberry.field(
        description="Photos of these kinds that were sent and do not count."
    )
    rule: str = strawberry.field(description="The line of the rulebook that asks for them.")


AnyProblem = (
    InvalidInputProblem
    | NotFoundProblem
    | ForbiddenProblem
    | WrongStageProblem
    | MissingEvidenceProblem
    | KeyReusedProblem
    | UnavailableProblem
)

RETRY_AFTER_SECONDS = 2

STANDINGS: Mapping[RefusalCode, tuple[type[StrEnum], ...]] = {
    RefusalCode.WRONG_STAGE: (terms.Stage,),
    RefusalCode.WRONG_LEVEL: (terms.Level,),
    RefusalCode.WRONG_STATUS: (
        terms.AssignmentStatus,
        terms.DutyStatus,
        terms.PlanStatus,
        terms.ExtensionStatus,
        terms.Rating,
        terms.ItemStatus,
        terms.CycleStep,
        terms.SurveyStatus,
    ),
    RefusalCode.BAD_INPUT: (terms.UnitKind, terms.Rating),
    RefusalCode.ROUTED: (terms.Stage,),
    RefusalCode.NOT_OWED: (terms.DutyKind,),
}
"""What kind of thing a refusal says it found and would have expected; the first that knows a member."""

MOST_DEPARTMENTS = 20


class Problems:
    """Makes problems in the language of one request."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._column = 1 if language is Language.ZH else 0

    def words(self, key: str, **params: object) -> str:
        return MESSAGES[key][self._column].format(**params)

    def invalid(self, field: str, key: str, **params: object) -> InvalidInputProblem:
        """An input at fault; the message begins with its name."""
        return InvalidInputProblem(
            code=ProblemCode.INVALID_INPUT,
            message=f"`{field}` {self.words(key, **params)}",
            field=field,
        )

    def text(self, field: str, fault: TextFault, rule: TextRule) -> InvalidInputProblem:
        return self.invalid(field, fault.value, most=rule.most)

    def announcement(self, field: str, fault: EvidenceFault) -> InvalidInputProblem:
        """Why a photo of this kind cannot be announced."""
        types = ", ".join(sorted(ALLOWED_CONTENT_TYPES))
        return self.invalid(field, f"ANNOUNCED_{fault.value}", types=types, most=MAX_SIZE)

    def upload(self, field: str, fault: EvidenceFault) -> InvalidInputProblem:
        """In what the bytes in the store differ from what was announced."""
        return self.invalid(field, f"UPLOADED_{fault.value}")

    def missing_evidence(self, field: str, lacking: Missing) -> MissingEvidenceProblem:
        """The list of what a step lacks."""
        zh = self._language is Language.ZH
        named = ("、" if zh else ", ").join(label(kind, self._language) for kind in lacking.kinds)
        blocked = [
            BlockedEvidence(
                evidence=strawberry.ID(global_id("Evidence", UUID(one.id))),
                kind=one.kind,
                findings=list(one.blocked),
            )
            for one in lacking.blocked
        ]
        key = "EVIDENCE_BLOCKED" if blocked else "EVIDENCE_MISSING"
        found = sorted({check for one in lacking.blocked for check in one.blocked})
        why = ("、" if zh else ", ").join(label(check, self._language) for check in found)
        return MissingEvidenceProblem(
            code=ProblemCode.EVIDENCE_MISSING,
            message=self.words(key, kinds=named, why=why),
            field=field,
            step=lacking.step,
            missing=list(lacking.kinds),
            blocked=blocked,
            rule=lacking.rule,
        )

    def not_found(self, field: str, what: str) -> NotFoundProblem:
        noun = (NOUNS if self._language is Language.ZH else IN_ENGLISH).get(what, what)
        return NotFoundProblem(
            code=ProblemCode.NOT_FOUND, message=self.words("NOT_FOUND", what=noun), field=field
        )

    def forbidden(self, reason: access.Refusal, rule: str, field: str | None = None) -> ForbiddenProblem:
        """Not allowed to this viewer; `field` names what it was asked of."""
        return ForbiddenProblem(
            code=ProblemCode(reason.value),
            message=self.words(reason.value, rule=rule),
            field=None if reason is access.Refusal.NOT_SIGNED_IN else field,
            rule=rule,
        )

    def key_reused(self) -> KeyReusedProblem:
        return KeyReusedProblem(
            code=ProblemCode.KEY_REUSED,
            message=self.words("KEY_REUSED"),
            field="input.idempotencyKey",
        )

    def unavailable(self) -> UnavailableProblem:
        return UnavailableProblem(
            code=ProblemCode.UNAVAILABLE,
            message=self.words("UNAVAILABLE"),
            field=None,
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )

    def not_open(self, field: str) -> WrongStageProblem:
        """The round takes no answers, or not any more."""
        return WrongStageProblem(
            code=ProblemCode.NOT_OPEN,
            message=self.words("NOT_OPEN"),
            field=field,
            found=terms.SurveyStatus.CLOSED.value,
            expected=[terms.SurveyStatus.OPEN.value],
        )

    def already_answered(self, field: str) -> WrongStageProblem:
        """What was handed in stays as it is."""
        return WrongStageProblem(
            code=ProblemCode.ALREADY_ANSWERED,
            message=self.words("ALREADY_ANSWERED"),
            field=field,
            found=terms.InvitationStatus.ANSWERED.value,
            expected=[terms.InvitationStatus.SENT.value, terms.InvitationStatus.OPENED.value],
        )

    def round_stands(
        self, field: str, found: terms.SurveyStatus, expected: Sequence[terms.SurveyStatus]
    ) -> WrongStageProblem:
        """The round is not where the command needs it."""
        called = LABELS[terms.SurveyStatus][1]
        zh = self._language is Language.ZH
        names = [called[one.name].zh if zh else one.value for one in (found, *expected)]
        return WrongStageProblem(
            code=ProblemCode.WRONG_STATUS,
            message=self.words("ROUND_STATUS", found=names[0], expected=", ".join(names[1:])),
            field=field,
            found=found.value,
            expected=[one.value for one in expected],
        )

    def closed(self, stage: str, field: str = "issue") -> AnyProblem:
        """The issue is filed or cancelled; `field` named it, or something that belongs to it."""
        return self.refused(replace(steps.closed_refusal(stage), field=field))

    def signed(self, field: str) -> ForbiddenProblem:
        """The viewer's own signature is there; it takes two people."""
        rule = "REVIEW: two different people"
        return ForbiddenProblem(
            code=ProblemCode.SIGNED, message=self.words("SIGNED", rule=rule), field=field, rule=rule
        )

    def refused(self, refusal: steps.Refusal, named_by: str | None = None) -> AnyProblem:
        """A case's refusal as the edge says it; `named_by` is the input at fault, where it differs."""
        field = named_by or f"input.{refusal.field}"
        expected = self._called(refusal.code, *refusal.expected)
        match refusal.code:
            case RefusalCode.NOT_FOUND:
                return self.not_found(field, refusal.field)
            case RefusalCode.SAME_PERSON:
                return self.forbidden(
                    access.Refusal.OWN_WORK, "VERIFY: someone other than the handler", field
                )
            case RefusalCode.BAD_INPUT:
                return self._wrong_input(field, refusal, expected)
            case RefusalCode.WRONG_LEVEL if refusal.field == "level":
                return self.invalid(field, "INPUT", expected=expected)
        never = refusal.code is RefusalCode.WRONG_STATUS and not refusal.expected
        return WrongStageProblem(
            code=ProblemCode(refusal.code.value),
            message=self.words(
                f"{refusal.code.value}_FOR_GOOD" if never else refusal.code.value,
                found=self._called(refusal.code, refusal.found),
                expected=expected,
            ),
            field=field,
            found=refusal.found,
            expected=list(refusal.expected),
        )

    def _wrong_input(self, field: str, refusal: steps.Refusal, expected: str) -> InvalidInputProblem:
        least, most = (*refusal.expected, "", "")[:2]
        if refusal.field == "departments":
            least, most = "1", str(MOST_DEPARTMENTS)
        key = WRONG_INPUTS.get(refusal.field.rpartition(".")[2], "INPUT")
        return self.invalid(field, key, expected=expected, least=least, most=most)

    def _called(self, code: RefusalCode, *members: str) -> str:
        """Enum members in words: by their names in Chinese, in English as the schema has them."""
        if self._language is Language.EN:
            return ", ".join(STATES[name].en if name in STATES else name for name in members)
        known = [STATES, *(LABELS[kind][1] for kind in STANDINGS.get(code, ()))]
        if len(known) == 1 and not STATES.keys() & set(members):
            return ", ".join(members)
        named = (next((names[name].zh for names in known if name in names), name) for name in members)
        return "、".join(f"“{name}”" for name in named)


CODES_IN_CHINESE: Mapping[ProblemCode, str] = {
    ProblemCode.INVALID_INPUT: "某项输入有误，见 `field`。",
    ProblemCode.NOT_FOUND: "不存在，或不在您的权限范围内。",
    ProblemCode.NOT_SIGNED_IN: "需要登录令牌。",
    ProblemCode.WRONG_ROLE: "您的岗位不能进行此操作。",
    ProblemCode.WRONG_PLACE: "不在您岗位的辖区内。",
    ProblemCode.WRONG_UNIT: "该部分由其他单位承办。",
    ProblemCode.NOT_REPORTER: "只有反映人本人可以进行此操作。",
    ProblemCode.OWN_WORK: "承办人不能核实自己的工作。",
    ProblemCode.WRONG_STAGE: "问题所处阶段不允许此操作。",
    ProblemCode.WRONG_LEVEL: "问题级别不允许此操作。",
    ProblemCode.WRONG_STATUS: "承办状态不允许此操作。",
    ProblemCode.ROUTED: "该问题已有单位承办。",
    ProblemCode.NOT_OWED: "目前没有此项待办。",
    ProblemCode.TOO_LATE: "已超过时限。",
    ProblemCode.NOTHING_TO_CHANGE: "内容已符合该操作的结果，无需更改。",
    ProblemCode.TOO_MANY: "已达到规则允许的次数。",
    ProblemCode.SIGNED: "您已签字，须由街道的另一人签字。",
    ProblemCode.NOT_OPEN: "该轮考评未开放作答。",
    ProblemCode.ALREADY_ANSWERED: "该邀请已提交其他答案，以已提交的为准。",
    ProblemCode.KEY_REUSED: "该幂等键已用于不同的输入。",
    ProblemCode.EVIDENCE_MISSING: "规则要求此步骤提交的照片尚不齐全。",
    ProblemCode.UNAVAILABLE: "服务暂时不可用，请稍后以相同内容重试。",
}
"""What each code is for; in English the schema says it."""
