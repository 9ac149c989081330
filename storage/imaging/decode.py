"""One file that claims to be a picture: looked at by content, read within limits, and made anew.

What is served is encoded here from pixels alone, so that nothing of the file itself is left in it: no
metadata, no thumbnail, no trailer, no second format. Runs in the child that decodes pictures, nowhere else.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import pillow_heif
import puremagic
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

from storage.imaging import hashes
from storage.imaging.shots import shot
from storage.imaging.told import Examined, PictureFault, PictureLimits, PictureRefused, Rendition

pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)
warnings.simplefilter("ignore")
Image.MAX_IMAGE_PIXELS = None  # measured here instead, with a refusal that says so

FORMATS = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heic",
}
"""What is accepted, by Pillow's names. MPO is the JPEG of phones that add a second view."""
TURN = Image.Transpose
TURNS = {
    2: TURN.FLIP_LEFT_RIGHT,
    3: TURN.ROTATE_180,
    4: TURN.FLIP_TOP_BOTTOM,
    5: TURN.TRANSPOSE,
    6: TURN.ROTATE_270,
    7: TURN.TRANSVERSE,
    8: TURN.ROTATE_90,
}
"""What makes a picture upright, by EXIF's numbers."""
MOVING = ("PNG", "WEBP")
VIEW_SIDE, MEDIUM_SIDE, SMALL_SIDE = 2560, 1024, 320
"""Longest side of what is made, in pixels."""
LARGEST_PROFILE = 1024 * 1024
"""Bytes of a colour profile that is followed; what is larger describes no camera."""
HEAD = 64 * 1024


def examine(path: Path, folder: Path, limits: PictureLimits) -> Examined | PictureRefused:
    """Reads the file and puts what is made of it into `folder`."""
    try:
        with Image.open(path, formats=["JPEG", "PNG", "WEBP", "HEIF"]) as picture:
            refused = _measured(picture, limits)
            return refused or _made(picture, folder)
    except UnidentifiedImageError:
        return PictureRefused(PictureFault.NOT_A_PICTURE, _really(path))
    except MemoryError:
        return PictureRefused(PictureFault.TOO_COSTLY, "it takes more memory than a photograph does")
    except Exception as fault:  # decoders raise whatever they please
        if "memory" in str(fault).lower():
            return PictureRefused(PictureFault.TOO_COSTLY, "it takes more memory than a photograph does")
        return PictureRefused(PictureFault.BROKEN, f"it cannot be read to its end ({type(fault).__name__})")


def _measured(picture: Image.Image, limits: PictureLimits) -> PictureRefused | None:
    """Asked of the header alone, before a pixel is read."""
    wide, high = picture.size
    size = f"{wide} x {high} pixels"
    if min(wide, high) < limits.least_side:
        return PictureRefused(PictureFault.TOO_SMALL, size)
    most = limits.most_pixels if picture.format in ("JPEG", "MPO") else limits.most_pixels_whole
    if wide * high > most or max(wide, high) > limits.longest_side:
        return PictureRefused(PictureFault.TOO_MANY_PIXELS, size)
    if picture.format in MOVING and getattr(picture, "n_frames", 1) > 1:
        return PictureRefused(PictureFault.ANIMATED, f"{picture.format} of several frames")
    return None


def _made(picture: Image.Image, folder: Path) -> Examined:
    content_type, (wide, high) = FORMATS[picture.format or ""], picture.size
    # A large JPEG is read at half or a quarter of its size: it is shown no larger.
    picture.draft("RGB", (VIEW_SIDE, VIEW_SIDE))
    # Before anything else is asked: EXIF of a PNG is looked for by reading it, and hides that it is broken.
    picture.load()
    taken = shot(picture)
    turned = _turned(picture)
    profile = picture.info.get("icc_profile")
    plain = _small_enough(_plain(picture))
    plain = _in_srgb(plain, profile)
    if turned in TURNS:
        plain = plain.transpose(TURNS[turned])
    looks = hashes.looks(plain)
    if turned in (5, 6, 7, 8):
        wide, high = high, wide
    return Examined(
        content_type,
        wide,
        high,
        taken,
        view=_saved(plain, folder, "view", VIEW_SIDE),
        medium=_saved(plain, folder, "medium", MEDIUM_SIDE),
        small=_saved(plain, folder, "small", SMALL_SIDE),
        coarse=[look.coarse for look in looks],
        fine=[look.fine for look in looks],
    )


def _turned(picture: Image.Image) -> int:
    """How the camera was held, as EXIF counts it; libheif turns by itself."""
    try:
        turned = picture.getexif().get(ExifTags.Base.Orientation, 1) if picture.format != "HEIF" else 1
    except Exception:  # broken metadata breaks no picture
        return 1
    return turned if turned in range(1, 9) else 1


def _plain(picture: Image.Image) -> Image.Image:
    """Its pixels in red, green and blue; what is transparent is white."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGB", picture.size, "white")
        white.paste(picture, mask=picture.getchannel("A"))
        return white
    if picture.mode.startswith("I"):  # 16 bits of grey: 8 are shown
        picture = picture.point(lambda value: value / 256).convert("L")
    return picture.convert("RGB")


def _small_enough(picture: Image.Image) -> Image.Image:
    made = picture.copy() if max(picture.size) <= VIEW_SIDE else picture
    made.thumbnail((VIEW_SIDE, VIEW_SIDE), Image.Resampling.LANCZOS)
    return made


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as every screen shows them, as far as the profile can be followed."""
    if not profile or len(profile) > LARGEST_PROFILE:
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip() != "RGB":
            return picture
        turned = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        return turned or picture
    except Exception:  # a broken profile changes a shade, not what is seen
        return picture


def _saved(picture: Image.Image, folder: Path, name: str, side: int) -> Rendition:
    made = Image.new("RGB", picture.size)
    made.paste(picture)  # pixels alone: what else Pillow keeps beside them is left behind
    made.thumbnail((side, side), Image.Resampling.LANCZOS)
    made.save(folder / f"{name}.jpg", "JPEG", quality=85, exif=b"", icc_profile=None, comment=b"")
    return Rendition(f"{name}.jpg", made.width, made.height)


def _really(path: Path) -> str:
    """What a file is that is no picture, by its content."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    try:
        return f"its content is {puremagic.from_string(head).lstrip('.') or 'of no known type'}"
    except (puremagic.PureError, ValueError):
        return "its content is of no known type"
