"""Accepts or refuses a confirmed photo; may run any number of times, also after a death at any line of it.

Objects are claimed, then put under their content's names, then the row is settled; last of all the upload is
taken away. So no row names an object that is not there, and what lies in the store without being named was
claimed, or is an upload, which a sweep finds.
"""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog
from temporalio import activity

from models.policy.evidence import looks
from models.policy.evidence.checks import located, taken_at
from models.queries import acceptance
from models.queries.acceptance import Accepted, Kept, Waiting
from models.terms import EvidenceRefusal, EvidenceStatus
from storage.evidence import (
    SEALED,
    EvidenceStore,
    NoSuchObjectError,
    ObjectTooLargeError,
    kept_key,
)
from storage.images import Examiner, ExaminerDiedError
from storage.imaging.told import Examined, PictureRefused, Rendition
from workflows.acceptance import ACCEPT_EVIDENCE, AcceptanceOrder
from workflows.activities.alive import alive

MOST_DEATHS = 5
"""A file that ended the reading process so often is refused: it costs more than a photograph does."""
JPEG = "image/jpeg"

log = structlog.get_logger()


class Accepting:
    """What acceptances share: the store, and the processes that read pictures."""

    def __init__(self, store: EvidenceStore, examiner: Examiner, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._examiner = examiner
        self._clock = clock

    @activity.defn(name=ACCEPT_EVIDENCE)
    async def accept(self, order: AcceptanceOrder) -> str:
        """Settles the photo and returns its status."""
        photo = await acceptance.waiting(UUID(order.evidence))
        if photo is None:
            log.warning("no such photo", evidence=order.evidence)
            return ""
        async with alive():
            if photo.status is EvidenceStatus.CONFIRMED:
                await self._settle(photo)
            # Also where an earlier try settled it and died: the upload has served.
            await self._store.delete(photo.key)
        settled = await acceptance.waiting(photo.id)
        return settled.status.value if settled else ""

    async def _settle(self, photo: Waiting) -> None:
        with tempfile.TemporaryDirectory(prefix="huying-evidence-") as made:
            folder = Path(made)
            refused = await self._fetched(photo, folder / "upload")
            examined = refused or await self._examined(photo, folder)
            if isinstance(examined, Examined):
                await self._accept(photo, examined, folder)
            else:
                why, found = examined
                await acceptance.refuse(photo.id, why, found, self._clock())
                log.info("photo refused", evidence=str(photo.id), why=why.value, found=found)

    async def _fetched(self, photo: Waiting, to: Path) -> tuple[EvidenceRefusal, str] | None:
        """Brings the upload here; what is wrong with it, if anything."""
        try:
            found = await self._store.fetch(photo.key, to, max_size=photo.size)
        except NoSuchObjectError:
            return EvidenceRefusal.LOST, "nothing lies where it was uploaded"
        except ObjectTooLargeError:
            return EvidenceRefusal.CHANGED, "more bytes than were announced"
        if (found.size, found.sha256) != (photo.size, photo.sha256):
            return EvidenceRefusal.CHANGED, "other bytes than were announced"
        return None

    async def _examined(self, photo: Waiting, folder: Path) -> Examined | tuple[EvidenceRefusal, str]:
        try:
            answer = await self._examiner.examine(folder / "upload", folder)
        except ExaminerDiedError:
            if activity.info().attempt < MOST_DEATHS:
                raise
            return EvidenceRefusal.TOO_COSTLY, f"reading it was ended {MOST_DEATHS} times"
        if isinstance(answer, PictureRefused):
            return EvidenceRefusal(answer.fault.value), answer.found
        return answer

    async def _accept(self, photo: Waiting, examined: Examined, folder: Path) -> None:
        files = {
            Kept(kept_key("originals", photo.sha256), photo.sha256, photo.size, SEALED): folder / "upload"
        }
        named = [await _named(folder, one) for one in (examined.view, examined.medium, examined.small)]
        files |= dict(named)
        original, view, medium, small = [next(iter(files)), *(kept for kept, _ in named)]
        await acceptance.claim(list(files), self._clock())
        for kept, file in files.items():
            await self._store.put(kept.key, await asyncio.to_thread(file.read_bytes), kept.content_type)
        shot = examined.shot
        zone = await acceptance.offset_minutes(photo.id)
        said = shot.position
        place = located(said.longitude, said.latitude, said.datum) if said else None
        made = Accepted(
            examined.content_type,
            examined.wide,
            examined.high,
            original,
            view,
            medium,
            small,
            taken_at(shot.local, shot.offset_minutes, shot.satellite, zone),
            shot.camera,
            place,
            looks.kept(examined.coarse, examined.fine),
            looks.sought(examined.coarse, examined.fine),
        )
        if await acceptance.accept(photo, made, self._clock()):
            log.info("photo accepted", evidence=str(photo.id), type=examined.content_type)


async def _named(folder: Path, made: Rendition) -> tuple[Kept, Path]:
    file = folder / made.file
    data = await asyncio.to_thread(file.read_bytes)
    sha256 = hashlib.sha256(data).hexdigest()
    return Kept(kept_key("pictures", sha256), sha256, len(data), JPEG), file
