"""Signed JSON as Matrix means it: canonical form, Ed25519, unpadded base64; checking never raises."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Final

import vodozemac

KEY_BYTES: Final = 32
UNSIGNED_PARTS: Final = ("signatures", "unsigned")
"""What a signature does not cover."""


def encode(raw: bytes) -> str:
    """Unpadded base64."""
    return base64.b64encode(raw).decode("ascii").rstrip("=")


def decode(text: object, length: int = KEY_BYTES) -> bytes | None:
    """The bytes, or None unless this is exactly the unpadded base64 of `length` bytes.

    Only one spelling of each key is accepted, so that two spellings can never be taken for two keys; and
    vodozemac panics (past every `except Exception`) on an Ed25519 key of another length.
    """
    if not isinstance(text, str) or len(text) != -(-length * 4 // 3):
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == length and encode(raw) == text else None


def canonical(value: Mapping[str, Any]) -> bytes:
    """What is signed: sorted, without white space, without signatures and unsigned parts."""
    kept = {key: part for key, part in value.items() if key not in UNSIGNED_PARTS}
    text = json.dumps(kept, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
    return text.encode("utf-8")


def signed_by(value: object, owner: str, key_name: str, public: str) -> bool:
    """Does `value` carry a good signature of `owner` under `ed25519:key_name`, made with the key `public`?"""
    if not isinstance(value, dict) or decode(public) is None:
        return False
    signature = value.get("signatures")
    for step in (owner, f"ed25519:{key_name}"):
        signature = signature.get(step) if isinstance(signature, dict) else None
    if not isinstance(signature, str) or decode(signature, 64) is None:
        return False
    try:
        key = vodozemac.Ed25519PublicKey.from_base64(public)
        key.verify_signature(canonical(value), vodozemac.Ed25519Signature.from_base64(signature))
    except (ValueError, TypeError, RecursionError):
        # ValueError is also vodozemac's own; nesting and odd values come from a hostile server.
        return False
    return True
