"""What a camera wrote into a file: time, place and its own name, as far as it can be believed to be that.

Runs in the child that decodes pictures. Every value comes from whoever sent the file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from PIL import ExifTags, Image

from storage.imaging.told import Position, Shot

LONGEST_NAME = 80
TIME = "%Y:%m:%d %H:%M:%S"
OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")


def shot(picture: Image.Image) -> Shot:
    """What EXIF says; what is missing or makes no sense is None."""
    try:
        root = picture.getexif()
        inner = root.get_ifd(ExifTags.IFD.Exif)
        satellite = root.get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:  # whatever is wrong with what nobody needs to see the picture
        return Shot()
    local, offset = _local(root, inner)
    return Shot(local, offset, _satellite(satellite), _camera(root), _position(satellite))


def _local(root: Mapping[int, Any], inner: Mapping[int, Any]) -> tuple[str | None, int | None]:
    """When the shutter opened; else when the file was made."""
    base = ExifTags.Base
    for source, time, zone in (
        (inner, base.DateTimeOriginal, base.OffsetTimeOriginal),
        (inner, base.DateTimeDigitized, base.OffsetTimeDigitized),
        (root, base.DateTime, base.OffsetTime),
    ):
        with suppress(ValueError):
            moment = datetime.strptime(_text(source.get(time)), TIME)
            said = OFFSET.fullmatch(_text(inner.get(zone)))
            minutes = None
            if said is not None:
                minutes = (int(said[2]) * 60 + int(said[3])) * (-1 if said[1] == "-" else 1)
            return moment.isoformat(), minutes
    return None, None


def _satellite(gps: Mapping[int, Any]) -> str | None:
    try:
        day = datetime.strptime(_text(gps.get(ExifTags.GPS.GPSDateStamp)), "%Y:%m:%d")
        hour, minute, second = (float(part) for part in gps[ExifTags.GPS.GPSTimeStamp])
        return day.replace(hour=int(hour), minute=int(minute), second=int(second), tzinfo=UTC).isoformat()
    except (KeyError, TypeError, ValueError, OverflowError, ZeroDivisionError):
        return None


def _camera(root: Mapping[int, Any]) -> str | None:
    maker, model = (_text(root.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    name = model if model.startswith(maker) else f"{maker} {model}"
    return name.strip()[:LONGEST_NAME] or None


def _position(gps: Mapping[int, Any]) -> Position | None:
    tags = ExifTags.GPS
    try:
        north = _degrees(gps[tags.GPSLatitude], _text(gps.get(tags.GPSLatitudeRef, "N")), "S")
        east = _degrees(gps[tags.GPSLongitude], _text(gps.get(tags.GPSLongitudeRef, "E")), "W")
    except (KeyError, TypeError, ValueError, OverflowError, ZeroDivisionError):
        return None
    # 0, 0 is what a phone writes that does not know where it is.
    if not (abs(north) <= 90 and abs(east) <= 180) or (north, east) == (0, 0):
        return None
    return Position(round(east, 7), round(north, 7), _text(gps.get(tags.GPSMapDatum))[:20])


def _degrees(parts: Any, side: str, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    found = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(found):
        raise ValueError("no number of degrees")
    return -found if side.upper().startswith(negative) else found


def _text(value: object) -> str:
    """A text that can be kept and shown: no control characters, no broken ones."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "ignore")
    if not isinstance(value, str):
        return ""
    return "".join(c for c in value.encode("utf-8", "ignore").decode() if c.isprintable()).strip()
