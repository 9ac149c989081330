"""What every mutation does with its input: read texts and ids, or refuse naming the field.

Reading goes through several hands, so a refusal travels up as `RefusedError` inside this package and
becomes a value, a member of the result union, at the one place where it leaves: `refusable`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import structlog

from api import ids
from api.context import Context
from api.problems import AnyProblem, Problem, Problems
from models.policy.text import KEY, TextFault, TextRule, cleaned
from models.queries import commands, db
from models.queries.commands import Receipt

log = structlog.get_logger("api.mutations")

P = ParamSpec("P")
T = TypeVar("T")


class RefusedError(Exception):
    """A refusal on its way out."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def refusable(resolver: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Turns a refusal raised while reading or deciding into the member of the union that it is.

    A database that is away is a refusal too: what was under way is found, or done, by sending it again.
    """

    @wraps(resolver)
    async def refusing(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return await resolver(*args, **kwargs)
        except RefusedError as refused:
            return refused.problem
        except Exception as fault:
            if not db.away(fault):
                raise
            log.warning("database away", error=repr(fault))
            info: Any = kwargs["info"]
            return Problems(info.context.language).unavailable()

    return refusing


class Asking:
    """One mutation's input being read."""

    def __init__(self, context: Context, command: str, key: str) -> None:
        self.context = context
        self.command = command
        self.problems = Problems(context.language)
        self._key = key

    @property
    def actor(self) -> str:
        """Whose idempotency keys these are."""
        return self.context.viewer.subject

    @property
    def id(self) -> UUID:
        """The command's id; refuses a key that is none."""
        return commands.command_id(self.actor, self.text("input.idempotencyKey", self._key, KEY))

    async def done_before(self, command: UUID, fingerprint: str) -> bool:
        """Whether this was carried out already; refuses a key that was used for something else."""
        known = await commands.known(command, fingerprint)
        if known.receipt is Receipt.CONFLICT:
            raise RefusedError(self.problems.key_reused())
        return known.receipt is Receipt.APPLIED

    def text(self, field: str, given: str | None, rule: TextRule) -> str:
        """The text, cleaned; refuses what `rule` does not allow."""
        text = cleaned(given, rule)
        if isinstance(text, TextFault):
            raise RefusedError(self.problems.text(field, text, rule))
        return text

    def key(self, field: str, given: object, *types: str) -> tuple[str, UUID]:
        """Type and UUID of an id of one of `types`."""
        found = ids.parsed(str(given))
        if found is None or found[0] not in types:
            raise RefusedError(self.problems.invalid(field, "ID", expected=" or ".join(types)))
        return found

    def refuse(self, problem: AnyProblem) -> RefusedError:
        return RefusedError(problem)

    def invalid(self, field: str, message: str, **params: object) -> RefusedError:
        return RefusedError(self.problems.invalid(field, message, **params))
