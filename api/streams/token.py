"""Resume tokens: an event's place in the order of all events, as an opaque text.

A token opens nothing: whoever makes one up is still shown only what is in their scope.
"""

from __future__ import annotations

import base64
import re

from api.errors import ErrorCode, Fault, FaultError
from models.queries.events import HIGHEST, Position

TEXT = re.compile(r"e1\.(\d{1,19})\.(\d{1,19})")
LONGEST = 80


def token_of(position: Position) -> str:
    """The token with which a reader goes on after `position`."""
    text = f"e1.{position.xact}.{position.id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position_of(token: str, argument: str = "after") -> Position:
    """The place a token names; a BAD_INPUT fault for anything that no event ever carried."""
    try:
        raw = token.encode("ascii") if len(token) <= LONGEST else b""
        text = base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:
        text = ""
    parts = TEXT.fullmatch(text)
    found = Position(int(parts[1]), int(parts[2])) if parts else None
    if found is None or found.xact > HIGHEST or found.id > HIGHEST:
        raise FaultError(Fault(ErrorCode.BAD_INPUT, "bad_resume_token", {"name": argument}, field=argument))
    return found
