"""Pictures with everything hidden in them that cameras and programs put there, and a search for any of it."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import ExifTags, Image, ImageCms, PngImagePlugin

CANARY = "canary-of-elm-street"
"""Stands in every place of a picture where something can be hidden."""
XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>{CANARY}</dc:creator></x:xmpmeta>'.encode()
LATITUDE = (40.0, 26.0, 46.302)


def scene(width: int = 64, height: int = 48) -> Image.Image:
    """Red above, blue below: one sees which way up it is."""
    picture = Image.new("RGB", (width, height), (200, 20, 20))
    picture.paste((20, 20, 200), (0, height // 2, width, height))
    return picture


def exif(orientation: int = 1) -> Image.Exif:
    found = Image.Exif()
    found[ExifTags.Base.Artist] = CANARY
    found[ExifTags.Base.Make] = CANARY
    found[ExifTags.Base.ImageDescription] = CANARY
    found[ExifTags.Base.Orientation] = orientation
    place = found.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef] = "N"
    place[ExifTags.GPS.GPSLatitude] = LATITUDE
    camera = found.get_ifd(ExifTags.IFD.Exif)
    camera[ExifTags.Base.BodySerialNumber] = CANARY
    camera[ExifTags.Base.UserComment] = b"ASCII\0\0\0" + CANARY.encode()
    return found


def profile() -> bytes:
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made + CANARY.encode()


def jpeg(orientation: int = 1) -> bytes:
    """EXIF, XMP, IPTC, a colour profile, a comment, a thumbnail's place, and something after the end."""
    out = BytesIO()
    scene().save(out, "JPEG", exif=exif(orientation), comment=CANARY.encode(), icc_profile=profile(), xmp=XMP)
    iptc = b"Photoshop 3.0\x00" + b"8BIM\x04\x04\x00\x00" + _iptc()
    made = out.getvalue()
    return made[:2] + b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc + made[2:] + CANARY.encode()


def _iptc() -> bytes:
    entry = b"\x1c\x02\x50" + struct.pack(">H", len(CANARY)) + CANARY.encode()
    return struct.pack(">I", len(entry)) + entry


def png() -> bytes:
    """Text in every kind of chunk, EXIF, a profile, a chunk nobody knows, and something after the end."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", CANARY)
    notes.add_text("Comment", CANARY, zip=True)
    notes.add_itxt("XML:com.adobe.xmp", XMP.decode())
    notes.add(b"caNb", CANARY.encode())
    out = BytesIO()
    scene().save(out, "PNG", pnginfo=notes, exif=exif(), icc_profile=profile())
    return out.getvalue() + CANARY.encode()


def webp() -> bytes:
    out = BytesIO()
    scene().save(out, "WEBP", exif=exif(), icc_profile=profile(), xmp=XMP, lossless=True)
    return out.getvalue()


def tiff() -> bytes:
    out = BytesIO()
    scene().save(
        out,
        "TIFF",
        artist=CANARY,
        description=CANARY,
        software=CANARY,
        icc_profile=profile(),
        tiffinfo={700: XMP, 33723: CANARY.encode()},
    )
    return out.getvalue() + CANARY.encode()


def gif() -> bytes:
    """A comment, and a second frame that nobody asked for."""
    out = BytesIO()
    second = scene().rotate(180)
    scene().save(out, "GIF", comment=CANARY.encode(), save_all=True, append_images=[second])
    return out.getvalue() + CANARY.encode()


FORMATS = {"JPEG": jpeg, "PNG": png, "WEBP": webp, "TIFF": tiff, "GIF": gif}


def hidden(picture: bytes) -> list[str]:
    """Everything in the bytes of a picture that is not pixels, by what gives it away."""
    with Image.open(BytesIO(picture)) as opened:
        found = [f"exif {tag}" for tag in opened.getexif()]
        said = set(opened.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        found += [f"info {name}" for name in sorted(map(str, said))]
        shape = opened.format
    found += ["canary"] if CANARY.encode() in picture else []
    found += [f"segment {name}" for name in (_segments(picture) if shape == "JPEG" else _chunks(picture))]
    return found


def _segments(made: bytes) -> list[str]:
    """The segments of a JPEG that are not needed to see it, and whatever follows its end."""
    names, at = [], 2
    while made[at + 1] != 0xDA:
        if made[at + 1] not in (0xE0, 0xDB, 0xC0, 0xC2, 0xC4):
            names.append(f"{made[at + 1]:x}")
        at += 2 + struct.unpack(">H", made[at + 2 : at + 4])[0]
    return names + ([] if made.endswith(b"\xff\xd9") else ["after the end"])


def _chunks(made: bytes) -> list[str]:
    names, at = [], 8
    while at < len(made):
        length, name = struct.unpack(">I4s", made[at : at + 8])
        names += [] if name in (b"IHDR", b"IDAT", b"IEND") else [name.decode("latin1")]
        at += 12 + length
    return names


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A few kilobytes that unpack to billions of pixels."""
    row = zlib.compress(b"\0" * 1_000_000, 9)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", row) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
