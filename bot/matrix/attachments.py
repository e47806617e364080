"""Where an attachment lies, how it is opened, and how a new one is sealed and shown; without I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct
from nio import EncryptionError
from nio.crypto.attachments import decrypt_attachment, encrypt_attachment

from bot.core.model import Attachment, AttachmentKind, Unfit
from bot.core.sensitive import Sensitive
from bot.ports import CannotPassOn

MESSAGES: Final[Mapping[str, AttachmentKind]] = {
    "m.image": AttachmentKind.PICTURE,
    "m.audio": AttachmentKind.VOICE,
    "m.video": AttachmentKind.VIDEO,
    "m.file": AttachmentKind.FILE,
}
"""Kinds of messages with an attachment. A kind we cannot clean is noticed when the file is opened."""
CLEANABLE: Final = frozenset(
    f"image/{kind}" for kind in ("jpeg", "jpg", "png", "webp", "gif", "tiff", "bmp", "x-ms-bmp")
)
SUFFIXES: Final[Mapping[str, str]] = {
    "audio/aac": ".aac",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/webm": ".webm",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "image/heic": ".heic",
    "image/heif": ".heif",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
}
UNKNOWN: Final = "application/octet-stream"
_ADDRESS: Final = re.compile(r"mxc://([A-Za-z0-9.\-:\[\]]{1,255})/([A-Za-z0-9_\-]{1,255})", re.ASCII)
_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+\-]{0,80}", re.ASCII)


class Source(Struct, frozen=True):
    """An attachment's address, and its key when it was sealed; prints nothing of itself."""

    server: str
    media: str
    key: str | None = None
    iv: str | None = None
    sha256: str | None = None

    def __repr__(self) -> str:
        return "Source(…)"


# -- what came in ------------------------------------------------------------------------------------------


def kind_of(content: Mapping[str, Any]) -> AttachmentKind | None:
    """A picture sent as a file is a picture: it can be cleaned."""
    message = content.get("msgtype")
    kind = MESSAGES.get(message) if isinstance(message, str) else None
    if kind is AttachmentKind.FILE and _type(content) in CLEANABLE:
        return AttachmentKind.PICTURE
    return kind


def attached(content: Mapping[str, Any]) -> Attachment | None:
    """What is attached to a message; None when it does not say where it lies or how it is opened."""
    kind, source = kind_of(content), _source(content)
    if kind is None or source is None:
        return None
    size = _part(content.get("info"), "size")
    whole = isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**53
    return Attachment(kind, Sensitive(json.dumps(source)), _type(content), size if whole else None)


def _source(content: Mapping[str, Any]) -> dict[str, str] | None:
    sealed = content.get("file")
    if not isinstance(sealed, Mapping):
        address = content.get("url")
        return {"url": address} if isinstance(address, str) and _ADDRESS.fullmatch(address) else None
    found = {
        "url": sealed.get("url"),
        "key": _part(sealed.get("key"), "k"),
        "iv": sealed.get("iv"),
        "sha256": _part(sealed.get("hashes"), "sha256"),
    }
    texts = {name: value for name, value in found.items() if isinstance(value, str) and value.isascii()}
    if texts.keys() != found.keys() or not _ADDRESS.fullmatch(texts["url"]):
        return None
    return texts


def _type(content: Mapping[str, Any]) -> str:
    claimed = _part(content.get("info"), "mimetype")
    plain = claimed.partition(";")[0].strip().lower() if isinstance(claimed, str) else ""
    return plain if _TYPE.fullmatch(plain) else UNKNOWN


def _part(thing: object, key: str) -> Any:
    return thing.get(key) if isinstance(thing, Mapping) else None


def source(file: Attachment) -> Source:
    told = json.loads(file.source.reveal())
    address = _ADDRESS.fullmatch(told["url"])
    if address is None:
        raise CannotPassOn(Unfit.NOT_THERE)
    return Source(address[1], address[2], told.get("key"), told.get("iv"), told.get("sha256"))


def opened(found: bytes, where: Source) -> bytes:
    """The file as it was sent. Raises `CannotPassOn` when it is not the one the message speaks of."""
    if where.key is None:
        return found
    try:
        plain: bytes = decrypt_attachment(found, where.key, where.sha256, where.iv)
    except (EncryptionError, TypeError, ValueError):
        raise CannotPassOn(Unfit.DAMAGED) from None
    return plain


# -- what goes out -----------------------------------------------------------------------------------------


def sealed(plain: bytes) -> tuple[bytes, dict[str, Any]]:
    """Encrypted under a new key, and the part of an event that opens it; its address is still to be added."""
    hidden, keys = encrypt_attachment(plain)
    return hidden, keys


def picture(file: Mapping[str, Any], name: str, info: Mapping[str, Any]) -> dict[str, Any]:
    """A message with a cleaned picture: no words beside it, no preview."""
    return {
        "msgtype": "m.image",
        "body": name,
        "filename": name,
        "info": dict(info),
        "file": dict(file),
        "m.mentions": {},
    }


def as_it_is(file: Mapping[str, Any], came: Attachment, size: int) -> dict[str, Any]:
    """A message with a file whose inside we have not touched. Its name says what it is and nothing more."""
    message = next(
        (name for name, kind in MESSAGES.items() if kind is came.kind and kind is not AttachmentKind.PICTURE),
        "m.file",
    )
    # A type of somebody's own making could say whose it is.
    kind = came.type if came.type in SUFFIXES else UNKNOWN
    name = came.kind.value + SUFFIXES.get(kind, "")
    info = {"mimetype": kind, "size": size}
    return {
        "msgtype": message,
        "body": name,
        "filename": name,
        "info": info,
        "file": dict(file),
        "m.mentions": {},
    }
