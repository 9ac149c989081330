"""What every enum member is called in both languages, and what it means; the schema's descriptions too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TypeVar

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from models import terms
from models.policy.scheme.figures import Gap
from models.policy.survey.answering import AnswerFault
from models.terms import Language
from storage.evidence import UploadMethod


@dataclass(frozen=True, slots=True)
class Label:
    """A member's names, and where the name does not say enough, a word more."""

    en: str
    zh: str
    meaning: str = ""

    def told(self, language: Language) -> str:
        return self.zh if language is Language.ZH else self.en

    @property
    def description(self) -> str:
        return f"{self.en} {self.zh}. {self.meaning}".strip()


def labels(*lines: tuple[str, ...]) -> Mapping[str, Label]:
    return {line[0]: Label(*line[1:]) for line in lines}


LABELS: Mapping[type[StrEnum], tuple[str, Mapping[str, Label]]] = {
    terms.Level: (
        "How heavy an issue is 级别; decides who is called and how long each step may take.",
        labels(
            ("SIMPLE", "Simple", "简单", "The street handles it itself."),
            ("GENERAL", "General", "一般", "The street calls one department."),
            ("COMPLEX", "Complex", "复杂", "The response office dispatches several departments."),
            ("CRITICAL", "Critical", "重难点和突发", "A district leader dispatches top-down."),
        ),
    ),
    terms.Stage: (
        "Where an issue stands in the calling cycle.",
        labels(
            ("COLLECTED", "Collected", "已收集", "It waits for the street's assessment."),
            ("ASSESSED", "Assessed", "已研判", "Its level is settled."),
            ("CALLED", "Called", "已呼叫", "A department was called and has not yet accepted."),
            ("PLANNING", "Planning", "会商中", "The departments concerned agree a plan."),
            ("HANDLING", "Being handled", "办理中"),
            ("VERIFYING", "Being verified", "核实中", "Someone other than the handler checks the result."),
            ("REVIEWING", "Being reviewed", "评议中", "The street scores the department."),
            ("FILED", "Filed", "已结案", "Closed and archived."),
            ("CANCELLED", "Cancelled", "已撤销"),
        ),
    ),
    terms.AssignmentStatus: (
        "Where one unit's part of an issue stands.",
        labels(
            ("OFFERED", "Offered", "待承接"),
            ("ACCEPTED", "Accepted", "已承接"),
            ("ON_SITE", "On site", "已报到"),
            ("DONE", "Done", "已办结"),
            ("RETURNED", "Returned", "已退单", "Refused: not this department's duty."),
        ),
    ),
    terms.UnitKind: (
        "What kind of body holds a duty or handles a part of an issue.",
        labels(
            ("DEPARTMENT", "Department", "部门"),
            ("STREET", "Street", "街道"),
            ("COMMUNITY", "Community", "社区"),
            ("GRID", "Grid", "网格"),
            ("OFFICE", "Response office", "呼应办"),
            ("LEADER", "District leader", "区领导"),
        ),
    ),
    terms.DutyKind: (
        "What must be done; each kind has a limit for each level in the rulebook.",
        labels(
            ("ASSESS", "Assess", "研判"),
            ("DISPATCH", "Dispatch", "派单"),
            ("ACCEPT", "Accept", "承接"),
            ("REPORT_IN", "Report in", "报到", "Turn up on site."),
            ("PLAN", "Agree a plan", "会商"),
            ("HANDLE", "Handle", "办理"),
            ("VERIFY", "Verify", "核实"),
            ("REVIEW", "Review", "评议"),
            ("ADJUDICATE_RETURN", "Adjudicate a return", "退单裁定"),
            ("DECIDE_EXTENSION", "Decide an extension", "延期审批"),
            ("DECIDE_PLAN", "Decide a plan", "方案裁定"),
            ("ANSWER", "Answer the reporter", "答复反映人"),
            ("FOLLOW_UP", "Follow up", "回访", "Ask the reporters how it went."),
            ("APPEAL", "Decide an appeal", "申诉复核"),
            ("SOLICIT", "Solicit opinions", "征求意见建议"),
            ("SCORE", "Score the round", "科学考评"),
            ("FEED_BACK", "Feed back", "精准反馈"),
            ("RECTIFY", "Put right", "整改落实"),
            ("PERCEIVE", "Have residents asked", "群众感知"),
            ("IMPROVE", "Show improvement", "满意度提升"),
        ),
    ),
    terms.DutyStatus: (
        "What became of a duty.",
        labels(
            ("OPEN", "Open", "进行中"),
            ("SUSPENDED", "Suspended", "已挂起", "Its clock stands still."),
            ("FULFILLED", "Fulfilled", "已完成"),
            ("CANCELLED", "Cancelled", "已取消"),
        ),
    ),
    terms.Clock: (
        "Which time a limit counts.",
        labels(
            ("WORKING", "Working time", "工作时间", "The district's working hours on working days."),
            ("CLOCK", "Clock time", "自然时间", "Every minute of every day."),
        ),
    ),
    terms.RungTarget: (
        "Who is told when a rung of the ladder falls due.",
        labels(
            ("HOLDER", "Holder", "责任人", "Whoever holds the duty."),
            ("HEAD", "Head", "负责人", "The holder's head."),
            ("OFFICE", "Response office", "呼应办"),
            ("LEADER", "District leader", "区领导"),
        ),
    ),
    terms.Light: (
        "How a duty stands against its time.",
        labels(
            ("GREEN", "Green", "绿灯", "Less than 80 % of the time is used."),
            ("YELLOW", "Yellow", "黄灯", "From 80 % of the time."),
            ("RED", "Red", "红灯", "The due time has passed."),
        ),
    ),
    terms.Role: (
        "The posts a person may hold.",
        labels(
            ("RESIDENT", "Resident", "居民"),
            ("GRID_WORKER", "Grid worker", "网格员"),
            ("COMMUNITY_CLERK", "Community clerk", "社区工作人员"),
            ("STREET_CLERK", "Street clerk", "街道工作人员"),
            ("DEPARTMENT_HANDLER", "Department handler", "部门经办人"),
            ("RESPONSE_OFFICE", "Response office", "呼应办"),
            ("DISTRICT_LEADER", "District leader", "区领导"),
            ("AUDITOR", "Auditor", "审计员", "Sees the whole district, changes nothing."),
            ("INTEGRATOR", "Integrator", "系统对接方", "A machine with the scopes granted to it."),
            ("OPERATOR", "Operator", "运维人员"),
        ),
    ),
    terms.EntryKind: (
        "What a line of a timeline says: an issue's, a negative item's or a satisfaction cycle's.",
        labels(
            ("COLLECTED", "Collected", "已收集"),
            ("ASSESSED", "Assessed", "已研判"),
            ("CALLED", "Called", "已呼叫"),
            ("DISPATCHED", "Dispatched", "已派单"),
            ("ACCEPTED", "Accepted", "已承接"),
            ("RETURNED", "Returned", "已退单"),
            ("ADJUDICATED", "Return adjudicated", "退单已裁定"),
            ("REPORTED_IN", "Reported in", "已报到"),
            ("PLAN_PROPOSED", "Plan proposed", "提出方案"),
            ("PLAN_AGREED", "Plan agreed to", "同意方案"),
            ("PLAN_DECIDED", "Plan decided", "方案裁定"),
            ("PROGRESS", "Progress noted", "进展"),
            ("COMPLETED", "Completed", "已办结"),
            ("VERIFIED", "Verified", "已核实"),
            ("REWORK", "Sent back", "返工", "Verification failed; handling reopens."),
            ("ANSWERED", "Reporters answered", "已答复"),
            ("RATED", "Rated by the reporter", "反映人评价"),
            ("FOLLOWED_UP", "Followed up", "已回访"),
            ("REOPENED", "Reopened", "重新办理", "A reporter was dissatisfied; handling reopens once."),
            ("REVIEWED", "Reviewed", "已评议"),
            ("APPEALED", "Appealed", "已申诉"),
            ("APPEAL_DECIDED", "Appeal decided", "申诉已复核"),
            ("FILED", "Filed", "已结案"),
            ("CANCELLED", "Cancelled", "已撤销"),
            ("MERGED", "Merged into another issue", "已并案"),
            ("JOINED", "Reports joined", "并入反映"),
            ("SPLIT", "Report split off", "拆分反映"),
            ("REMINDED", "Reminded", "提醒", "A share of a duty's time has passed."),
            ("BREACHED", "Overdue", "超时", "A duty's due time has passed."),
            ("ESCALATED", "Escalated", "督办升级", "The breach was made known one rung up."),
            ("EXTENSION_ASKED", "Extension asked for", "申请延期"),
            ("EXTENSION_REFUSED", "Extension refused", "延期不予批准"),
            ("EXTENDED", "Extended", "延期"),
            ("SUSPENDED", "Suspended", "挂起"),
            ("RESUMED", "Resumed", "恢复"),
            ("HANDOVER_OFFERED", "Hand-over offered", "提出移交"),
            ("HANDOVER_DECLINED", "Hand-over declined", "谢绝移交"),
            ("HANDED_OVER", "Handed over", "移交"),
            ("REGRADED", "Regraded", "调整级别"),
            ("RULES_REPLACED", "Rules replaced", "更换规则"),
            ("ISSUED", "Issued to the street", "已交办"),
            ("STARTED", "Rectification begun", "开始整改"),
            ("CALL_RAISED", "Call raised", "发起呼叫", "The item waits on an issue."),
            ("CALL_MOVED", "Waits on another issue", "转由他案办理", "Its issue was merged."),
            ("CALL_ENDED", "Its call ended", "呼叫已了结"),
            ("RECTIFIED", "Put right", "整改完成", "Residents are asked next."),
            ("PERCEIVED", "Residents said", "群众评价"),
            ("CLOSED", "Closed", "已销号"),
            ("BEGUN", "Cycle begun", "考评启动"),
            ("STEPPED", "Next step", "转入下一步"),
            ("ENDED", "Cycle ended", "考评结束"),
        ),
    ),
    terms.PlanStatus: (
        "What became of a plan for joint handling.",
        labels(
            ("PROPOSED", "Proposed", "待同意"),
            ("VOIDED", "Voided", "已作废", "Another took its place, or the units concerned changed."),
            ("AGREED", "Agreed", "已同意"),
            ("DECIDED", "Decided", "已裁定", "The office decided, as it was not agreed in time."),
        ),
    ),
    terms.ReturnOutcome: (
        "How the office adjudicates a return 退单.",
        labels(
            ("UPHELD", "Upheld", "同意退单", "It is not this department's duty."),
            ("REJECTED", "Rejected", "不予退单", "The department must accept and cannot return it again."),
            (
                "SOLVE_FIRST",
                "Solve first",
                "先解决问题再说",
                "The named unit must handle it.",
            ),
        ),
    ),
    terms.ExtensionStatus: (
        "What became of a request for more time.",
        labels(
            ("ASKED", "Asked", "待审批"),
            ("GRANTED", "Granted", "已批准"),
            ("REFUSED", "Refused", "未批准"),
            ("LAPSED", "Lapsed", "已失效", "The duty ended before it was decided."),
        ),
    ),
    terms.HandoverStatus: (
        "What became of an offer to hand a part over.",
        labels(
            ("OFFERED", "Offered", "待接受"),
            ("ACCEPTED", "Accepted", "已接受"),
            ("DECLINED", "Declined", "已谢绝"),
            ("LAPSED", "Lapsed", "已失效", "The part ended before it was answered."),
        ),
    ),
    terms.Rating: (
        "What a reporter said of the result.",
        labels(
            ("SATISFIED", "Satisfied", "满意"),
            ("DISSATISFIED", "Dissatisfied", "不满意", "The first time, handling reopens."),
            ("UNREACHED", "Not reached", "未联系上", "Never counted as satisfied."),
        ),
    ),
    terms.AppealOutcome: (
        "How the office decides a department's appeal.",
        labels(
            ("UPHELD", "Score upheld", "维持评分", "The street's score stands."),
            ("CHANGED", "Score changed", "更改评分", "Another score counts in its place."),
        ),
    ),
    terms.ReportSource: (
        "The way a problem came in.",
        labels(
            ("RESIDENT", "Resident", "居民反映"),
            ("PATROL", "Patrol", "网格巡查"),
            ("HOTLINE_12345", "Hotline 12345", "12345热线"),
            ("INSPECTION", "Inspection", "督查发现"),
            ("INTEGRATION", "Other system", "系统对接"),
            ("SURVEY", "Satisfaction survey", "满意度考评", "A negative item raised it."),
        ),
    ),
    terms.EvidenceKind: (
        "What a photo shows.",
        labels(
            ("NEAR", "Near view", "近景"),
            ("FAR", "Far view", "远景"),
            ("REFERENCE", "Reference", "参照"),
            ("BEFORE", "Before handling", "处置前"),
            ("AFTER", "After handling", "处置后"),
            ("INSPECTION", "Inspection", "检查"),
        ),
    ),
    terms.EvidenceStatus: (
        "Whether a photo counts yet.",
        labels(
            ("PENDING", "Pending", "待上传", "Announced; its bytes were not checked yet."),
            ("CONFIRMED", "Being examined", "审核中", "Its bytes are in the store and are being looked at."),
            ("ACCEPTED", "Accepted", "已采信", "It is seen, and counts but for what blocks it."),
            ("REFUSED", "Refused", "未采信", "`refusal` says why; send another."),
            ("DELETED", "Deleted", "已删除", "It was kept as long as the rulebook says."),
        ),
    ),
    terms.EvidenceRefusal: (
        "Why a photo was refused.",
        labels(
            ("NOT_A_PICTURE", "Not a picture", "不是图片", "Its content is no JPEG, PNG, WebP or HEIC."),
            ("BROKEN", "Broken", "文件损坏", "It cannot be read to its end."),
            ("TOO_SMALL", "Too small", "尺寸过小", "Under 64 pixels on a side."),
            ("TOO_MANY_PIXELS", "Too many pixels", "像素过多", "Over 50 million; 26 where it is no JPEG."),
            (
                "TOO_COSTLY",
                "Too costly to read",
                "解码代价过高",
                "More memory or time than a photo.",
            ),
            ("ANIMATED", "Animated", "动图"),
            ("CHANGED", "Other bytes", "内容不符", "What lies in the store is not what was confirmed."),
            ("LOST", "Lost", "文件缺失", "The store does not have it any more."),
            ("NEVER_SENT", "Never sent", "未上传", "It was announced, and not confirmed within a day."),
        ),
    ),
    terms.EvidenceStep: (
        "A step that a rulebook may ask photos for.",
        labels(
            ("ASSESS", "Assessment", "研判"),
            ("COMPLETE", "Completion", "办结"),
            ("VERIFY", "Verification that passes", "核实通过"),
        ),
    ),
    terms.EvidenceCheck: (
        "What may be found of a photo; the rulebook says what each weighs.",
        labels(
            ("OUTSIDE_GRID", "Taken outside the grid", "拍摄于网格之外"),
            ("BEFORE_REPORT", "Taken before the report", "拍摄早于反映"),
            ("AFTER_UPLOAD", "Taken after the upload", "拍摄晚于上传"),
            (
                "USED_HERE",
                "Used in this issue already",
                "本问题已用过",
                "The same or nearly the same picture.",
            ),
            ("USED_ELSEWHERE", "Used in another issue", "其他问题已用过", "The same or nearly the same."),
            ("SAME_PLACE", "Before and after in one place", "前后同一地点"),
            ("OTHER_PLACE", "Before and after in two places", "前后并非同一地点"),
            ("NO_POSITION", "No position", "无定位", "The camera did not say where it was."),
            ("NO_TIME", "No time", "无拍摄时间", "The camera did not say when it was taken."),
        ),
    ),
    terms.FindingWeight: (
        "What a finding of a photo weighs.",
        labels(
            ("NOTE", "Note", "提示"),
            ("WARNING", "Warning", "警示"),
            ("BLOCKING", "Blocking", "阻断", "The photo does not count for any step."),
        ),
    ),
    terms.Datum: (
        "What degrees refer to.",
        labels(
            ("WGS84", "WGS-84", "WGS-84", "As satellites give them, and as grids are drawn."),
            ("GCJ02", "GCJ-02", "GCJ-02", "Shifted, as Chinese maps show them."),
        ),
    ),
    UploadMethod: (
        "How the bytes of a photo are sent.",
        labels(
            ("PUT", "As the body", "直接上传", "With exactly `headers`."),
            ("POST", "As a form", "表单上传", "With exactly `fields`, then the file."),
        ),
    ),
    terms.DeletedPart: (
        "What of a photo was deleted.",
        labels(("ORIGINAL", "Sealed original", "封存原件"), ("WHOLE", "Whole photo", "整张照片")),
    ),
    terms.Command: (
        "What may be asked of a running issue; the mutation's name says the same.",
        labels(
            ("ASSESS", "Assess", "研判", "assessIssue."),
            ("CALL", "Call a department", "呼叫部门", "callDepartment."),
            ("DISPATCH", "Dispatch", "派单", "dispatchIssue."),
            ("ACCEPT", "Accept", "承接", "acceptAssignment."),
            ("RETURN", "Return", "退单", "returnAssignment."),
            ("ADJUDICATE", "Adjudicate a return", "裁定退单", "adjudicateReturn."),
            ("REPORT_IN", "Report in", "报到", "reportIn."),
            ("PROPOSE_PLAN", "Propose a plan", "提出方案", "proposePlan."),
            ("AGREE_PLAN", "Agree to the plan", "同意方案", "agreePlan."),
            ("DECIDE_PLAN", "Decide the plan", "裁定方案", "decidePlan."),
            ("ASK_EXTENSION", "Ask for an extension", "申请延期", "askExtension."),
            ("DECIDE_EXTENSION", "Decide an extension", "审批延期", "decideExtension."),
            ("OFFER_HANDOVER", "Offer a hand-over", "提出移交", "offerHandover."),
            ("ACCEPT_HANDOVER", "Accept a hand-over", "接受移交", "acceptHandover."),
            ("DECLINE_HANDOVER", "Decline a hand-over", "谢绝移交", "declineHandover."),
            ("COMPLETE", "Complete", "办结", "completeAssignment."),
            ("VERIFY", "Verify", "核实", "verifyIssue."),
            ("ANSWER", "Answer the reporters", "答复", "answerReporters."),
            ("RATE", "Rate the result", "评价", "rateReport."),
            ("FOLLOW_UP", "Follow up", "回访", "recordFollowUp."),
            ("REVIEW", "Review", "评议", "reviewDepartment, then signReview."),
            ("NOTE", "Add a progress note", "填写进展", "addProgressNote."),
            ("REGRADE", "Regrade", "调整级别", "regradeIssue."),
            ("SUSPEND", "Suspend", "挂起", "suspendIssue."),
            ("RESUME", "Resume", "恢复", "resumeIssue."),
            ("CANCEL", "Cancel", "撤销", "cancelIssue."),
            ("MERGE", "Merge into another issue", "并案", "mergeIssue."),
            ("SPLIT", "Split a report off", "拆分", "splitReport."),
        ),
    ),
    terms.BatchAction: (
        "What is done to many cases at once.",
        labels(
            ("EXTEND", "Extend", "批量延期", "HANDLE duties that are not late get so much more time."),
            ("HAND_OVER", "Hand over", "批量移交", "One department's parts go to another."),
            ("SUSPEND", "Suspend", "批量挂起", "Every clock stops, for a declared emergency."),
            ("RESUME", "Resume", "批量恢复", "Every clock goes on."),
            ("RECOMPUTE", "Recompute", "重算期限", "Open duties take the district's current calendar."),
            ("MIGRATE", "Migrate", "更换规则版本", "Cases take the current version of the rulebook."),
        ),
    ),
    terms.BatchStatus: (
        "Where a batch stands.",
        labels(
            ("RUNNING", "Running", "执行中"),
            ("PAUSED", "Suspended", "已暂停", "It goes on when it is resumed."),
            ("CANCELLED", "Cancelled", "已取消", "What was done stays done."),
            ("DONE", "Done", "已完成", "Every case has its result."),
        ),
    ),
    terms.BatchItemStatus: (
        "What came of one case of a batch.",
        labels(
            ("WAITING", "Waiting", "待执行"),
            ("DONE", "Done", "已执行"),
            ("REFUSED", "Refused", "被拒绝", "The case would not take the order; `problem` says why."),
            ("FAILED", "Failed", "失败", "The case did not answer; `detail` says how."),
            ("CANCELLED", "Cancelled", "已取消", "The batch was cancelled first."),
        ),
    ),
    terms.StuckKind: (
        "Why a case does not move.",
        labels(
            ("NOT_STARTED", "Not started", "未启动", "Its workflow waits to be started."),
            ("NOT_RUNNING", "Not running", "未运行", "It is open on record and no workflow runs."),
            (
                "WORKFLOW_TASK_FAILING",
                "Workflow task failing",
                "流程任务失败",
                "Its workflow cannot go on with the code that runs.",
            ),
            ("ACTIVITY_RETRYING", "Activity retrying", "活动重试中", "What it decided cannot be written."),
            ("PROJECTION_BEHIND", "Projection behind", "投影滞后", "It is due, and nothing was written."),
        ),
    ),
    terms.RehearsedChange: (
        "In what a duty of a closed case would have gone otherwise under other rules.",
        labels(
            ("BREACHED", "Would have breached", "本会超时", "It was in time."),
            ("RELIEVED", "Would have been in time", "本可按时", "It was overdue."),
            (
                "CLIMBED",
                "Would have climbed higher",
                "本会升级更高",
                "Its breach would have been told further up.",
            ),
            (
                "SETTLED",
                "Would have climbed less",
                "本会升级更低",
                "Its breach would have been told less far up.",
            ),
        ),
    ),
    terms.Criterion: (
        "The five things a street scores a department on.",
        labels(
            ("REPORT_IN", "Report-in", "报到"),
            ("PROFESSIONALISM", "Professionalism", "专业性"),
            ("RESPONSIBILITY", "Sense of responsibility", "担当意识"),
            ("COOPERATION", "Cooperation", "配合度"),
            ("OUTCOME", "Outcome", "办理结果"),
        ),
    ),
    terms.BulletinKind: (
        "Which table is published of a month or year.",
        labels(
            ("DEPARTMENTS", "Departments, month", "部门月度通报", "How dispatches were carried out."),
            ("STREETS", "Streets, month", "街道月度通报", "How accurate their calls were."),
            ("REVIEWS", "Reverse reviews, month", "逆向评议月度过程分", "Process scores of departments."),
            ("ANNUAL", "Reverse reviews, year", "逆向评议年度得分", "Process and score sheets, 7 : 3."),
        ),
    ),
    terms.FigurePart: (
        "Which side of a figure an issue stands behind.",
        labels(
            ("NUMERATOR", "Numerator", "分子"),
            ("DENOMINATOR", "Denominator", "分母"),
            ("MISSING", "Missing", "缺项"),
        ),
    ),
    terms.RaterGroup: (
        "Who filled in a score sheet of the year.",
        labels(("COMMUNITY", "Community", "社区"), ("RESIDENT", "Resident", "居民")),
    ),
    terms.SurveyStatus: (
        "Where a round of the satisfaction measure stands.",
        labels(
            ("DRAFT", "Draft", "草稿"),
            ("OPEN", "Open", "进行中", "It is being answered."),
            ("CLOSED", "Closed", "已截止", "Nothing is taken any more."),
            ("SCORED", "Scored", "已计分"),
            ("PUBLISHED", "Published", "已公布"),
        ),
    ),
    terms.SurveyMode: (
        "How a respondent was found.",
        labels(
            ("ONLINE", "Online", "网络随机", "By an open link."),
            ("TARGETED", "Targeted", "定向抽样", "Drawn and asked on site."),
        ),
    ),
    terms.SurveyPurpose: (
        "What an invitation asks for.",
        labels(
            ("SCORE", "Scores of a round", "满意度考评"),
            ("PERCEIVE", "Whether it was put right", "整改感知", "Asked of one negative item."),
        ),
    ),
    terms.InvitationStatus: (
        "Where an invitation stands.",
        labels(
            ("SENT", "Sent", "已发放"),
            ("OPENED", "Opened", "已打开"),
            ("ANSWERED", "Answered", "已作答"),
            ("WITHDRAWN", "Withdrawn", "已撤回"),
        ),
    ),
    terms.ResponseChannel: (
        "On what way a response came.",
        labels(
            ("PAGE", "Page", "网页", "The page that the platform serves."),
            ("APP", "App", "应用程序", "A front end of the district's own."),
            ("PAPER", "Paper", "纸质问卷"),
            ("HOME_VISIT", "Home visit", "入户访问"),
            ("API", "Integrator", "接口"),
        ),
    ),
    terms.ResponseStatus: (
        "Whether a response was handed in.",
        labels(("PARTIAL", "Partial", "未提交"), ("SUBMITTED", "Handed in", "已提交")),
    ),
    terms.FlagReason: (
        "Why a response is in doubt.",
        labels(
            ("DUPLICATE", "Duplicate", "重复作答"),
            ("SPEEDER", "Too quick", "作答过快"),
            ("STRAIGHT_LINER", "Straight line", "规律性作答", "The same step throughout, and quickly."),
            ("IMPOSSIBLE_TIME", "Impossible time", "时间异常"),
        ),
    ),
    terms.RatedLevel: (
        "Whom a question rates.",
        labels(
            ("STREET", "Street", "街道"),
            ("COMMUNITY", "Community", "社区"),
            ("WORKER", "Community worker", "社区工作者"),
        ),
    ),
    AnswerFault: (
        "What is wrong with one answer.",
        labels(
            ("UNKNOWN_QUESTION", "No such question", "没有这个问题"),
            ("UNKNOWN_CHOICE", "No such choice", "没有这个选项"),
            ("WRONG_KIND", "Wrong kind of answer", "答案类型不符"),
            ("OUT_OF_RANGE", "Out of range", "超出范围"),
            ("TOO_LONG", "Too long", "过长"),
            ("BAD_TEXT", "Broken text", "含无效字符"),
            ("MISSING", "An answer is needed", "必须作答"),
        ),
    ),
    Gap: (
        "Why a figure is empty.",
        labels(
            ("NOT_GIVEN", "Not given", "未填报"),
            ("NOT_ASKED", "Not asked", "不适用"),
            ("PART_MISSING", "A part is missing", "缺项", "What it is made of is not all there."),
            ("NOTHING_TO_DIVIDE", "Nothing to divide by", "分母为零"),
            ("SEVERAL", "Several sheets", "多表填报", "Only their sum or mean says something."),
            ("NOT_IN_FORCE", "Not in force yet", "规则未生效"),
        ),
    ),
    terms.ItemStatus: (
        "Where a negative item stands.",
        labels(
            ("DRAFT", "Draft", "草拟", "Not issued yet."),
            ("ISSUED", "Issued", "已交办", "The street owes its rectification."),
            ("RECTIFYING", "Being put right", "整改中"),
            ("WAITING", "Waiting for its call", "待部门办理", "Departments are at work on its issue."),
            ("PERCEIVING", "Residents are asked", "群众感知中"),
            ("CLOSED", "Closed", "已销号", "Residents say that it was put right."),
        ),
    ),
    terms.Severity: (
        "How much a negative item weighs.",
        labels(("MINOR", "Minor", "轻微"), ("MODERATE", "Moderate", "一般"), ("SEVERE", "Severe", "严重")),
    ),
    terms.CycleStep: (
        "The six steps of the satisfaction cycle, and its end.",
        labels(
            ("SOLICIT", "Solicit opinions", "征求意见建议"),
            ("ASSESS", "Assess", "科学考评"),
            ("FEED_BACK", "Feed back", "精准反馈"),
            ("RECTIFY", "Rectify", "整改落实"),
            ("PERCEIVE", "Residents perceive", "群众感知"),
            ("IMPROVE", "Satisfaction rises", "满意度提升"),
            ("DONE", "Ended", "已结束"),
        ),
    ),
    terms.ItemCommand: (
        "What may be asked of a negative item.",
        labels(
            ("ISSUE", "Issue to the street", "交办"),
            ("DISCARD", "Discard the draft", "撤销草拟"),
            ("START", "Take up", "着手整改"),
            ("RAISE_CALL", "Raise a call", "发起呼叫"),
            ("COMPLETE", "Declare put right", "报告整改完成"),
            ("ASK", "Have residents asked", "回访群众"),
            ("EXTEND", "Give more time", "延期"),
            ("SUSPEND", "Suspend", "挂起"),
            ("RESUME", "Resume", "恢复"),
        ),
    ),
}
"""Every enum of the domain that the schema shows, with its own description."""

E = TypeVar("E", bound=Enum)


def label(member: StrEnum, language: Language) -> str:
    """What a member is called in `language`."""
    return LABELS[type(member)][1][member.name].told(language)


def _declare() -> None:
    """Makes each enum known to the schema, once, with its descriptions."""
    for kind, (description, members) in LABELS.items():
        strawberry.enum(kind, description=description)
        definition: StrawberryEnumDefinition = kind.__strawberry_definition__  # type: ignore[attr-defined]  # set by the line above
        for value in definition.values:
            value.description = members[value.name].description


_declare()
