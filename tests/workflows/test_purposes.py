"""What a case costs Temporal: every event of a recorded history has a purpose, and there are few."""

from __future__ import annotations

import pytest

from tests.workflows.scenarios import SCENARIOS
from tests.workflows.test_histories import files, recorded
from workflows.purposes import MOST_EVENTS, OTHER, counts, lines


def test_a_general_case_without_incident_takes_at_most_a_hundred_events():
    (path,) = files("general_plain")
    read = lines(recorded(path).events)
    total = counts(read)
    assert len(read) <= MOST_EVENTS, total
    assert sum(total.values()) == len(read)
    # Begun, and seven orders: each is written once.
    assert total["what was decided is written"] == 8 * 3
    assert total["an order taken"] == 7 * 2
    assert total["the next instant owed"] <= 7, "one timer, restarted only for an earlier instant"


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_event_of_every_scenario_is_for_something(name):
    for path in files(name):
        read = lines(recorded(path).events)
        assert [line for line in read if line.purpose == OTHER] == []
        assert [line.number for line in read] == list(range(1, len(read) + 1))
