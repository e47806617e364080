"""What we keep, as bytes and back; private words are unwrapped only here, just before they are sealed."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from typing import Any, Final, TypeVar, cast

from msgspec.json import Decoder, Encoder

from bot.core.sensitive import Sensitive

T = TypeVar("T")


def pack(value: object) -> bytes:
    return _ENCODER.encode(value)


def unpack(packed: bytes, kind: type[T]) -> T:
    """Raises msgspec's `ValidationError` for what is no `kind`."""
    found: T = _decoder(cast("Hashable", kind)).decode(packed)
    return found


def _revealed(value: object) -> str:
    if isinstance(value, Sensitive):
        return value.reveal()
    raise TypeError(f"{type(value).__name__} is not made to be stored")


def _wrapped(kind: type, words: object) -> Sensitive:
    if kind is Sensitive and isinstance(words, str):
        return Sensitive(words)
    raise TypeError(f"{kind.__name__} is not made to be stored")


@cache
def _decoder(kind: Any) -> Decoder[Any]:
    """A class is looked into when one comes, not all at each start."""
    return Decoder(kind, dec_hook=_wrapped)


_ENCODER: Final = Encoder(enc_hook=_revealed)
