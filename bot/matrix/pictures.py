"""A program of its own: reads a picture and writes a new one, made from nothing but the pixels.

`matrix/cleaning` starts it for each picture with nothing but the bytes: a picture made to harm its reader
harms a process that has no keys, can open no file and no connection, and ends after this one picture. It
imports nothing of ours. What went wrong is said by the exit status alone; nothing is printed.
"""

from __future__ import annotations

import json
import resource
import sys
from contextlib import suppress
from enum import IntEnum
from io import BytesIO
from pathlib import Path
from typing import Final

# Kinds of pictures that Pillow does not know from the start.
from PIL import Image, MpoImagePlugin, TiffImagePlugin, UnidentifiedImageError, WebPImagePlugin

LOADED: Final = (MpoImagePlugin, TiffImagePlugin, WebPImagePlugin)
READ: Final = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP")
DRAWN: Final = frozenset({"PNG", "GIF", "BMP"})
"""Screenshots and drawings: kept sharp. The others are photographs, and become JPEG."""
MOST_PIXELS: Final = 52_000_000
"""What the phones of today take; one pixel needs some ten bytes while it is worked on."""
LARGEST: Final = 12_000_000
"""Pixels of the new picture: enough to read a page, little enough for a phone."""
MOST_DRAWN_BYTES: Final = 6 * 1024 * 1024
ORIENTATION: Final = 0x0112
TURNED: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
LIMITS: Final = (
    (resource.RLIMIT_AS, 640 * 1024 * 1024),
    (resource.RLIMIT_CPU, 30),
    (resource.RLIMIT_CORE, 0),
    (resource.RLIMIT_FSIZE, 0),
    (resource.RLIMIT_NOFILE, 3),
)
"""Memory, seconds, and no file written or opened: the original must not reach a disk, not even by a crash."""


class Status(IntEnum):
    """How it went; 1 is Python's own for everything unforeseen, which is a picture we cannot read."""

    DONE = 0
    NOT_CLEANABLE = 3
    TOO_LARGE = 4


def main() -> Status:
    hold_back()
    try:
        made, kind, size = cleaned(sys.stdin.buffer.read())
    except UnidentifiedImageError:
        return Status.NOT_CLEANABLE
    except (Image.DecompressionBombError, MemoryError):
        return Status.TOO_LARGE
    said = {"type": kind, "width": size[0], "height": size[1]}
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + made)
    sys.stdout.buffer.flush()
    return Status.DONE


def hold_back() -> None:
    """Give up what is not needed. Where a service manager forbids this, its own limits hold."""
    for kind in READ:
        # Whatever Pillow loads for this kind it loads now: once the limits are set, nothing can be.
        cleaned(_speck(kind))
    sys.stderr = None
    with suppress(OSError):
        # When memory runs short, this process goes and not the bot.
        Path("/proc/self/oom_score_adj").write_text("1000")
    for limit, most in LIMITS:
        with suppress(OSError, ValueError):
            resource.setrlimit(limit, (most, most))


def _speck(kind: str) -> bytes:
    out = BytesIO()
    Image.new("RGB", (2, 2)).save(out, kind)
    return out.getvalue()


def cleaned(original: bytes) -> tuple[bytes, str, tuple[int, int]]:
    """The bytes of a new picture, its media type, its width and height."""
    with Image.open(BytesIO(original), formats=READ) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise Image.DecompressionBombError
        drawn = picture.format in DRAWN and len(original) <= 2 * MOST_DRAWN_BYTES
        # JPEG can be decoded at half the size or less, which spares memory.
        picture.draft(None, _within(picture.size))
        picture.load()
        fresh = _turned(_pixels(picture), _orientation(picture))
    if fresh.width * fresh.height > LARGEST:
        fresh = fresh.resize(_within(fresh.size), Image.Resampling.LANCZOS)
    made, kind = _encoded(fresh, drawn=drawn)
    return made, kind, fresh.size


def _pixels(picture: Image.Image) -> Image.Image:
    """The first frame as it is seen: on white, so that nothing is left of what lay under transparency."""
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = picture.convert("F").point(lambda value: value / 256).convert("L")
    if picture.has_transparency_data:
        shown = picture.convert("RGBA")
        fresh = Image.new("RGB", shown.size, (255, 255, 255))
        fresh.paste(shown, mask=shown.getchannel("A"))
        return fresh
    fresh = Image.new("RGB", picture.size)
    fresh.paste(picture.convert("RGB"))
    return fresh


def _orientation(picture: Image.Image) -> object:
    """How the camera was held. What cannot be read is no reason to refuse the picture."""
    try:
        return picture.getexif().get(ORIENTATION)
    except (ArithmeticError, LookupError, OSError, SyntaxError, TypeError, ValueError):
        return None


def _turned(picture: Image.Image, orientation: object) -> Image.Image:
    how = TURNED.get(orientation) if isinstance(orientation, int) else None
    return picture if how is None else picture.transpose(how)


def _within(size: tuple[int, int]) -> tuple[int, int]:
    """The same shape with at most as many pixels as the new picture may have."""
    width, height = size
    scale = min(1.0, (LARGEST / (width * height)) ** 0.5)
    return max(1, int(width * scale)), max(1, int(height * scale))


def _encoded(fresh: Image.Image, *, drawn: bool) -> tuple[bytes, str]:
    out = BytesIO()
    if drawn:
        fresh.save(out, "PNG")
        if out.tell() <= MOST_DRAWN_BYTES:
            return out.getvalue(), "image/png"
        out = BytesIO()
    fresh.save(out, "JPEG", quality=85)
    return out.getvalue(), "image/jpeg"


if __name__ == "__main__":
    sys.exit(main())
