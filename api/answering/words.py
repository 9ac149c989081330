"""What the answering page says beside the questions, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from models.policy.survey.answering import AnswerFault
from models.terms import Language

WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("Satisfaction of residents", "居民满意度考评"),
    "intro": (
        "It takes about three minutes. Your answers carry no name; whom you rate never sees single ones.",
        "约需三分钟。答卷不记名，被评价的单位和个人看不到单份答卷。",
    ),
    "perceive": (
        "You told us of something that was wrong. Please tell us whether it was put right.",
        "您曾反映过一件不满意的事，请告诉我们是否已经整改到位。",
    ),
    "perceive_sample": (
        "Residents of your community told us of something wrong. Please tell us whether it was put right.",
        "您所在社区的居民曾反映过一件不满意的事，请告诉我们是否已经整改到位。",
    ),
    "matter": ("What it is about", "反映的事项"),
    "place": ("You answer for", "您评价的是"),
    "required": ("needed", "必答"),
    "optional": ("if you like", "选答"),
    "submit": ("Hand in", "提交答卷"),
    "save": ("Save and go on later", "暂存，稍后继续"),
    "kept": ("Kept. You can go on with the same link.", "已暂存，可用同一链接继续作答。"),
    "keeping": ("Kept at ", "已自动保存 "),
    "not_kept": ("Not kept: no connection. It is tried again.", "未能保存：没有网络，将再次尝试。"),
    "mistakes": ("Please look at these questions again:", "请检查以下问题："),
    "thanks": ("Thank you. Your answers were handed in.", "谢谢，您的答卷已提交。"),
    "thanks_more": (
        "What becomes of them is published when the round is over. You can close this page.",
        "考评结果将在本轮结束后公布。您可以关闭此页面。",
    ),
    "other": (
        "Other answers were handed in with this link before. They stay as they are.",
        "此链接已提交过其他答案，以已提交的为准。",
    ),
    "unknown": ("This link is not known.", "此链接无效。"),
    "unknown_more": (
        "Look whether it is complete, or ask whoever gave it to you.",
        "请检查链接是否完整，或向提供链接的工作人员询问。",
    ),
    "not_yet": ("This round is not open yet.", "本轮考评尚未开始。"),
    "over": ("This round is over.", "本轮考评已结束。"),
    "withdrawn": ("This link was withdrawn.", "此链接已撤回。"),
    "away": ("That did not work just now. Please send it again in a moment.", "暂时无法提交，请稍后再试。"),
    "too_large": ("That was more than can be taken.", "提交的内容过长。"),
    "who": ("Who are you?", "您是"),
    "where": ("Which community do you live in, or is your organisation in?", "您居住（或单位所在）的社区"),
    "choose": ("Please choose", "请选择"),
    "start": ("Begin", "开始作答"),
    "choose_both": ("Please choose both.", "请选择以下两项。"),
    "if": ("only if you chose", "仅当您选择"),
    "language": ("中文", "English"),
    "skip": ("To the first mistake", "跳到第一处错误"),
}
FAULTS: Mapping[AnswerFault, tuple[str, str]] = {
    AnswerFault.MISSING: ("Please answer this question.", "请回答此题。"),
    AnswerFault.UNKNOWN_CHOICE: ("Please choose one of the answers.", "请从选项中选择。"),
    AnswerFault.UNKNOWN_QUESTION: ("This is not asked.", "没有此题。"),
    AnswerFault.WRONG_KIND: ("Please write a whole number.", "请填写整数。"),
    AnswerFault.OUT_OF_RANGE: (
        "Please write a number from {low} to {high}.",
        "请填写 {low} 至 {high} 之间的数。",
    ),
    AnswerFault.TOO_LONG: ("Please write at most {high} characters.", "最多填写 {high} 个字。"),
    AnswerFault.BAD_TEXT: ("This holds characters that cannot be read.", "含有无法识别的字符。"),
}


def word(key: str, language: Language) -> str:
    """One of them."""
    return WORDS[key][language is Language.ZH]


def fault(what: AnswerFault, language: Language, low: int | None, high: int | None) -> str:
    """What is wrong with an answer, and what would be right."""
    told = FAULTS[what][language is Language.ZH]
    return told.format(low="0" if low is None else low, high="…" if high is None else high)
