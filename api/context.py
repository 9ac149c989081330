"""What every resolver of one request shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from api.loaders import Loaders
from api.pictures import Pictures
from api.ports import Batches, Calling, Inspection
from models.policy.access import Viewer
from models.terms import Language
from storage.evidence import EvidenceStore


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Context:
    """One request: who asks, in which language, and the ways out. Never kept beyond it."""

    viewer: Viewer
    language: Language = Language.EN
    request_id: str = ""
    clock: Callable[[], datetime] = utc_now
    calling: Calling | None = None
    """None where only reads are served."""
    batches: Batches | None = None
    inspection: Inspection | None = None
    evidence_store: EvidenceStore | None = None
    pictures: Pictures | None = None
    asked_at: datetime = field(init=False)
    """The instant that lights, times left and "overdue" of the whole answer refer to."""
    _loaders: Loaders | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.asked_at = self.clock()

    @property
    def loaders(self) -> Loaders:
        """Batches of this request."""
        if self._loaders is None:  # a compiled read needs none
            self._loaders = Loaders(self.viewer)
        return self._loaders

    def now(self) -> datetime:
        """The instant it is now, for decisions."""
        return self.clock()
