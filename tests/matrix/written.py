"""Events as a homeserver gives them, and somebody's phone that can encrypt for the bot."""

from __future__ import annotations

import itertools
import json
from typing import Any

import vodozemac

from bot.matrix.signatures import encode
from tests.matrix.wired import ROOM, Wired
from tests.matrix.world import BOT, BOT_DEVICE, Phone

_NUMBERS = itertools.count(1)


def event(sender: str, kind: str, content: dict[str, Any], **more: Any) -> dict[str, Any]:
    at = 1_700_000_000_000
    return {
        "type": kind,
        "sender": sender,
        "event_id": f"$event{next(_NUMBERS)}",
        "origin_server_ts": at,
        "content": content,
        **more,
    }


def text(sender: str, body: str, **more: Any) -> dict[str, Any]:
    return event(sender, "m.room.message", {"msgtype": "m.text", "body": body}, **more)


def member(person: str, membership: str, by: str | None = None, before: str | None = None) -> dict[str, Any]:
    unsigned = {"prev_content": {"membership": before}} if before else {}
    content = {"membership": membership}
    return event(by or person, "m.room.member", content, state_key=person, unsigned=unsigned)


def sync(
    *events: dict[str, Any],
    room: str = ROOM,
    to_device: Any = (),
    section: str = "join",
    mark: str | None = None,
    timeline: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    here = {room: {"timeline": {"events": list(events), "limited": False, **(timeline or {})}}}
    return {
        "next_batch": mark or f"s{next(_NUMBERS)}",
        "to_device": {"events": list(to_device)},
        "rooms": {section: here} if events or timeline else {},
        "device_one_time_keys_count": {"signed_curve25519": 50},
        **more,
    }


class Writer:
    """Somebody's phone, writing to rooms the bot is in."""

    def __init__(self, phone: Phone, server: Wired, room: str = ROOM) -> None:
        self.phone = phone
        self.room = room
        self.group = vodozemac.GroupSession()
        self._first_key = self.group.session_key.to_base64()
        self._server = server

    def key(self, **changes: Any) -> dict[str, Any]:
        """The to-device message that brings the bot this room key; `changes` spoil its payload."""
        content = {
            "algorithm": "m.megolm.v1.aes-sha2",
            "room_id": self.room,
            "session_id": self.group.session_id,
            "session_key": self._first_key,
        }
        return self.olm({"type": "m.room_key", "content": content, **changes})

    def olm(self, payload: dict[str, Any]) -> dict[str, Any]:
        device_keys = next(body["device_keys"] for body in self._server.uploads if "device_keys" in body)[
            "keys"
        ]
        curve, ed = device_keys[f"curve25519:{BOT_DEVICE}"], device_keys[f"ed25519:{BOT_DEVICE}"]
        whole = {
            "sender": self.phone.owner,
            "sender_device": self.phone.id,
            "keys": {"ed25519": self.phone.ed25519},
            "recipient": BOT,
            "recipient_keys": {"ed25519": ed},
            **payload,
        }
        _, one_time = self._server.one_time.popitem()
        olm = self.phone.account.create_outbound_session(
            vodozemac.Curve25519PublicKey.from_base64(curve),
            vodozemac.Curve25519PublicKey.from_base64(one_time),
        )
        kind, sealed = olm.encrypt(json.dumps(whole).encode()).to_parts()
        return to_device(self.phone, curve, kind, encode(sealed))

    def write(self, body: str = "hello", **changes: Any) -> dict[str, Any]:
        content = {"msgtype": "m.text", "body": body}
        return self.seal({"type": "m.room.message", "content": content, "room_id": self.room, **changes})

    def seal(self, inner: Any, **outer: Any) -> dict[str, Any]:
        plain = inner if isinstance(inner, bytes) else json.dumps(inner).encode()
        content = {
            "algorithm": "m.megolm.v1.aes-sha2",
            "sender_key": self.phone.curve25519,
            "device_id": self.phone.id,
            "session_id": self.group.session_id,
            "ciphertext": self.group.encrypt(plain).to_base64(),
        }
        return event(self.phone.owner, "m.room.encrypted", {**content, **outer})


def to_device(phone: Phone, curve: str, kind: int, sealed: str) -> dict[str, Any]:
    return {
        "type": "m.room.encrypted",
        "sender": phone.owner,
        "content": {
            "algorithm": "m.olm.v1.curve25519-aes-sha2",
            "sender_key": phone.curve25519,
            "ciphertext": {curve: {"type": kind, "body": sealed}},
        },
    }
