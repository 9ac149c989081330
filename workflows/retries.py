"""How long we try: a write is tried until it succeeds, because its case waits for it."""

from __future__ import annotations

from datetime import timedelta

from temporalio.common import RetryPolicy

UNTIL_WRITTEN = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(seconds=20),
)
