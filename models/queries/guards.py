"""Which rule says whether a viewer sees a row of a table; `models/queries/scope.py` makes SQL of it."""

from __future__ import annotations

from enum import StrEnum


class Guard(StrEnum):
    """One way of deciding, row by row, who sees it (domain guide 8)."""

    OPEN = "OPEN"
    """Places, departments, the item list: nothing personal."""
    DISTRICT = "DISTRICT"
    """Whoever holds a post in the row's district."""
    ISSUE = "ISSUE"
    """The row is an issue: the viewer's scope."""
    BELOW_ISSUE = "BELOW_ISSUE"
    """The row belongs to an issue and is seen with it."""
    ITEM = "ITEM"
    """The row is a negative item: whoever sees its district, street or community, or its call's issue."""
    BELOW_ITEM = "BELOW_ITEM"
    """The row belongs to a negative item and is seen with it."""
    BELOW_CYCLE = "BELOW_CYCLE"
    """The row belongs to a satisfaction cycle: whoever sees the whole district."""
    OWED = "OWED"
    """A duty: seen with the issue, the item or the cycle that it belongs to."""
    REPORT = "REPORT"
    """As below an issue; but whoever sees the issue only as a reporter sees their own telling alone."""
    BELOW_REPORT = "BELOW_REPORT"
    """The row belongs to a report and is seen with it."""
    PERSON = "PERSON"
    """Oneself; for staff, those who hold a post in their district. Residents are never listed."""
    POST = "POST"
    """As for persons."""
    SURVEY = "SURVEY"
    """The row is a round: open to everybody, but for a draft, which is its district's."""
    BELOW_SURVEY = "BELOW_SURVEY"
    """The row counts a round: for those who hold a post in its district."""
    INVITATION = "INVITATION"
    """Those who see the whole district, and the street that hands it out."""
    RESPONSE = "RESPONSE"
    """Those who see the whole district, and who wrote the sheet down: never the street that is scored."""
    RESPONSE_FLAG = "RESPONSE_FLAG"
    """The row doubts a response: those who see the whole district of its round."""
    OPINION = "OPINION"
    """Those who see the whole district, and the street that is to put it right."""
    RESULT = "RESULT"
    """The row is a round's results: open to everybody once published, before that for those who see the whole
    district."""
    NOTIFICATION = "NOTIFICATION"
    """The recipient, and those who see the whole district."""


INHERITED = frozenset(
    {Guard.BELOW_ISSUE, Guard.BELOW_REPORT, Guard.BELOW_ITEM, Guard.BELOW_CYCLE, Guard.OWED}
)
"""Rows that are seen with what they hang below: read from there, they need no guard of their own."""
