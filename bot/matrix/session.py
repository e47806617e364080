"""What a login leaves on this machine: device, access token and pickle key, sealed with the store key."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF
from msgspec import Struct
from nio import AsyncClientConfig
from nio.store import SqliteStore

from bot.core.model import UserId
from bot.core.sensitive import Sensitive
from bot.matrix.signatures import encode
from bot.matrix.storage import from_base64

FILE: Final = "session"
CRYPTO: Final = "crypto"
"""The folder, beside the session file, of nio's database; a file for each device."""
_FOR: Final = b"sws-bot session"


class NotLoggedIn(Exception):
    """There is no session on this machine, or none that can be read; the text says what to do."""


class Session(Struct, frozen=True):
    """One device of the bot, and what opens it."""

    homeserver: str
    user: UserId
    device: str
    token: Sensitive
    pickle_key: Sensitive
    """Seals the private keys in nio's database."""


def write(folder: Path, session: Session, store_key: bytes, nonce: bytes) -> None:
    """Put the session in place of the one before, if any. `nonce` is 12 random bytes."""
    words = json.dumps(
        {
            "homeserver": session.homeserver,
            "user": session.user,
            "device": session.device,
            "token": session.token.reveal(),
            "pickle_key": session.pickle_key.reveal(),
        }
    )
    sealed, mark = _cipher(store_key, nonce).encrypt_and_digest(words.encode())
    new = folder / f"{FILE}.new"
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"nonce": encode(nonce), "sealed": encode(sealed), "mark": encode(mark)}, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / FILE)


def read(folder: Path, store_key: bytes) -> Session:
    """Raises `NotLoggedIn`."""
    path = folder / FILE
    try:
        held = json.loads(path.read_text("utf-8"))
        nonce, sealed, mark = (from_base64(held[part]) for part in ("nonce", "sealed", "mark"))
        told = json.loads(_cipher(store_key, nonce).decrypt_and_verify(sealed, mark))
    except FileNotFoundError:
        raise NotLoggedIn(f"there is no session in {folder}: run `sws-bot login` first") from None
    except (ValueError, KeyError, TypeError) as fault:
        raise NotLoggedIn(
            f"{path} was not written with this store_key: "
            "put the right store_key in its place, or run `sws-bot login --recovery-key`"
        ) from fault
    return Session(
        told["homeserver"],
        UserId(told["user"]),
        told["device"],
        Sensitive(told["token"]),
        Sensitive(told["pickle_key"]),
    )


def crypto_config(pickle_key: Sensitive, store: type[SqliteStore] = SqliteStore) -> AsyncClientConfig:
    """How nio keeps its keys. Waiting and trying again is ours to decide, so nio gives up at once."""
    return AsyncClientConfig(
        store=store,
        pickle_key=pickle_key.reveal(),
        store_sync_tokens=False,
        encryption_enabled=True,
        max_limit_exceeded=0,
        max_timeouts=0,
        request_timeout=60,
    )


def _cipher(store_key: bytes, nonce: bytes) -> Any:
    key: bytes = HKDF(store_key, 32, b"", SHA256, context=_FOR)
    return AES.new(key, AES.MODE_GCM, nonce=nonce)
