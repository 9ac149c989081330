"""JSON as the edge writes it: raw UTF-8, no blanks."""

from __future__ import annotations

import json
from typing import Any


def encode(value: Any) -> bytes:
    """JSON in UTF-8. An echoed lone surrogate, which UTF-8 lacks, is written as its escape."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii")
