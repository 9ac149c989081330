"""An ObjectRef crosses to Temporal and back unchanged, and importing it costs a workflow nothing."""

from __future__ import annotations

import subprocess
import sys
from uuid import UUID

from temporalio.converter import DataConverter

from storage.evidence import ObjectRef, evidence_key


async def test_an_object_ref_crosses_to_temporal_and_back() -> None:
    key = evidence_key(UUID(int=1), UUID(int=2))
    assert key == "evidence/00000000-0000-0000-0000-000000000001/00000000-0000-0000-0000-000000000002"
    ref = ObjectRef("huying-evidence", key, "f" * 64, 1, "image/jpeg")
    payloads = await DataConverter.default.encode([ref])
    assert len(payloads[0].data) < 400
    assert await DataConverter.default.decode(payloads, [ObjectRef]) == [ref]


def test_the_port_imports_no_client() -> None:
    program = (
        "import sys, storage.evidence; print(sorted({'minio', 'urllib3', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
