"""Seals what we keep with the store key, so that a stolen database shows no words and names nobody."""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import lru_cache, partial
from typing import Final, final

from nacl import bindings
from nacl.exceptions import CryptoError

KEY_LENGTH: Final = 32
NAMES: Final = 500
"""Names that are held in memory while there is work: one report asks for the same few a hundred times."""
_NONCE = 24  # XChaCha20: long enough to be drawn at random for ever
_TAG = 16


class StoreFault(Exception):
    """The store cannot be used until the operator has acted; the text says how."""


class WrongKey(StoreFault):
    """What is stored was sealed with another key, or was changed since."""


@final
class Seal:
    """Everything made from the store key: sealing, names that only lead forward, and transaction keys."""

    __slots__ = ("_box", "_keys", "_names")

    def __init__(self, store_key: bytes) -> None:
        if len(store_key) != KEY_LENGTH:
            raise StoreFault(f"store_key must be {KEY_LENGTH} random bytes; `sws-bot init` makes one")
        self._box: Final = _part(store_key, b"sws box")
        self._keys: Final = _part(store_key, b"sws deeds")
        self._names: Final = lru_cache(NAMES)(partial(_mark, _part(store_key, b"sws index")))

    def close(self, table: str, row: bytes, plain: bytes) -> bytes:
        """Seal for exactly this row of this table: moved elsewhere, it cannot be opened."""
        nonce = os.urandom(_NONCE)
        made = bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(
            plain, _place(table, row), nonce, self._box
        )
        return nonce + made[-_TAG:] + made[:-_TAG]

    def open(self, table: str, row: bytes, sealed: bytes) -> bytes:
        nonce, tag, rest = sealed[:_NONCE], sealed[_NONCE : _NONCE + _TAG], sealed[_NONCE + _TAG :]
        try:
            return bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
                rest + tag, _place(table, row), nonce, self._box
            )
        except (CryptoError, ValueError):
            raise WrongKey(
                f"a row of {table} in data_dir does not open with this store_key; "
                "give the store_key that data_dir was made with"
            ) from None

    def name(self, kind: str, *parts: str) -> bytes:
        """What an id is called in the database: found again by whoever has the key, read back by nobody."""
        return self._names(kind, *parts)

    def forget_names(self) -> None:
        """What names were made from is in memory no longer."""
        self._names.cache_clear()

    def key(self, *parts: str) -> str:
        """The key of a deed: the same for the same deed for ever, and it tells the homeserver nothing."""
        return _mark(self._keys, "deed", *parts).hex()


def _part(store_key: bytes, purpose: bytes) -> bytes:
    return hmac.digest(store_key, purpose, hashlib.sha256)


def _mark(key: bytes, kind: str, *parts: str) -> bytes:
    # Every part is preceded by its length, so that ("ab", "c") and ("a", "bc") differ.
    told = b"".join([len(part).to_bytes(4) + part for part in [text.encode() for text in (kind, *parts)]])
    return hmac.digest(key, told, "sha256")[:16]


def _place(table: str, row: bytes) -> bytes:
    return table.encode() + b"\0" + row
