"""How long we try: what a case waits for is tried until it succeeds."""

from __future__ import annotations

from datetime import timedelta

from temporalio.common import RetryPolicy

UNTIL_WRITTEN = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(seconds=20),
)

UNTIL_ANSWERED = UNTIL_WRITTEN
"""Likewise what another case must answer; a refusal is an answer and is not tried again."""
