"""Decrypts one event or one to-device message at a time: a malformed one costs itself and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final

from jsonschema import ValidationError  # type: ignore[import-untyped]
from msgspec import Struct, field
from nio import EncryptionError, OlmEvent, RoomKeyEvent, ToDeviceEvent
from peewee import OperationalError

from bot.core.model import EventId, RoomId, Trust, UserId
from bot.matrix.client import Client
from bot.matrix.translate import Event, is_event, part
from bot.ports import TryAgainLater

MEGOLM: Final = "m.megolm.v1.aes-sha2"
OLM: Final = "m.olm.v1.curve25519-aes-sha2"
MALFORMED: Final = (
    AssertionError,
    AttributeError,
    EncryptionError,
    LookupError,
    RecursionError,
    TypeError,
    ValidationError,
    ValueError,  # also everything that vodozemac raises
)
"""What nio and vodozemac let out when a message is not what it should be."""


class Unread(Enum):
    """Why an encrypted event gave no words."""

    NO_KEY = "no key"
    """The key may still come."""
    REFUSED = "refused"
    """Something that must not be sent encrypted, or not here; nothing to wait for."""


class Opened(Struct, frozen=True):
    """What was sealed in an event, with the outer event's id, sender and time; and the keys it came with."""

    event: Event
    sender_key: str
    ed25519: str | None
    session: str
    number: int


class ToDevice(Struct):
    """What a batch of to-device messages came to."""

    keys: int = 0
    malformed: int = 0
    senders: set[UserId] = field(default_factory=set)
    """Whose room keys came: their messages follow."""


class Reader:
    """The bot's eyes: the one place where nio is asked to decrypt."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._asked: set[UserId] = set()

    # -- to-device ---------------------------------------------------------------------------------------

    def take_keys(self, messages: object) -> ToDevice:
        """Read a batch of to-device messages in one transaction with the account whose keys they used.

        Raises `TryAgainLater` when they cannot be written down now; then it is as if none had been read.
        """
        came, begun = ToDevice(), False
        if not messages:
            return came
        try:
            # The right to write comes first: a message can be opened once only.
            with self._client.olm.store.database.atomic("IMMEDIATE"):
                begun = True
                self._take_all(messages, came)
        except OperationalError as busy:
            if begun:
                self._client.reload_keys()
            raise TryAgainLater("the database of encryption keys cannot be used now") from busy
        return came

    def _take_all(self, messages: object, came: ToDevice) -> None:
        for message in messages if isinstance(messages, list) else ():
            # The rest (key requests, verification, withheld notes) is nothing we act on.
            if part(message, "type") == "m.room.encrypted":
                self._take(message, came)
        self._client.olm.save_account()

    def _take(self, message: Mapping[str, Any], came: ToDevice) -> None:
        try:
            event = ToDeviceEvent.parse_event(dict(message))
            opened = self._client.olm.decrypt_event(event) if isinstance(event, OlmEvent) else None
        except MALFORMED:
            came.malformed += 1
            return
        if isinstance(opened, RoomKeyEvent):
            came.keys += 1
            came.senders.add(UserId(opened.sender))

    # -- room events ---------------------------------------------------------------------------------------

    def open(self, event: Event, room: RoomId) -> Opened | Unread:
        """Decrypt a room event. Whatever it holds, this does not raise."""
        try:
            return self._open(event, room)
        except MALFORMED:
            return Unread.NO_KEY

    def _open(self, event: Event, room: RoomId) -> Opened | Unread:
        content = event["content"]
        if content.get("algorithm") != MEGOLM or "state_key" in event:
            return Unread.REFUSED
        session = self._session(room, event["sender"], content["session_id"])
        if session is None:
            return Unread.NO_KEY
        plain, number = session.decrypt(content["ciphertext"])
        inner = json.loads(plain)
        # A state event that came encrypted was made by a member, not by the rules of the room. And a message
        # sealed for one room means nothing in another.
        if "state_key" in inner or inner.get("room_id") != room:
            return Unread.REFUSED
        made = _with_outer(inner, event)
        ed25519 = None if session.forwarding_chain else session.ed25519
        opened = Opened(made, session.sender_key, ed25519, session.id, number)
        return opened if is_event(made) else Unread.REFUSED

    def _session(self, room: RoomId, sender: str, session_id: object) -> Any:
        """The room key, the sender's own first: any member can pass another's key on as if it were theirs.

        What the event says about whose device made it proves nothing, and newer clients no longer say it.
        """
        olm = self._client.olm
        by_device = olm.inbound_group_store[room].items()
        found = {key: sessions[session_id] for key, sessions in by_device if session_id in sessions}
        own = [key for key in found if olm.device_store.device_from_sender_key(sender, key)]
        return next((found[key] for key in (*own, *found)), None)

    # -- who wrote it --------------------------------------------------------------------------------------

    def a_new_sync(self) -> None:
        """From here on everybody may be asked about once more."""
        self._asked.clear()

    async def meet(self, people: Iterable[UserId]) -> None:
        """Ask about everybody whose messages are to be read next, and not again for each message.

        Raises `TryAgainLater` when the homeserver does not answer.
        """
        wanted = set(people)
        if wanted:
            await self._client.devices.learn(wanted)
            self._asked |= {person for person in wanted if not self._client.devices.knows(person)}

    async def trust(self, opened: Opened) -> Trust | None:
        """How sure we are of the sender; None as long as that may still turn out.

        That is: while nobody tells us what devices the sender has, and while the only room key we have came
        from somebody else's device, as the sender's own may still come. Raises `TryAgainLater` when the
        homeserver does not answer.
        """
        sender = UserId(opened.event["sender"])
        devices = self._client.devices
        found = devices.trust(sender, opened.sender_key, opened.ed25519 or "")
        if found is Trust.UNBOUND and sender not in self._asked:
            # The device may be newer than what we know of its owner.
            self._asked.add(sender)
            self._client.olm.add_changed_users({sender})
            await devices.learn([sender])
            found = devices.trust(sender, opened.sender_key, opened.ed25519 or "")
        if not devices.knows(sender) or (found is Trust.UNBOUND and not self._is_theirs(sender, opened)):
            return None
        return found

    def _is_theirs(self, sender: UserId, opened: Opened) -> bool:
        """Did this room key come from a device of the sender?"""
        return self._client.olm.device_store.device_from_sender_key(sender, opened.sender_key) is not None

    def first_time(self, opened: Opened) -> bool:
        """Has no other event brought this message before, also before a restart?

        Ask of messages that are the sender's own: a copy in another's name must not use up the original.
        """
        event = EventId(opened.event["event_id"])
        return self._client.notes.first_time(opened.sender_key, opened.session, opened.number, event)


def _with_outer(inner: dict[str, Any], event: Event) -> Event:
    """The sealed event under the outer one's name: what is inside has no say in who sent it."""
    content = dict(inner["content"])
    # Clients leave relations outside, where the homeserver could change them; one inside counts more.
    if "m.relates_to" in event["content"]:
        content.setdefault("m.relates_to", event["content"]["m.relates_to"])
    return {
        "type": inner["type"],
        "content": content,
        "event_id": event["event_id"],
        "sender": event["sender"],
        "origin_server_ts": event["origin_server_ts"],
    }
