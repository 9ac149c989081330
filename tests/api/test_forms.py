"""The paper forms as pages: what stands on them, and that nothing on them can run."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser

from api.papers import forms
from models.queries.papers import CallSlip, Line, Matter, Named, Part, ScoreSheet, Telling
from models.terms import AssignmentStatus, Level, ReportSource

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
MATTER = Matter(
    code="JJ-2026-000123",
    title="点亮回家的路",
    place="成龙大道一段 99 号",
    level=Level.GENERAL,
    item=Named("路灯不亮", "Street light out"),
    district=Named("成都市锦江区", "Jinjiang District, Chengdu"),
    street=Named("成龙路街道", "Chenglong Road Subdistrict"),
    community="皇经楼社区",
    grid="510104-009-01-02",
    opened_at=AT,
    zone=timezone(timedelta(hours=8)),
)
PART = Part(AssignmentStatus.ON_SITE, AT + timedelta(hours=1), AT + timedelta(hours=5), None, None)
LIGHTING = Named("城市照明管理处", "Street Lighting")
SLIP = CallSlip(
    matter=MATTER,
    departments=(LIGHTING, Named("公安分局", "Public Security")),
    caller="张书记",
    demand="整条路的路灯不亮，请尽快派人到现场查看并修复。\n修复前请设置警示。",
    called_at=AT,
    tellings=(Telling(ReportSource.RESIDENT, AT, "晚上很黑，老人摔倒了", "王**", "138****5678"),),
    part=PART,
)
CRITERIA = (("报到", "Report-in"), ("专业性", "Professionalism"), ("担当意识", "Sense of responsibility"))
SHEET = ScoreSheet(
    matter=MATTER,
    department=LIGHTING,
    part=PART,
    lines=tuple(
        Line(Named(zh, en), 20, 20)
        for zh, en in (*CRITERIA, ("配合度", "Cooperation"), ("办理结果", "Outcome"))
    ),
    total=100,
    comment="响应迅速",
    signers=("张一", "李二"),
    reviewed_at=AT,
)
EVIL = "<script>alert(1)</script>\"'&</td><img src=x onerror=1>$title"


class Tags(HTMLParser):
    """The tags of a page and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_call_slip_says_what_the_paper_said():
    page = forms.call_slip(SLIP)
    for said in (
        "呼叫单",
        "JJ-2026-000123",
        "成龙路街道",
        "城市照明管理处",
        "请设置警示",
        "王**",
        "138****5678",
    ):
        assert said in page
    assert "2026-03-02 11:00" in page, "instants are the district's"
    assert "@page { size: A4" in page


def test_a_score_sheet_is_filled_in_where_it_was_scored_and_empty_where_not():
    page = forms.score_sheet(SHEET)
    assert page.count('<td class="number">20</td>') == 10
    assert ('<td class="number">100</td>', "响应迅速" in page) == ('<td class="number">100</td>', True)
    assert "张一" in page
    blank = replace(
        SHEET,
        lines=tuple(replace(line, points=None) for line in SHEET.lines),
        total=None,
        comment="",
        signers=(),
        reviewed_at=None,
    )
    empty = forms.score_sheet(blank)
    assert empty.count('<td class="number"></td>') == 6, "room to write"
    assert empty.count("评议人") == 2, "at least two people of the street sign"


def test_after_an_appeal_both_scores_stand_on_the_sheet():
    page = forms.score_sheet(replace(SHEET, changed_to=85))
    assert "申诉后得分" in page
    assert '<td class="number">85</td>' in page
    assert '<td class="number">100</td>' in page


def test_nothing_that_people_wrote_becomes_a_tag():
    evil = replace(
        SLIP,
        demand=EVIL,
        caller=EVIL,
        departments=(Named(EVIL, EVIL), Named(EVIL)),
        matter=replace(MATTER, title=EVIL, place=EVIL, code=EVIL, community=EVIL),
        tellings=(Telling(ReportSource.RESIDENT, AT, EVIL, EVIL, EVIL),),
    )
    sheet = replace(SHEET, comment=EVIL, signers=(EVIL,), matter=evil.matter)
    plain = {tag for tag, _ in Tags(forms.call_slip(SLIP)).found + Tags(forms.score_sheet(SHEET)).found}
    for page in (forms.call_slip(evil), forms.score_sheet(sheet)):
        found = Tags(page).found
        assert {tag for tag, _ in found} <= plain
        assert {"script", "img"}.isdisjoint(tag for tag, _ in found)
        assert all(not name.startswith("on") for _, attributes in found for name in attributes)
        assert "$title" in page, "what people wrote is no template"


def test_the_policy_admits_the_one_style_of_the_page_and_nothing_else():
    page = forms.call_slip(SLIP)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert forms.POLICY.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert all("style" not in attributes for _, attributes in Tags(page).found)
