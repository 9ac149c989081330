"""Migrations that only add, which an empty database takes in a second (decision 27)."""

from __future__ import annotations

from tortoise.migrations.migration import Migration
from tortoise.migrations.operations import CreateModel, RunSQL
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import ModelState, State


class Adding(Migration):
    """Makes tables and runs SQL; anything else needs a plain `tortoise.migrations.Migration`.

    Neither looks at how things were before. So all tables are made known at once and then to the database,
    where Tortoise renders every model anew for each of them, and again as it was before.
    """

    def __init__(self, name: str, app_label: str) -> None:
        """Raises TypeError for an operation that may look at how things were before."""
        super().__init__(name, app_label)
        for operation in self.operations:
            if not isinstance(operation, CreateModel | RunSQL):
                raise TypeError(f"{name} holds {type(operation).__name__}, which does more than add")

    async def apply(
        self,
        state: State,
        *,
        dry_run: bool = False,
        schema_editor: BaseSchemaEditor | None = None,
        collect_sql: bool = False,
    ) -> State:
        """Brings `state` forward, and the database too unless it is a dry run."""
        if collect_sql:
            return await super().apply(
                state, dry_run=dry_run, schema_editor=schema_editor, collect_sql=collect_sql
            )
        self._make_known(state)
        if schema_editor is not None and not dry_run:
            for operation in self.operations:
                await operation.database_forward(self.app_label, state, state, schema_editor)
        state.validate_relations_initialized()
        return state

    def _make_known(self, state: State) -> None:
        made = {
            (self.app_label, operation.name): ModelState.make_from_model(self.app_label, operation.model)
            for operation in self.operations
            if isinstance(operation, CreateModel)
        }
        state.models |= made
        if made:
            state.reload_models(made)
