"""What every command begins with: the settings, with the addresses of a stack that runs here, and logs."""

from __future__ import annotations

from infra.settings import Settings
from infra.stack.claim import discover
from infra.telemetry import configure


def surroundings() -> Settings:
    """The settings of this process. Raises SettingsError."""
    settings = Settings.load()
    configure(settings.log_format, settings.log_level)
    return discover(settings)
