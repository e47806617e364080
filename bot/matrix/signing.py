"""The private half of Matrix signatures: the keys of our identity, held only while they are made or used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NoReturn, final

# A hundredth of a second to read in, and 0.8 MiB: the running bot checks signatures, and makes none.
from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa

from bot.matrix.signatures import canonical, encode


@final
class SigningKey:
    """An Ed25519 key that signs; never printed, never pickled."""

    __slots__ = ("_key", "_seed", "public")

    def __init__(self, seed: bytes) -> None:
        self._seed: Final = seed
        self._key: Final = ECC.construct(curve="Ed25519", seed=seed)
        self.public: Final = encode(self._key.public_key().export_key(format="raw"))

    def sign(self, value: Mapping[str, Any]) -> str:
        """The signature of `value`, unpadded base64."""
        return encode(eddsa.new(self._key, "rfc8032").sign(canonical(value)))

    def seed(self) -> bytes:
        """The private half, for secret storage only."""
        return self._seed

    def __repr__(self) -> str:
        return "SigningKey([private])"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a signing key is not pickled: it goes to secret storage")
