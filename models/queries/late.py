"""Values that are known only when a statement runs, so that its text can be made once and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class NotLateError(TypeError):
    """What is written depends on the value itself, not only on whether it is given."""


class Late:
    """Stands for a value while SQL is written; `read` finds it in what the run brings."""

    __slots__ = ("read",)

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self.read = read

    def then(self, change: Callable[[Any], Any]) -> Late:
        """The value, changed; a refusal of `change` comes when the statement runs."""
        read = self.read
        return Late(lambda run: change(read(run)))

    def __bool__(self) -> bool:
        raise NotLateError("its truth is not known yet")
