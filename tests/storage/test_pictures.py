"""What becomes of files that claim to be pictures, and whether copies of a picture are known again."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image, ImageOps

from models.policy.evidence import looks
from storage.images import Examiner, ExaminerDiedError
from storage.imaging import hashes
from storage.imaging.told import Examined, PictureFault, PictureLimits, PictureRefused
from tests.pictures.hostile import ACCEPTED, SECRETS, File, corpus, exif
from tests.pictures.scenes import encoded, photo, scene

MEMORY_MB = 512


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def examiner() -> AsyncIterator[Examiner]:
    found = Examiner()
    yield found
    await found.close()


async def examined(examiner: Examiner, data: bytes) -> tuple[Examined | PictureRefused, dict[str, bytes]]:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "upload").write_bytes(data)
        answer = await examiner.examine(folder / "upload", folder)
        return answer, {file.name: file.read_bytes() for file in folder.glob("*.jpg")}


async def faults(examiner: Examiner, files: list[File]) -> tuple[list[str], Counter[str]]:
    """What went another way than it must, and how often each fate was met."""
    wrong: list[str] = []
    fates: Counter[str] = Counter()

    async def one(file: File) -> None:
        answer, served = await examined(examiner, file.data)
        fate = answer.fault.value if isinstance(answer, PictureRefused) else ACCEPTED
        fates[fate] += 1
        if fate not in file.fate:
            wrong.append(f"{file.name}: {fate}, not {file.fate}")
        if isinstance(answer, PictureRefused):
            if served or not answer.found:
                wrong.append(f"{file.name}: refused with {len(served)} pictures, saying {answer.found!r}")
            return
        for name, data in served.items():
            left = [f"{secret!r} left" for secret in SECRETS if secret in data] + left_in(data)
            wrong.extend(f"{file.name}: {what} in {name}" for what in left)

    await asyncio.gather(*(one(file) for file in files))
    return wrong, fates


def left_in(data: bytes) -> list[str]:
    """What beside pixels is in a served picture."""
    found = [] if data.startswith(b"\xff\xd8\xff\xe0\x00\x10JFIF\0") else ["no plain JPEG head"]
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        found += [name for name in ("exif", "icc_profile", "comment", "xmp") if picture.info.get(name)]
        if picture.format != "JPEG" or dict(picture.getexif()):
            found.append(f"{picture.format} with metadata")
    return found if data.endswith(b"\xff\xd9") else [*found, "a trailer"]


async def test_a_sample_of_hostile_files_is_refused_by_name_or_made_anew(examiner: Examiner) -> None:
    """Every kind once; `make prove` has more than 300."""
    wrong, fates = await faults(examiner, corpus(1))
    assert wrong == []
    assert set(fates) >= {"ACCEPTED", "NOT_A_PICTURE", "BROKEN", "TOO_SMALL", "TOO_MANY_PIXELS", "ANIMATED"}


@pytest.mark.prove
async def test_more_than_300_hostile_files(examiner: Examiner) -> None:
    files = corpus()
    wrong, fates = await faults(examiner, files)
    memory = examiner.most_memory // 1024
    print(f"\n{len(files)} hostile files: {dict(fates)}; most memory of a child {memory} MB")
    assert wrong == []
    assert len(files) >= 300
    assert memory < MEMORY_MB


async def test_what_the_camera_said_is_read_before_it_is_dropped(examiner: Examiner) -> None:
    picture = scene(1, size=(200, 150))
    for format, type_ in (("JPEG", "image/jpeg"), ("PNG", "image/png"), ("HEIF", "image/heic")):
        answer, served = await examined(examiner, encoded(picture, format, exif=exif(picture).tobytes()))
        assert isinstance(answer, Examined), answer
        assert answer.content_type == type_
        assert answer.shot.local == "2026-06-30T12:00:00"
        assert answer.shot.camera == "Huying SECRET-CAMERA"
        assert answer.shot.position is not None
        found = answer.shot.position
        assert (found.longitude, found.latitude) == pytest.approx((104.083403, 30.604306), abs=1e-5)
        assert sorted(served) == ["medium.jpg", "small.jpg", "view.jpg"]


async def test_a_photo_stands_upright_and_in_two_smaller_sizes(examiner: Examiner) -> None:
    picture = scene(2, size=(3000, 2000))
    turned = picture.getexif()
    turned[0x0112] = 6
    answer, served = await examined(examiner, encoded(picture, exif=turned.tobytes()))
    assert isinstance(answer, Examined)
    assert (answer.wide, answer.high) == (2000, 3000)
    sizes = {name: Image.open(io.BytesIO(data)).size for name, data in served.items()}
    assert sizes == {"view.jpg": (1707, 2560), "medium.jpg": (683, 1024), "small.jpg": (213, 320)}


async def test_a_picture_that_takes_too_long_is_given_up_and_the_next_one_is_read() -> None:
    slow = Examiner(1, PictureLimits(wall_seconds=0))
    answer, _ = await examined(slow, encoded(scene(3, size=(3000, 2000))))
    assert answer == PictureRefused(PictureFault.TOO_COSTLY, "it takes more time than a photograph does")
    slow.limits = PictureLimits()
    answer, _ = await examined(slow, photo(3))
    assert isinstance(answer, Examined)
    await slow.close()


async def test_too_much_memory_is_refused_and_named() -> None:
    tight = Examiner(1, PictureLimits(memory=200 * 1024 * 1024))
    answer, _ = await examined(tight, encoded(Image.new("RGB", (5000, 5000)), "PNG"))
    assert answer == PictureRefused(PictureFault.TOO_COSTLY, "it takes more memory than a photograph does")
    await tight.close()


async def test_a_reader_that_was_killed_says_nothing_of_the_file_and_is_replaced() -> None:
    one = Examiner(1)
    await examined(one, photo(4))
    os.kill(one._idle[0].pid, signal.SIGKILL)
    with pytest.raises(ExaminerDiedError):
        await examined(one, photo(4))
    answer, _ = await examined(one, photo(4))
    assert isinstance(answer, Examined)
    await one.close()


def test_neither_the_edge_nor_the_asking_side_imports_a_decoder() -> None:
    program = (
        "import sys, infra.serve, infra.worker, storage.images, infra.cli;"
        "print(sorted({'PIL', 'numpy', 'pillow_heif', 'puremagic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Copies -----------------------------------------------------------------------------------------------


def cropped(left: float, top: float, right: float, bottom: float) -> Callable[[Image.Image], Image.Image]:
    def crop(picture: Image.Image) -> Image.Image:
        wide, high = picture.size
        return picture.crop(
            (int(left * wide), int(top * high), int(wide - right * wide), int(high - bottom * high))
        )

    return crop


def again(quality: int) -> Callable[[Image.Image], Image.Image]:
    return lambda picture: Image.open(io.BytesIO(encoded(picture, quality=quality)))


def scaled(share: float) -> Callable[[Image.Image], Image.Image]:
    return lambda picture: picture.resize((int(picture.width * share), int(picture.height * share)))


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "compressed at 30": again(30),
    "compressed at 60": again(60),
    "half the size": scaled(0.5),
    "a fifth of the size": scaled(0.2),
    "cropped by 5 % at each side": cropped(0.05, 0.05, 0.05, 0.05),
    "cropped by 5 % in all": cropped(0.025, 0.025, 0.025, 0.025),
    "cropped by 5 % at the left": cropped(0.05, 0, 0, 0),
    "cropped by 5 % at the top": cropped(0, 0.05, 0, 0),
    "cropped by 5 % in a corner": cropped(0, 0, 0.05, 0.05),
    "in the mirror": ImageOps.mirror,
    "in the mirror, cropped, compressed": lambda p: again(50)(
        cropped(0.05, 0.05, 0.05, 0.05)(ImageOps.mirror(p))
    ),
}
BEYOND: dict[str, Callable[[Image.Image], Image.Image]] = {
    "cropped by 3 % at the left": cropped(0.03, 0, 0, 0),
    "cropped by 4, 2, 3 and 4 %": cropped(0.04, 0.02, 0.03, 0.04),
    "cropped by 10 % at each side": cropped(0.1, 0.1, 0.1, 0.1),
    "brighter by 15 %": lambda picture: picture.point(lambda value: min(255, int(value * 1.15))),
}
"""What is not promised; told all the same."""


def hashed(picture: Image.Image) -> tuple[list[int], list[str]]:
    found = hashes.looks(picture)
    return [look.coarse for look in found], [look.fine for look in found]


def alike(one: tuple[list[int], list[str]], other: tuple[list[int], list[str]]) -> bool:
    """As the look-up decides it: a kept window against the whole, or the kept whole against a window."""
    return any(
        looks.coarse_apart(kept.coarse, sought.coarse) <= looks.COARSE_NEAR
        and looks.apart(kept.fine, sought.fine) <= looks.FINE_NEAR
        for sought in looks.sought(*other)
        for kept in looks.kept(*one)
        if looks.WHOLE in (kept.window, sought.window)
    )


SIZE = (480, 360)


def recognised(copies: dict[str, Callable[[Image.Image], Image.Image]], count: int) -> dict[str, float]:
    """The share of copies that are recognised, by kind."""
    pictures = [scene(seed, size=SIZE) for seed in range(count)]
    known = [hashed(picture) for picture in pictures]
    return {
        name: sum(alike(known[n], hashed(copy(pictures[n]))) for n in range(count)) / count
        for name, copy in copies.items()
    }


def mistaken(count: int) -> tuple[int, int]:
    """How many pairs of different scenes are taken for one, of how many."""
    known = [hashed(scene(seed, size=SIZE)) for seed in range(count)]
    pairs = [(a, b) for a in range(count) for b in range(a)]
    return sum(alike(known[a], known[b]) for a, b in pairs), len(pairs)


def test_copies_of_a_few_pictures_are_known_again_and_other_scenes_are_not() -> None:
    assert set(recognised(COPIES, 4).values()) == {1.0}
    assert mistaken(12) == (0, 66)


@pytest.mark.prove
def test_copies_of_200_pictures_are_known_again_and_200_other_scenes_are_not() -> None:
    found, beyond = recognised(COPIES, 200), recognised(BEYOND, 50)
    wrong, pairs = mistaken(200)
    again = [alike(hashed(scene(n, size=SIZE)), hashed(scene(n, 1, SIZE))) for n in range(50)]
    print("\nrecognised of 200 scenes of one category:")
    for name, share in found.items():
        print(f"  {name:34} {share:7.1%}")
    print("not promised, of 50:")
    for name, share in beyond.items():
        print(f"  {name:34} {share:7.1%}")
    print(f"different scenes taken for one: {wrong} of {pairs:,} pairs")
    print(f"the same place photographed again, taken for a copy: {sum(again)} of {len(again)}")
    assert all(share >= 0.99 for share in found.values()), found
    assert wrong == 0
