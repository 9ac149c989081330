"""Failures a person can do something about: told in one line, without a traceback."""

from __future__ import annotations

import sys

KNOWN = (
    ("infra.settings", "SettingsError"),
    ("infra.keys", "KeyFileError"),
    ("infra.connections", "ConnectionFailedError"),
    ("infra.serve", "PortTakenError"),
    ("infra.supervisor", "PartFailedError"),
    ("infra.stack.claim", "StackError"),
    ("infra.stack.process", "ServiceError"),
    ("infra.stack.ports", "NoFreePortError"),
    ("api.trusted", "TrustedDocumentsError"),
    ("infra.deployments", "UnknownBuildError"),
    ("models.rulebooks.source", "RulebookError"),
    ("models.queries.loading", "VersionTakenError"),
    ("models.queries.migrations", "OtherVersionError"),
)
"""Where each is declared. One that was raised is imported already, so nothing is imported for this."""


class CommandError(RuntimeError):
    """A command could not do what was asked; the message says why and what would help."""


def known_failures() -> tuple[type[BaseException], ...]:
    """The kinds that are told in one line, as far as their modules are loaded."""
    loaded = [getattr(sys.modules[module], name) for module, name in KNOWN if module in sys.modules]
    return (CommandError, *loaded)


def reason_of(failure: BaseException) -> str:
    """What a person reads."""
    return str(failure).strip() or type(failure).__name__
