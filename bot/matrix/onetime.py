"""Judges claimed one-time keys before nio sees them: one bad key must not stop everybody's message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import vodozemac

from bot.matrix.signatures import decode, signed_by


def admitted(body: object, known: Mapping[tuple[str, str], tuple[str, str]]) -> dict[str, Any]:
    """The answer to a keys claim with only those keys in it that open a session.

    `known` maps (user, device) to its (ed25519, curve25519). Whatever the answer holds, this does not raise.
    """
    offered = body.get("one_time_keys") if isinstance(body, dict) else None
    kept: dict[str, dict[str, Any]] = {}
    for user, devices in (offered if isinstance(offered, dict) else {}).items():
        for device, keys in (devices if isinstance(devices, dict) else {}).items():
            identity = known.get((user, device))
            if identity is not None and _opens(keys, user, device, identity):
                kept.setdefault(user, {})[device] = keys
    return {"one_time_keys": kept, "failures": {}}


def _opens(keys: object, user: str, device: str, identity: tuple[str, str]) -> bool:
    if not isinstance(keys, dict) or len(keys) != 1:
        return False
    ((name, key),) = keys.items()
    if not isinstance(name, str) or not name.startswith("signed_curve25519:"):
        return False
    ed25519, curve25519 = identity
    return signed_by(key, user, device, ed25519) and _dry_run(curve25519, key.get("key"))


def _dry_run(curve25519: str, one_time: object) -> bool:
    """Opens the session on an account that is thrown away: a key of low order is only noticed there."""
    if not isinstance(one_time, str) or decode(one_time) is None:
        return False
    try:
        vodozemac.Account().create_outbound_session(
            vodozemac.Curve25519PublicKey.from_base64(curve25519),
            vodozemac.Curve25519PublicKey.from_base64(one_time),
        )
    except ValueError:
        return False
    return True
