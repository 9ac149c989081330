"""Documents that front ends registered when they were built: known by the SHA-256 of their text.

Read once at start from JSON files {id: text}, as relay-compiler and graphql-codegen write them with SHA-256
as their hash. Nothing is registered while the platform runs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from api.body import SHA256
from api.errors import Fault
from models.terms import Language


class TrustedDocumentsError(ValueError):
    """Registered documents cannot be served; the message names the file or document and what is wrong."""


def load(path: Path) -> Mapping[str, str]:
    """Document texts by the lower-case hex of their SHA-256: of one file, or of each `*.json` in a folder.

    Raises TrustedDocumentsError.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise TrustedDocumentsError(f"{path} holds no *.json file of trusted documents")
    return {key: text for file in files for key, text in _read(file).items()}


def hash_of(text: str) -> str:
    """The SHA-256 of a document's text in lower-case hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _read(file: Path) -> dict[str, str]:
    try:
        parsed = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as no:
        raise TrustedDocumentsError(f"{file} cannot be read as JSON: {no}") from no
    if not isinstance(parsed, dict) or not all(isinstance(text, str) for text in parsed.values()):
        raise TrustedDocumentsError(f"{file} must be a JSON object of document texts by their SHA-256")
    return {_checked(file, key, text): text for key, text in parsed.items()}


def _checked(file: Path, key: str, text: str) -> str:
    match = SHA256.fullmatch(key)
    if match is None:
        raise TrustedDocumentsError(
            f"{file}: {key[:80]!r} is no SHA-256; have the compiler hash with it "
            '(relay-compiler: persistConfig.algorithm "SHA256"; graphql-codegen: hashAlgorithm "sha256")'
        )
    if match[1].lower() != hash_of(text):
        raise TrustedDocumentsError(f"{file}: the text under {key} has another SHA-256: {hash_of(text)}")
    return match[1].lower()


def refused(key: str, faults: list[Fault]) -> TrustedDocumentsError:
    """The error of a registered document that this schema cannot answer."""
    reason = faults[0].told(Language.EN, "-")["message"]
    return TrustedDocumentsError(f"the trusted document {key} is not served: {reason}")
