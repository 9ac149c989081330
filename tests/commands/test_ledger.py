"""That the proof of "nothing was written" notices what is written."""

from __future__ import annotations

from models.queries import db
from tests.commands.ledger import nothing_written, settled

WRITES = {
    "a row more": "INSERT INTO code_counters (id, taken) VALUES ('test-ledger', 1)",
    "a row of the same content": "UPDATE code_counters SET taken = taken WHERE id = 'test-ledger'",
    "a row less": "DELETE FROM code_counters WHERE id = 'test-ledger'",
}


async def test_each_kind_of_write_is_noticed_and_its_table_named(desk) -> None:
    await settled()
    for what, statement in WRITES.items():
        assert await noticed(statement) == "something was written: code_counters", what


async def test_reading_is_no_write(desk) -> None:
    await settled()
    assert await noticed("SELECT * FROM code_counters") == ""


async def noticed(statement: str) -> str:
    try:
        async with nothing_written():
            await db.execute(statement)
    except AssertionError as failure:
        return str(failure)
    return ""
