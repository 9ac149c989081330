"""Files that somebody could send in place of a photograph, made here from a seed: 300 and more of them.

Each says what must become of it: a refusal by name, or acceptance, with nothing of the file left in what is
served. What a file carries that must never be served is one of `SECRETS`.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

import pillow_heif
from PIL import Image, ImageCms, PngImagePlugin

from storage.imaging.told import PictureFault
from tests.pictures.scenes import encoded, scene

pillow_heif.register_heif_opener()
SCRIPT = b"<script>alert('huying')</script>"
SECRETS = (
    b"alert('huying')",
    b"SECRET-CAMERA",
    b"PK\x03\x04",
    b"\x7fELF",
    b"GPSLatitude",
    b"<?php",
    b"Exif",
    b"ICC_PROFILE",
)
"""Bytes of which nothing may be left."""
POSITION = {1: "N", 2: (30.0, 36.0, 15.5), 3: "E", 4: (104.0, 5.0, 0.25)}
ACCEPTED = "ACCEPTED"
F = PictureFault


@dataclass(frozen=True)
class File:
    """One file, and what must become of it: one of several fates where decoders may differ."""

    name: str
    data: bytes
    fate: tuple[str, ...]


def corpus(count: int = 320, seed: int = 6) -> list[File]:
    """At least `count` files: every kind once, then kinds with other numbers, until there are enough."""
    made: list[File] = []
    turn = 0
    while len(made) < count:
        chance = Random(f"{seed}/{turn}")
        made += [file for make in KINDS for file in make(chance, turn)]
        turn += 1
    return made


def small(chance: Random) -> Image.Image:
    return scene(chance.randrange(10_000), size=(160, 120))


def exif(picture: Image.Image, thumbnail: bytes = b"") -> Image.Exif:
    """Position, camera, time, and bytes where a thumbnail would be."""
    found = picture.getexif()
    found[271], found[272], found[306] = "Huying", "SECRET-CAMERA", "2026:06:30 12:00:00"
    found.get_ifd(0x8825).update(POSITION)
    found.get_ifd(0x8769)[36867] = "2026:06:30 12:00:00"
    if thumbnail:
        found.get_ifd(0x8769)[37500] = thumbnail  # a maker's note, where some phones keep a small picture
    return found


def pages(chance: Random, turn: int) -> Iterator[File]:
    """Pages and programs under a picture's name."""
    bodies = {
        "page": b"<!doctype html><html>" + SCRIPT,
        "drawing": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(\'huying\')"/>',
        "php": b"<?php system($_GET['x']); ?>",
        "program": b"\x7fELF\x02\x01\x01" + chance.randbytes(400),
        "windows program": b"MZ" + chance.randbytes(400),
        "script": b"#!/bin/sh\nrm -rf /\n",
        "pdf": b"%PDF-1.7\n" + SCRIPT + b"%%EOF",
        "noise": chance.randbytes(500 + turn),
        "nothing but zeroes": bytes(400 + turn),
        "gif": encoded(small(chance).convert("P"), "GIF"),
        "bmp": encoded(small(chance), "BMP"),
        "tiff": encoded(small(chance), "TIFF"),
        "zip": zipped({"a.txt": b"hello " * (turn + 1)}),
        "gzip bomb": zlib.compress(bytes(2_000_000)),
    }
    for name, data in bodies.items():
        yield File(f"{name} {turn}", data, (F.NOT_A_PICTURE,))


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def polyglots(chance: Random, turn: int) -> Iterator[File]:
    """Pictures that are something else as well: behind their end, or in what nobody looks at."""
    picture = encoded(small(chance))
    trailers = {
        "zip": zipped({"x.exe": b"MZ"}),
        "page": SCRIPT,
        "program": b"\x7fELF" + chance.randbytes(100),
        "php": b"<?php system('x'); ?>",
        "second picture": encoded(small(chance)),
    }
    for name, trailer in trailers.items():
        yield File(f"jpeg and {name} {turn}", picture + trailer, (ACCEPTED,))
    comment = encoded(small(chance), comment=SCRIPT)
    yield File(f"jpeg with a script as comment {turn}", comment, (ACCEPTED,))
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", SCRIPT.decode())
    yield File(f"png with a script as text {turn}", encoded(small(chance), "PNG", pnginfo=told), (ACCEPTED,))
    yield File(f"png and page {turn}", encoded(small(chance), "PNG") + SCRIPT, (ACCEPTED,))
    yield File(f"webp and zip {turn}", encoded(small(chance), "WEBP") + trailers["zip"], (ACCEPTED, F.BROKEN))
    yield File(f"page before jpeg {turn}", SCRIPT + picture, (F.NOT_A_PICTURE,))


def told(chance: Random, turn: int) -> Iterator[File]:
    """Pictures that tell where and by whom they were taken."""
    for format in ("JPEG", "PNG", "WEBP", "HEIF"):
        picture = small(chance)
        data = encoded(picture, format, exif=exif(picture, encoded(small(chance))).tobytes())
        yield File(f"{format.lower()} with position {turn}", data, (ACCEPTED,))
    big = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    yield File(f"jpeg with a profile {turn}", encoded(small(chance), icc_profile=big), (ACCEPTED,))
    if turn == 0:
        huge = big + chance.randbytes(4_000_000)
        yield File("jpeg with a profile of 4 MB", encoded(small(chance), icc_profile=huge), (ACCEPTED,))
    noise = chance.randbytes(3000)
    yield File(f"jpeg with a broken profile {turn}", encoded(small(chance), icc_profile=noise), (ACCEPTED,))
    yield File(f"jpeg with broken exif {turn}", encoded(small(chance), exif=b"Exif\0\0" + noise), (ACCEPTED,))


def cut(chance: Random, turn: int) -> Iterator[File]:
    """Pictures that end too early, or lie about themselves."""
    for format in ("JPEG", "PNG", "WEBP", "HEIF"):
        whole = encoded(small(chance), format)
        short = whole[: int(len(whole) * chance.uniform(0.2, 0.8))]
        yield File(f"{format.lower()} cut {turn}", short, (F.BROKEN, F.NOT_A_PICTURE))
        head = whole[: chance.randrange(4, 20)]
        yield File(f"{format.lower()} head alone {turn}", head, (F.BROKEN, F.NOT_A_PICTURE))
        hurt = bytearray(whole)
        for _ in range(40):
            hurt[chance.randrange(len(hurt) // 3, len(hurt))] = chance.randrange(256)
        # Some decoders read on behind a fault: then it is a picture, made anew like any other.
        yield File(
            f"{format.lower()} hurt {turn}", bytes(hurt), (ACCEPTED, F.BROKEN, F.NOT_A_PICTURE, F.TOO_COSTLY)
        )
    yield File(f"png of other size {turn}", lying(encoded(small(chance), "PNG"), 4000, 3000), (F.BROKEN,))


def lying(png: bytes, wide: int, high: int) -> bytes:
    """A PNG whose header names another size, with the right checksum."""
    header = b"IHDR" + struct.pack(">II", wide, high) + png[24:29]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


def sizes(chance: Random, turn: int) -> Iterator[File]:
    """Too small, too large, too many."""
    dot = Image.new("RGB", (1, 1))
    for format in ("JPEG", "PNG", "WEBP"):
        yield File(f"{format.lower()} of one pixel {turn}", encoded(dot, format), (F.TOO_SMALL,))
    flat = Image.new("RGB", (63, 900), "red")
    yield File(f"a strip {turn}", encoded(flat), (F.TOO_SMALL,))
    base = encoded(Image.new("L", (100, 100)), "PNG")
    for wide, high in ((30_000, 30_000), (65_500, 65_500), (200_000, 200), (2**31 - 1, 2**31 - 1)):
        name = f"png that says {wide} x {high} {turn}"
        yield File(name, lying(base, wide, high), (F.TOO_MANY_PIXELS, F.BROKEN, F.NOT_A_PICTURE))
    if turn == 0:
        bomb = Image.new("1", (30_000, 30_000))
        yield File("png of 30,000 x 30,000", encoded(bomb, "PNG"), (F.TOO_MANY_PIXELS,))
        large = Image.new("RGB", (8000, 6200), "grey")
        yield File("jpeg of 50 million pixels", encoded(large, quality=30), (ACCEPTED,))
        deep = Image.new("RGBA", (5000, 5000))
        yield File("png bomb of 25 million pixels", encoded(deep, "PNG"), (ACCEPTED, F.TOO_COSTLY))


def modes(chance: Random, turn: int) -> Iterator[File]:
    """Colours other than a phone's."""
    picture = small(chance)
    yield File(f"cmyk {turn}", encoded(picture.convert("CMYK")), (ACCEPTED,))
    yield File(f"grey {turn}", encoded(picture.convert("L")), (ACCEPTED,))
    yield File(f"palette {turn}", encoded(picture.convert("P"), "PNG"), (ACCEPTED,))
    yield File(f"clear {turn}", encoded(picture.convert("RGBA"), "PNG"), (ACCEPTED,))
    yield File(f"16 bits {turn}", encoded(Image.new("I;16", (100, 100), 40_000), "PNG"), (ACCEPTED,))
    yield File(f"black and white {turn}", encoded(picture.convert("1"), "PNG"), (ACCEPTED,))
    frames = [small(chance) for _ in range(3)]
    for format in ("PNG", "WEBP"):
        moving = encoded(picture, format, save_all=True, append_images=frames)
        yield File(f"moving {format.lower()} {turn}", moving, (F.ANIMATED,))
    turned = exif(picture)
    turned[0x0112] = chance.randrange(2, 9)
    yield File(f"turned {turn}", encoded(picture, exif=turned.tobytes()), (ACCEPTED,))


KINDS: tuple[Callable[[Random, int], Iterator[File]], ...] = (pages, polyglots, told, cut, sizes, modes)
