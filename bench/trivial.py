"""What cases are measured beside: a workflow with as many updates, each of which sets a value and no more."""

from __future__ import annotations

from temporalio import workflow

UPDATES = 7
"""As many as a GENERAL case without incident takes orders."""


@workflow.defn
class Trivial:
    """Ends with its last update."""

    def __init__(self) -> None:
        self._value = 0

    @workflow.run
    async def run(self) -> int:
        await workflow.wait_condition(lambda: self._value >= UPDATES)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._value

    @workflow.update
    async def put(self, value: int) -> int:
        self._value = value
        return value
