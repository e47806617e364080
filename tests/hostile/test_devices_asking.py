"""We promise of what other devices say about keys and words, and ask of ours, that …"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nio.crypto import InboundGroupSession

from bot.core.model import Message, Millis, Trust
from tests.hostile import corpus
from tests.hostile.test_corpus import ANA, ROSA, TEAM, scene
from tests.hostile.test_impostors import heard
from tests.matrix.wired import ROOM
from tests.matrix.written import Writer, sync


async def test_a_relation_inside_the_seal_counts_and_not_the_one_outside(tmp_path: Path) -> None:
    """Outside, the homeserver could move somebody's words into another case."""
    inside, outside = ({"rel_type": "m.thread", "event_id": event_id} for event_id in ("$mine", "$other"))
    content = {"msgtype": "m.text", "body": "x", "m.relates_to": inside}
    async with scene(tmp_path) as here:
        phone = Writer(here.rosa.devices["PHONE"], here.bot.server)
        inner = {"type": "m.room.message", "content": content, "room_id": ROOM}
        here.bot.server.syncs.append(
            sync(phone.seal(inner, **{"m.relates_to": outside}), to_device=[phone.key()])
        )
        (message,) = (await here.bot.chat.pull("s0", Millis(0))).incoming
        assert isinstance(message, Message)
        assert message.thread == "$mine"


async def test_a_room_key_that_came_by_way_of_others_proves_nothing(tmp_path: Path) -> None:
    """Whoever forwards a key says whose it was, and nobody signs that."""
    async with scene(tmp_path) as here:
        phone = Writer(here.rosa.devices["PHONE"], here.bot.server)
        key, device = phone._first_key, phone.phone
        chain = [here.mallory.devices["EVIL"].curve25519]
        forwarded = InboundGroupSession(key, device.ed25519, device.curve25519, ROOM, chain)
        here.bot.chat.client.olm.inbound_group_store.add(forwarded)
        assert await heard(here, phone.write("x")) == [(ROSA, "x", Trust.UNBOUND)]


# -- what is asked of our device -----------------------------------------------------------------------------


@pytest.mark.parametrize("sealed", [False, True])
async def test_requests_for_keys_and_for_verification_get_no_answer(tmp_path: Path, sealed: bool) -> None:
    """An answer would give a case to whoever asks, or let them show this device as checked by somebody."""
    async with scene(tmp_path) as here:
        await here.telling_arrives()
        _, told = list(here.bot.server.sent.values())[-1]
        owner = here.ana.devices["PHONE"]
        wanted = {"algorithm": corpus.MEGOLM, "room_id": TEAM, "session_id": told["session_id"]}
        wanted["sender_key"] = told["sender_key"]
        asked: list[dict[str, Any]] = [
            {
                "type": "m.room_key_request",
                "content": {
                    "action": "request",
                    "body": wanted,
                    "request_id": "1",
                    "requesting_device_id": owner.id,
                },
            },
            {
                "type": "m.key.verification.request",
                "content": {
                    "from_device": owner.id,
                    "methods": ["m.sas.v1"],
                    "transaction_id": "t",
                    "timestamp": here.bot.clock.now(),
                },
            },
            {
                "type": "m.key.verification.start",
                "content": {
                    "from_device": owner.id,
                    "method": "m.sas.v1",
                    "transaction_id": "t",
                    "key_agreement_protocols": ["curve25519-hkdf-sha256"],
                    "hashes": ["sha256"],
                    "message_authentication_codes": ["hkdf-hmac-sha256.v2"],
                    "short_authentication_string": ["decimal", "emoji"],
                },
            },
        ]
        writer = Writer(owner, here.bot.server)
        sent = [writer.olm(each) if sealed else {**each, "sender": ANA} for each in asked]
        answered = len(here.bot.server.asked_for("sendToDevice"))
        for _ in range(2):
            here.bot.server.syncs.append(sync(to_device=sent))
            await here.bot.chat.pull("s0", Millis(0))
        assert len(here.bot.server.asked_for("sendToDevice")) == answered
