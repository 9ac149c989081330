"""What the report of a round is worded in, English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    "process": ("How it went", "考评过程"),
    "scores": ("Streets: scores and ranks", "街道得分与排名"),
    "chart": ("Positive part of streets with 95 % intervals", "街道正面得分及 95% 置信区间"),
    "rank": ("Rank", "排名"),
    "tier": ("Tier", "档次"),
    "name": ("Name", "名称"),
    "positive": ("Positive", "正面"),
    "negative": ("Negative", "负面"),
    "feature": ("Feature", "特色"),
    "score": ("Score", "得分"),
    "interval": ("95 % interval (positive part)", "95% 置信区间（正面得分）"),
    "n": ("Sheets", "样本量"),
    "deff": ("Design effect", "设计效应"),
    "coverage": ("Quota filled", "配额完成率"),
    "over": ("Significantly over", "显著高于"),
    "change": ("Since the round before (p)", "较上轮变化（p 值）"),
    "mean": ("Mean of streets", "街道平均分"),
    "dimensions": ("Dimensions, mean of streets", "各维度街道平均分"),
    "COMMUNITY": ("Communities", "社区"),
    "WORKER": ("Community workers", "社区工作者"),
    "first": ("The first {n} of {all}", "共 {all} 个，列前 {n} 名"),
    "year": ("Awards of {year}", "{year} 年度奖励"),
    "provisional": ("Provisional until the year's last round.", "年度最后一轮前为暂定结果。"),
    "award": ("Working funds, commendation", "工作经费、通报表扬"),
    "responses": ("Answer sheets", "答卷"),
    "excluded": ("left out", "剔除"),
    "invitations": ("Invitations", "邀请"),
    "mode": ("Mode", "方式"),
    "channel": ("Way", "渠道"),
    "open": ("Open data (CSV)", "开放数据（CSV）"),
    "openly": (
        "{sheets} sheets; nobody can be told from {others} others; {out} left out for that.",
        "共 {sheets} 份；任何人均无法与其他 {others} 人区分；因此略去 {out} 份。",
    ),
    "note": (
        "Orders are significant only where a two-sided test of the difference, corrected by Holm for all "
        "pairs, says so at 5 %. A tier begins with the best street left; who is not significantly under it "
        "belongs to it. Only the positive part is estimated; the others are constants.",
        "名次差异仅在双侧检验（对全部两两比较作 Holm 校正，显著性水平 5%）显著时方可认定。"
        "每一档由余下最高者开始，与其无显著差异者同档。仅正面得分为抽样估计，其余部分为常数。",
    ),
    "frozen": (
        "Worked out under {rulebook} from what was recorded before {at}; SHA-256 of the data {sha}",
        "按 {rulebook} 规则、依据 {at} 前的记录计算；数据 SHA-256：{sha}",
    ),
}
