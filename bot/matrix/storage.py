"""Secret storage: the bot's private signing keys, sealed in its account data under the recovery key."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from functools import reduce
from operator import xor
from typing import Any, Final, NoReturn, final

from Crypto.Cipher import AES
from Crypto.Hash import HMAC, SHA256
from Crypto.Protocol.KDF import HKDF
from msgspec import Struct

from bot.core.sensitive import Sensitive
from bot.matrix.signatures import encode

ALGORITHM: Final = "m.secret_storage.v1.aes-hmac-sha2"
ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
"""Base58: no 0, O, I or l, which people misread."""
PREFIX: Final = b"\x8b\x01"
"""So that every recovery key starts with E."""


class WrongRecoveryKey(Exception):
    """What was typed is not a recovery key, or not the one of this account."""


@final
class RecoveryKey:
    """The one key that opens the bot's secret storage; prints as nothing."""

    __slots__ = ("raw",)

    def __init__(self, raw: bytes) -> None:
        if len(raw) != 32:
            raise WrongRecoveryKey("a recovery key has 32 bytes")
        self.raw: Final = raw

    def words(self) -> str:
        """As it is written down: base58 in groups of four."""
        body = PREFIX + self.raw
        number = int.from_bytes(body + bytes([reduce(xor, body)]), "big")
        text = ""
        while number:
            number, digit = divmod(number, 58)
            text = ALPHABET[digit] + text
        return " ".join(text[start : start + 4] for start in range(0, len(text), 4))

    @classmethod
    def read(cls, words: Sensitive) -> RecoveryKey:
        """From what was written down. `WrongRecoveryKey` says what is wrong with it, never the words."""
        text = "".join(words.reveal().split())
        if not text or any(letter not in ALPHABET for letter in text):
            raise WrongRecoveryKey("it has a character that recovery keys do not have, or none at all")
        number = 0
        for letter in text:
            number = number * 58 + ALPHABET.index(letter)
        body = number.to_bytes((number.bit_length() + 7) // 8, "big")
        if len(body) != 35 or body[:2] != PREFIX:
            raise WrongRecoveryKey("it has too few or too many characters")
        if reduce(xor, body):
            raise WrongRecoveryKey("one or more of its characters are mistyped")
        return cls(body[2:34])

    def __repr__(self) -> str:
        return "RecoveryKey([private])"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a recovery key is not pickled")


class Sealed(Struct, frozen=True):
    """A secret as account data holds it."""

    iv: bytes
    ciphertext: bytes
    mac: bytes

    def content(self) -> dict[str, str]:
        return {"iv": encode(self.iv), "ciphertext": encode(self.ciphertext), "mac": encode(self.mac)}

    @classmethod
    def read(cls, content: object) -> Sealed:
        parts = content if isinstance(content, Mapping) else {}
        return cls(*(from_base64(parts.get(name)) for name in ("iv", "ciphertext", "mac")))


def seal(key: RecoveryKey, name: str, secret: str, iv: bytes) -> Sealed:
    """Encrypt a secret under its name. `iv` is 16 random bytes."""
    return _encrypt(key, name, secret.encode(), iv)


def unseal(key: RecoveryKey, name: str, sealed: Sealed) -> str:
    """Raises `WrongRecoveryKey` when it was not sealed with this key under this name."""
    aes, mac = _keys(key, name)
    proof = HMAC.new(mac, sealed.ciphertext, SHA256).digest()
    if len(sealed.iv) != 16 or not hmac.compare_digest(proof, sealed.mac):
        raise WrongRecoveryKey(f"it does not open {name}")
    secret: bytes = _counter(aes, sealed.iv).decrypt(sealed.ciphertext)
    return secret.decode("utf-8", "replace")


def description(key: RecoveryKey, iv: bytes) -> dict[str, Any]:
    """The public description of a key, by which the right one can be told from others."""
    proof = _encrypt(key, "", bytes(32), iv)
    return {"algorithm": ALGORITHM, "iv": encode(proof.iv), "mac": encode(proof.mac)}


def check(key: RecoveryKey, described: Mapping[str, Any]) -> None:
    """Raises `WrongRecoveryKey` unless `described` is of this key."""
    if described.get("algorithm") != ALGORITHM:
        raise WrongRecoveryKey("the account's secret storage is of a kind that the bot cannot open")
    iv, mac = from_base64(described.get("iv")), from_base64(described.get("mac"))
    if len(iv) != 16 or not hmac.compare_digest(_encrypt(key, "", bytes(32), iv).mac, mac):
        raise WrongRecoveryKey("it is a recovery key, but not the one of this account")


def _encrypt(key: RecoveryKey, name: str, secret: bytes, iv: bytes) -> Sealed:
    aes, mac = _keys(key, name)
    # Bit 63 is cleared as the specification asks, for the counters of some libraries.
    iv = iv[:8] + bytes([iv[8] & 0x7F]) + iv[9:]
    ciphertext = _counter(aes, iv).encrypt(secret)
    return Sealed(iv, ciphertext, HMAC.new(mac, ciphertext, SHA256).digest())


def _keys(key: RecoveryKey, name: str) -> tuple[bytes, bytes]:
    both: bytes = HKDF(key.raw, 64, bytes(32), SHA256, context=name.encode())
    return both[:32], both[32:]


def _counter(aes: bytes, iv: bytes) -> Any:
    return AES.new(aes, AES.MODE_CTR, nonce=b"", initial_value=iv)


def from_base64(text: object) -> bytes:
    """Base64, padded or not: other clients wrote this."""
    if not isinstance(text, str):
        return b""
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
