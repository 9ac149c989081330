"""Expected refusals of mutations: typed members of every result union, in both languages.

A refusal has changed nothing. `code` is stable, `field` names the input at fault, and the message says
what was wrong and what would be right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum, StrEnum

import strawberry

from api.labels import LABELS
from api.rules import default_rule
from models import terms
from models.policy import access, steps
from models.policy.access import Rule
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
    KEY_REUSED = strawberry.enum_value(
        "KEY_REUSED", description="The idempotency key was used with other input."
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


AnyProblem = (
    InvalidInputProblem
    | NotFoundProblem
    | ForbiddenProblem
    | WrongStageProblem
    | KeyReusedProblem
    | UnavailableProblem
)

RETRY_AFTER_SECONDS = 2

MESSAGES: Mapping[str, tuple[str, str]] = {
    "BLANK": ("must not be blank", "不能为空"),
    "TOO_LONG": ("must be at most {most} characters", "不能超过 {most} 个字符"),
    "CONTROL": ("must hold no control characters or broken text", "不能含有控制字符或无效字符"),
    "ID": ("must be the id of {expected}, as an answer gave it", "必须是先前响应给出的 {expected} 的 id"),
    "RANGE": ("must be from {least} to {most}", "必须在 {least} 到 {most} 之间"),
    "PAIR": ("longitude and latitude must be given together", "经度和纬度必须同时给出"),
    "FUTURE": ("must not be in the future", "不能是将来的时间"),
    "TOO_OLD": ("must not be more than {days} days ago", "不能早于 {days} 天之前"),
    "SOURCE": ("is not a source that you may report from", "您不能以该来源反映"),
    "CATEGORY": (
        "is not on the district's item list; query `items` for the list",
        "不在本区事项清单中；请查询 `items`",
    ),
    "TEAM": (
        "is needed for SIMPLE: STREET, COMMUNITY or GRID, and the issue must lie in one",
        "简单问题必须指定承办队伍：街道、社区或网格，且问题须位于其中",
    ),
    "PHOTO": (
        "must name at least one confirmed AFTER photo of this issue when `passed` is true",
        "核实通过时必须至少包含一张本问题已确认的办理后照片",
    ),
    "EVIDENCE": ("must be confirmed photos of this issue", "必须是本问题已确认的照片"),
    "ANNOUNCED_CONTENT_TYPE": ("must be one of {types}", "必须是 {types} 之一"),
    "ANNOUNCED_SIZE": ("must be from 1 to {most} bytes", "必须在 1 到 {most} 字节之间"),
    "ANNOUNCED_SHA256": (
        "must be a SHA-256 in 64 lower-case hexadecimal digits",
        "必须是 64 位小写十六进制的 SHA-256",
    ),
    "UPLOADED_MISSING": (
        "has not been uploaded yet; send its bytes, then confirm it again",
        "尚未上传；请先上传，再确认",
    ),
    "UPLOADED_SIZE": (
        "was uploaded with another size than announced; announce it anew",
        "上传的大小与申报的不符；请重新申报",
    ),
    "UPLOADED_CONTENT_TYPE": (
        "was uploaded as another type than announced; announce it anew",
        "上传的类型与申报的不符；请重新申报",
    ),
    "UPLOADED_SHA256": (
        "was uploaded with other bytes than announced; announce it anew",
        "上传的内容与申报的不符；请重新申报",
    ),
    "LEVEL": (
        "must be one of {expected}; the other routes are not open yet",
        "必须是 {expected} 之一；其他级别尚未开放",
    ),
    "INPUT": ("must be {expected}", "必须是 {expected}"),
    "MISTAKES": (
        "has {found} mistakes; `mistakes` names each with its place",
        "有 {found} 处错误；`mistakes` 列出每处的位置",
    ),
    "VERSION_TAKEN": (
        "states version {version}, which is on record with other rules; give it a new version",
        "的版本 {version} 已以不同内容登记；请使用新的版本号",
    ),
    "OTHER_DISTRICT": ("is the rulebook of another district", "是其他区的规则"),
    "GROUND": (
        "changes {what}; rules are changed here, places and bodies by `huying load`",
        "更改了 {what}；此处只更改规则，辖区和机构请用 `huying load`",
    ),
    "ROUND_THE_CLOCK": (
        "works round the clock or has no rulebook: no notice changes its days",
        "全天候计时或没有规则：通知不会改变其工作日",
    ),
    "PERIOD": ("must be later than `closedFrom`", "必须晚于 `closedFrom`"),
    "EITHER": ("must be given, or `{other}`, and not both", "与 `{other}` 必须且只能给出其一"),
    "OTHER_NUMBER": (
        "is not what the filter finds now: {found}; preview it again",
        "与当前筛选结果不符：现为 {found}；请重新预览",
    ),
    "BATCH_SIZE": (
        "must be from 1 to {most} cases, not {found}; choose fewer",
        "必须为 1 至 {most} 件，而不是 {found}；请缩小范围",
    ),
    "WORKING_TIME": (
        "must be working time as rulebooks write it, such as 4 h or 2 d",
        "必须是规则写法的工作时间，例如 4 h 或 2 d",
    ),
    "SAME_DEPARTMENT": ("must be another department", "必须是另一个部门"),
    "COUNT": ("must hold from 1 to {most} ids", "必须包含 1 至 {most} 个 id"),
    "NOT_FOUND": (
        "There is no such {what}, or it is outside your scope.",
        "没有该{what}，或不在您的权限范围内。",
    ),
    "NOT_SIGNED_IN": ("Sign in: a bearer token is needed.", "请先登录：需要令牌。"),
    "WRONG_ROLE": ("None of your posts may do this ({rule}).", "您的岗位不能进行此操作（{rule}）。"),
    "WRONG_PLACE": ("The issue lies outside your post's place ({rule}).", "该问题不在您的辖区（{rule}）。"),
    "WRONG_UNIT": ("Another unit handles this part ({rule}).", "该任务由其他单位承办（{rule}）。"),
    "NOT_REPORTER": (
        "Only whoever reported it may do this ({rule}).",
        "只有反映人本人可以进行此操作（{rule}）。",
    ),
    "OWN_WORK": (
        "You handled it; someone else must verify it ({rule}).",
        "您是承办人，须由他人核实（{rule}）。",
    ),
    "WRONG_STAGE": (
        "The issue is at stage {found}; this is possible at {expected}.",
        "问题处于 {found} 阶段；仅在 {expected} 时可以进行。",
    ),
    "WRONG_LEVEL": (
        "The issue's level is {found}; this is possible for {expected}.",
        "问题级别为 {found}；仅限 {expected}。",
    ),
    "WRONG_STATUS": (
        "The assignment is {found}; this is possible when it is {expected}.",
        "承办状态为 {found}；仅在 {expected} 时可以进行。",
    ),
    "ROUTED": ("Somebody has a part in the issue already.", "该问题已有单位承办。"),
    "NOT_OWED": ("Nothing of this kind is owed now: {expected}.", "目前没有此项待办：{expected}。"),
    "TOO_LATE": ("The due time has passed.", "已超过办理时限。"),
    "NOTHING_TO_CHANGE": (
        "There is nothing of it that this would change.",
        "没有需要更改的内容。",
    ),
    "TOO_MANY": (
        "It was done {found} times already; the rulebook lets it be done {expected} times.",
        "已进行 {found} 次；规则最多允许 {expected} 次。",
    ),
    "KEY_REUSED": (
        "This idempotency key was used with other input; take a new key for a new command.",
        "该幂等键已用于不同的输入；新的命令请使用新的键。",
    ),
    "UNAVAILABLE": (
        "A service is away just now; nothing is lost, send the same again in a moment.",
        "服务暂时不可用；没有丢失任何内容，请稍后以相同内容重试。",
    ),
}


NOUNS: Mapping[str, str] = {
    "issue": "问题",
    "assignment": "承办任务",
    "department": "部门",
    "street": "街道",
    "community": "社区",
    "grid": "网格",
    "photo": "照片",
    "notification": "通知",
    "duty": "责任事项",
    "category": "事项",
    "batch": "批次",
    "rulebook": "规则版本",
    "district": "区",
}
"""What is not found, in Chinese; in English it is called by its key."""

STANDINGS: Mapping[RefusalCode, type[StrEnum]] = {
    RefusalCode.WRONG_STAGE: terms.Stage,
    RefusalCode.WRONG_LEVEL: terms.Level,
    RefusalCode.WRONG_STATUS: terms.AssignmentStatus,
    RefusalCode.BAD_INPUT: terms.UnitKind,
    RefusalCode.ROUTED: terms.Stage,
    RefusalCode.NOT_OWED: terms.DutyKind,
}
"""What kind of thing a refusal says it found and would have expected."""


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

    def not_found(self, field: str, what: str) -> NotFoundProblem:
        noun = NOUNS.get(what, what) if self._language is Language.ZH else what
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

    def closed(self, stage: str, field: str = "issue") -> AnyProblem:
        """The issue is filed or cancelled; `field` named it, or something that belongs to it."""
        return self.refused(replace(steps.closed_refusal(stage), field=field))

    def refused(self, refusal: steps.Refusal) -> AnyProblem:
        """A case's refusal as the edge says it."""
        field, expected = f"input.{refusal.field}", self._called(refusal.code, *refusal.expected)
        match refusal.code:
            case RefusalCode.NOT_FOUND:
                return self.not_found(field, refusal.field)
            case RefusalCode.SAME_PERSON:
                return self.forbidden(
                    access.Refusal.OWN_WORK, "VERIFY: someone other than the handler", field
                )
            case RefusalCode.BAD_INPUT:
                return self.invalid(field, "INPUT", expected=expected)
            case RefusalCode.WRONG_LEVEL if refusal.field == "level":
                return self.invalid(field, "LEVEL", expected=expected)
        return WrongStageProblem(
            code=ProblemCode(refusal.code.value),
            message=self.words(
                refusal.code.value, found=self._called(refusal.code, refusal.found), expected=expected
            ),
            field=field,
            found=refusal.found,
            expected=list(refusal.expected),
        )

    def _called(self, code: RefusalCode, *members: str) -> str:
        """Enum members in words: by their names in Chinese, in English as the schema has them."""
        kind = STANDINGS.get(code)
        if self._language is Language.ZH and kind is not None:
            known = LABELS[kind][1]
            return "、".join(f"“{known[name].zh}”" if name in known else name for name in members)
        return ", ".join(members)


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
    ProblemCode.KEY_REUSED: "该幂等键已用于不同的输入。",
    ProblemCode.UNAVAILABLE: "服务暂时不可用，请稍后以相同内容重试。",
}
"""What each code is for; in English the schema says it."""
