"""The words of refusals in both languages; `api/problems.py` says which are said when."""

from __future__ import annotations

from collections.abc import Mapping

from api.labels import Label, labels

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
    "EVIDENCE": ("must be accepted photos of this issue", "必须是本问题已采信的照片"),
    "EVIDENCE_WAITING": (
        "names a photo that is still being examined; ask for its status and try again shortly",
        "包含仍在审核中的照片；请查询其状态并稍后重试",
    ),
    "EVIDENCE_REFUSED": (
        "names a photo that was refused; its `refusal` says why, send another",
        "包含未被采信的照片；原因见其 `refusal`，请另行上传",
    ),
    "EVIDENCE_MISSING": (
        "Photos are missing: {kinds}. Send them, and give the command again once they are accepted.",
        "缺少照片：{kinds}。请上传，待采信后再提交。",
    ),
    "EVIDENCE_BLOCKED": (
        "Photos are missing: {kinds}; what was sent does not count ({why}). Send others.",
        "缺少照片：{kinds}；已上传的不予采用（{why}）。请另行上传。",
    ),
    "ORIGINAL": (
        "has no original that could be opened: it is not accepted, or the original is not kept any more",
        "没有可打开的原件：照片未被采信，或原件已不再保存",
    ),
    "NO_HOLD": ("has no hold that could be lifted", "没有可解除的证据保全"),
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
    "BACKWARDS": ("must be later than `closedFrom`", "必须晚于 `closedFrom`"),
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
    "PAST": ("must not be in the past", "不能是过去的时间"),
    "BETWEEN": (
        "must be working time later than {least} and not later than {most}",
        "必须晚于 {least} 且不晚于 {most}，并含有办理时间",
    ),
    "LATER": ("must be later than the due time {least}", "必须晚于当前时限 {least}"),
    "DEPARTMENTS": (
        "must name from 1 to {most} departments, each once",
        "必须列出 1 至 {most} 个部门，且不得重复",
    ),
    "ONE_DEPARTMENT": (
        "must be left out: a GENERAL call is for one department",
        "一般问题只呼叫一个部门，请勿填写",
    ),
    "TASKS": (
        "must hold one task for each unit that has a part in the issue, and for no other",
        "必须为每个承办单位各列一项任务，且不得包含其他单位",
    ),
    "LEAD": ("must be one of the parts of the plan", "必须是方案中的一项承办任务"),
    "NAMED": (
        "must be a department without a part in the issue: needed to solve first (it may be the returner), "
        "left out for REJECTED",
        "必须是尚未承办该问题的部门：先解决问题时必填（可以是退单部门），不予退单时不填",
    ),
    "RECEIVER": (
        "must be another unit without a part in the issue: a department for a department's part, the street, "
        "its community or its grid for an own team's",
        "必须是尚未承办该问题的其他单位：部门任务移交部门，街道任务移交该问题所在的街道、社区或网格",
    ),
    "INTO": ("must be another issue", "必须是另一个问题"),
    "SAME_STREET": ("must be an issue of the same street", "必须是同一街道的问题"),
    "SAID": ("must be what the reporter said: {expected}", "必须是反映人的评价：{expected}"),
    "ONLY_PASSED": ("is for a verification that passed", "仅在核实通过时填写"),
    "GRANTED": ("is for a granted extension", "仅在批准延期时填写"),
    "VERSION": (
        "is not the sheet's present version {found}; look at it again before signing",
        "不是评议表的当前版本 {found}；请重新查看后再签字",
    ),
    "SCORES": (
        "are needed where the score is CHANGED, and left out where it is UPHELD",
        "更改评分时必填，维持评分时不填",
    ),
    "COUNT": ("must hold from 1 to {most} ids", "必须包含 1 至 {most} 个 id"),
    "ROUND_CODE": ("must be year and half such as 2026H1", "必须是年份和半年，例如 2026H1"),
    "ROUND_NO_RULES": (
        "has no rulebook that says how satisfaction is measured and how many live where; see `survey`",
        "的规则未规定满意度考评或各街道人口；请查看规则中的 `survey`",
    ),
    "ROUND_NO_SCHEME": (
        "has a rulebook without the scheme `satisfaction`, by which a round is scored",
        "的规则缺少考评所用的 `satisfaction` 方案",
    ),
    "ROUND_TAKEN": ("is a half-year that has its round already", "该半年已有考评轮次"),
    "ROUND_STATUS": (
        "the round stands at {found}; it would have to be {expected}",
        "该轮考评处于“{found}”；须为“{expected}”",
    ),
    "ROUND_PUBLISHED": (
        "belongs to a round that is published; it counts as it did then",
        "所属轮次已公布，以公布时为准",
    ),
    "FLAG_LIFTED": ("was lifted already", "已被解除"),
    "LATER_THAN": ("must be later than `{other}`", "必须晚于 `{other}`"),
    "FAR_OFF": ("must be within {days} days of now", "必须在当前时间前后 {days} 天之内"),
    "CHANNEL": (
        "must be APP, PAPER, HOME_VISIT or API; PAGE is what the platform's own page sends",
        "必须是 APP、PAPER、HOME_VISIT 或 API；PAGE 由平台页面使用",
    ),
    "TOKEN_NEEDED": (
        "is needed on this channel: it is the end of the respondent's link",
        "在此渠道必填：即受访者链接末尾的部分",
    ),
    "TOKEN_OR_PLACE": (
        "is needed where no token is given",
        "未提供 token 时必填",
    ),
    "COUNT_OF_ANSWERS": ("must hold at most {most} answers", "最多包含 {most} 个答案"),
    "NOT_OPEN": ("the round is not open for answers", "该轮考评未开放作答"),
    "ALREADY_ANSWERED": (
        "other answers were handed in for this invitation, and they stay",
        "该邀请已提交其他答案，以已提交的为准",
    ),
    "PERIOD": ("must be a month such as 2026-03, or a year", "必须是月份（如 2026-03）或年份"),
    "NOT_OVER": ("is not over yet; it is published afterwards", "尚未结束；须在结束后发布"),
    "NO_TABLE": (
        "has no rulebook that makes this table; see `schemes` in its rulebook",
        "的规则未规定此表；请查看规则中的 `schemes`",
    ),
    "COUNT_OF_SHEETS": ("must hold from 1 to {most} sheets", "必须包含 1 至 {most} 张评分表"),
    "SHEETS_TAKEN": (
        "must hold each number once; entered already: {numbers}",
        "中每个编号只能录入一次；已录入：{numbers}",
    ),
    "SHEET_SCORE": (
        "must be from 0 to {most}, with at most two decimals",
        "必须在 0 到 {most} 之间，最多两位小数",
    ),
    "COUNT_OF_DRAFTS": ("must hold from 1 to {most} drafts", "必须包含 1 至 {most} 项草拟事项"),
    "OPINIONS_SORTED": (
        "must be opinions of this round that nobody has sorted or set aside yet",
        "必须是本轮考评中尚未归类或搁置的意见",
    ),
    "OPINIONS_ONE_STREET": ("must all be about one street", "必须都涉及同一个街道"),
    "CATEGORY_NEEDED": (
        "is needed: the item names none, and departments are found by it",
        "必须填写：该事项没有类别，须据此确定承办部门",
    ),
    "NO_RECTIFICATION": (
        "has a rulebook that says nothing of rectification; see its section `rectification`",
        "的规则未规定整改；请查看规则中的 `rectification`",
    ),
    "ONE_DISTRICT": ("must all come from one district", "必须来自同一个区"),
    "YEAR_OUT": (
        "is of {year}, whose table is published; nothing is added to it",
        "属于 {year} 年，该年度得分已发布，不能再更改",
    ),
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
        "It is {found}; this is possible when it is {expected}.",
        "当前状态为 {found}；仅在 {expected} 时可以进行。",
    ),
    "WRONG_STATUS_FOR_GOOD": (
        "It is {found}; this is not possible then.",
        "当前状态为 {found}，不能进行此操作。",
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
    "SIGNED": (
        "You signed this already; somebody else of the street must sign too ({rule}).",
        "您已签字；须由街道的另一人签字（{rule}）。",
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
    "report": "反映",
    "reports": "待答复的反映",
    "plan": "方案",
    "extension": "延期申请",
    "handover": "移交",
    "sheet": "评议表",
    "scorecard": "评议结果",
    "appeal": "申诉",
    "unit": "单位",
    "into": "问题",
    "score sheet": "评分表",
    "category": "事项",
    "batch": "批次",
    "item": "负面清单事项",
    "opinion": "意见",
    "cycle": "考评周期",
    "survey": "考评轮次",
    "invitation": "邀请",
    "flag": "存疑标记",
    "rulebook": "规则版本",
    "district": "区",
}
"""What is not found, in Chinese; in English it is called by its key."""

IN_ENGLISH = {"reports": "report that waits for an answer", "into": "issue", "item": "negative item"}
WRONG_INPUTS: Mapping[str, str] = {
    "departments": "DEPARTMENTS",
    "tasks": "TASKS",
    "lead": "LEAD",
    "dueAt": "BETWEEN",
    "until": "LATER",
    "department": "NAMED",
    "to": "RECEIVER",
    "into": "INTO",
    "rating": "SAID",
}
"""What a case says of an input that only it can judge, by the input's last name."""
STATES: Mapping[str, Label] = labels(
    ("BOUND", "bound: a return was adjudicated against it", "已裁定必须承办"),
    ("UNANSWERED", "not answered yet", "尚未答复"),
    ("NOT_ASKED", "of a source that is not asked", "无需回访的来源"),
    ("NOT_JOINED", "not joined from another issue", "并非并入的反映"),
    ("ROUND_CLOSED", "in a cycle whose round is closed", "考评已截止"),
    ("ROUND_SCORED", "in a cycle whose round is scored", "考评已计分"),
    (
        "LIST_ISSUED",
        "in a cycle whose round is published and whose items are all issued",
        "考评结果已发布且负面清单已全部交办",
    ),
    ("ALL_RECTIFIED", "in a cycle whose items were all put right", "所有事项均已整改"),
    ("ALL_CLOSED", "in a cycle whose items are all closed", "所有事项均已销号"),
    ("OFFICE_ENDS", "ended by the office", "由呼应办结束"),
)
"""States that are no members of an enum."""
