"""Encrypts for a room, after the devices that may read it, and no others, were given its key."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final
from uuid import uuid4

from nio import AsyncClient, KeysClaimResponse
from nio.crypto import OlmDevice, OutboundGroupSession

from bot.core.model import RoomId, UserId
from bot.matrix.devices import Devices
from bot.matrix.wire import ask, path
from bot.ports import Forbidden, Gone, TryAgainLater

Address = tuple[str, str]
"""User and device id."""

AT_ONCE: Final = 100
"""Devices in one to-device request."""
ROUNDS: Final = 5
CLAIM_SECONDS: Final = 30
"""A homeserver that waits for a dead one must not keep a report waiting."""
MEGOLM: Final = "m.megolm.v1.aes-sha2"
UNVERIFIED: Final = {
    "code": "m.unverified",
    "reason": "This device is not signed by the identity that its owner was first seen with.",
}
NO_OLM: Final = {"code": "m.no_olm", "reason": "No secure channel could be opened to this device."}


class RoomKey(Enum):
    """Which key a message is sealed with."""

    CURRENT = "current"
    """The one the last message had, while nobody has it who should read no more."""
    OF_ITS_OWN = "of its own"
    """One that nothing was said with yet."""


class Sharing:
    """Room keys on their way out.

    Every encrypted send goes through `encrypt`. A member's broken key, a device without one-time keys or a
    dead homeserver costs that device the message, and nobody else.
    """

    def __init__(self, client: AsyncClient, devices: Devices) -> None:
        self._client = client
        self._devices = devices
        self.reads_itself = False
        """Whether this client wants to read what it wrote, as people's clients do."""
        self._locks: defaultdict[RoomId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._told: dict[RoomId, tuple[str, set[Address]]] = {}
        self._keyless: dict[tuple[Address, str], int] = {}

    async def encrypt(
        self,
        room: RoomId,
        members: frozenset[UserId],
        kind: str,
        content: Mapping[str, Any],
        room_key: RoomKey = RoomKey.CURRENT,
    ) -> dict[str, Any]:
        """The content of an `m.room.encrypted` event that the entitled devices of `members` can read.

        `members` is who is in the room by the homeserver's answer just now. Raises `TryAgainLater`.
        """
        async with self._locks[room]:
            if room_key is RoomKey.OF_ITS_OWN:
                self._end_used(room)
            await self._share(room, members)
            # No await between sharing and encrypting: nothing can put another session in its place.
            olm = self._client.olm
            encrypted: dict[str, Any] = olm.group_encrypt(room, {"type": kind, "content": dict(content)})
            return encrypted

    async def begin_next(self, room: RoomId, members: frozenset[UserId]) -> None:
        """A room key that nothing was said with yet, in the hands of all entitled devices.

        Done ahead, the next message waits for nobody; done already, this is nothing. Raises `TryAgainLater`.
        """
        async with self._locks[room]:
            self._end_used(room)
            await self._share(room, members)

    def _end_used(self, room: RoomId) -> None:
        session = self._client.olm.outbound_group_sessions.get(room)
        if session is not None and session.message_count > 0:
            self._client.invalidate_outbound_session(room)

    # -- the key -------------------------------------------------------------------------------------------

    async def _share(self, room: RoomId, members: frozenset[UserId]) -> None:
        for _ in range(ROUNDS):
            await self._devices.learn(members)
            entitled = self._devices.entitled(members)
            session = self._session(room, entitled)
            missing = {at: device for at, device in entitled.items() if at not in session.users_shared_with}
            without = await self._give(room, session, missing) if missing else frozenset()
            untold = self._untold(room, session, self._devices.left_out(members, entitled), without)
            if untold:
                await self._tell_left_out(room, untold)
            # Where nothing was waited for, nothing can have changed meanwhile.
            waited = bool(missing or untold)
            if not self._devices.awaiting(members) and not (
                waited and self._changed(room, session, members, without)
            ):
                session.mark_as_shared()
                return
        raise TryAgainLater("the devices in the room changed faster than they could be given a key")

    def _session(self, room: RoomId, entitled: Mapping[Address, OlmDevice]) -> OutboundGroupSession:
        """The room's session; a new one when it is used up or somebody has it who should read no more."""
        olm = self._client.olm
        session = olm.outbound_group_sessions.get(room)
        if session is None or session.expired or session.users_shared_with - entitled.keys():
            if self.reads_itself or not entitled:
                olm.create_outbound_group_session(room)
            else:
                # nio would keep a key to it on disk, for which we have no use: we know what we said.
                olm.outbound_group_sessions[room] = OutboundGroupSession()
            session = olm.outbound_group_sessions[room]
        return session

    def _changed(
        self,
        room: RoomId,
        session: OutboundGroupSession,
        members: frozenset[UserId],
        without: frozenset[Address],
    ) -> bool:
        """Something did while the key was on its way."""
        return bool(
            self._client.olm.outbound_group_sessions.get(room) is not session
            or session.expired
            or self._devices.entitled(members).keys() - without != session.users_shared_with
        )

    async def _give(
        self, room: RoomId, session: OutboundGroupSession, missing: Mapping[Address, OlmDevice]
    ) -> frozenset[Address]:
        """Send the key to those who are entitled and have it not; whom it cannot be sent to is given back."""
        await self._open_sessions(missing)
        reachable = [(at, device) for at, device in missing.items() if self._has_session(device)]
        key = {
            "algorithm": MEGOLM,
            "room_id": room,
            "session_id": session.id,
            "session_key": session.session_key,
        }
        for start in range(0, len(reachable), AT_ONCE):
            sealed = self._sealed(dict(reachable[start : start + AT_ONCE]), key)
            await self._send("m.room.encrypted", sealed)
            session.users_shared_with.update(sealed)
        return frozenset(missing).difference(session.users_shared_with)

    def _has_session(self, device: OlmDevice) -> bool:
        return self._client.olm.session_store.get(device.curve25519) is not None

    def _sealed(self, devices: Mapping[Address, OlmDevice], key: Mapping[str, Any]) -> dict[Address, Any]:
        olm = self._client.olm
        with olm.store.database.atomic():
            return {
                at: olm._olm_encrypt(olm.session_store.get(device.curve25519), device, "m.room_key", key)
                for at, device in devices.items()
            }

    # -- one-time keys ---------------------------------------------------------------------------------------

    async def _open_sessions(self, devices: Mapping[Address, OlmDevice]) -> None:
        """Claim one-time keys where there is no session yet; the client drops those that open none."""
        asked = {
            at: device
            for at, device in devices.items()
            if not self._has_session(device) and self._worth_asking(at, device)
        }
        if not asked:
            return
        wanted: defaultdict[str, list[str]] = defaultdict(list)
        for user, id_ in asked:
            wanted[user].append(id_)
        try:
            async with asyncio.timeout(CLAIM_SECONDS):
                answer = await self._client.keys_claim(dict(wanted))
        except TimeoutError:
            answer = None
        if answer is not None and not isinstance(answer, KeysClaimResponse):
            raise TryAgainLater("the homeserver did not hand out one-time keys")
        for at, device in asked.items():
            if not self._has_session(device):
                self._keyless[at, device.curve25519] = self._keyless.get((at, device.curve25519), 0) + 1

    def _worth_asking(self, at: Address, device: OlmDevice) -> bool:
        """A device that had no good one-time key is asked for again at the 2nd, 4th, 8th, ... message."""
        tried = self._keyless.get((at, device.curve25519), 0)
        if tried and tried & (tried - 1):
            self._keyless[at, device.curve25519] = tried + 1
            return False
        return True

    # -- who is left out ---------------------------------------------------------------------------------

    def _untold(
        self,
        room: RoomId,
        session: OutboundGroupSession,
        left_out: Iterable[Address],
        without: Iterable[Address],
    ) -> dict[Address, Mapping[str, Any]]:
        """What each device that cannot read has to be told, once per session; its owner sees what to do."""
        told_session, told = self._told.get(room, ("", set()))
        if told_session != session.id:
            told = set()
            self._told[room] = (session.id, told)
        common = {"algorithm": MEGOLM, "sender_key": self._client.olm.account.identity_keys["curve25519"]}
        unverified = {**common, **UNVERIFIED, "room_id": room, "session_id": session.id}
        no_olm = {**common, **NO_OLM}
        notes: dict[Address, Mapping[str, Any]] = dict.fromkeys(without, no_olm)
        notes.update(dict.fromkeys(left_out, unverified))
        return {at: note for at, note in notes.items() if at not in told}

    async def _tell_left_out(self, room: RoomId, untold: Mapping[Address, Mapping[str, Any]]) -> None:
        _, told = self._told[room]
        notes = list(untold.items())
        for start in range(0, len(notes), AT_ONCE):
            some = dict(notes[start : start + AT_ONCE])
            try:
                await self._send("m.room_key.withheld", some)
            except (TryAgainLater, Forbidden, Gone):
                # The message matters more than the explanation, which goes with the next message.
                return
            told.update(some)

    async def _send(self, kind: str, contents: Mapping[Address, Mapping[str, Any]]) -> None:
        messages: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        for (user, device), content in contents.items():
            messages[user][device] = dict(content)
        # Not by nio, which takes a refusal for a delivery.
        where = path("sendToDevice", kind, str(uuid4()))
        await ask(self._client, "PUT", where, {"messages": messages})
