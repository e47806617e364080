"""People of the demo: accounts with a signed, encrypting client each, on the bot's own Matrix layer."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from msgspec.structs import replace

from bot.core.model import RoomId, Trust, UserId
from bot.core.sensitive import Sensitive
from bot.demo.homeserver import Homeserver
from bot.demo.seen import NeverCame, Seen
from bot.matrix import rooms
from bot.matrix.client import Client
from bot.matrix.enrol import Account, enrol
from bot.matrix.keys import Upkeep
from bot.matrix.reading import Opened, Reader
from bot.matrix.translate import Event, is_event, part
from bot.matrix.wire import ask, path
from bot.ports import TryAgainLater

T = TypeVar("T")
PATIENCE: Final = 45.0
MEGOLM: Final = {"algorithm": "m.megolm.v1.aes-sha2"}


class _Pins:
    """First seen, first believed; for as long as the demo runs."""

    def __init__(self) -> None:
        self._held: dict[UserId, str] = {}

    def known(self) -> Mapping[UserId, str]:
        return self._held

    async def remember(self, pins: Mapping[UserId, str]) -> None:
        for person, key in pins.items():
            self._held.setdefault(person, key)

    async def forget(self, person: UserId) -> None:
        self._held.pop(person, None)


@dataclass(slots=True)
class Person:
    """Somebody at their own client. Between `enter()` and its end it listens by itself."""

    name: str
    user: str
    password: str
    recovery_key: str
    _client: Client
    _upkeep: Upkeep
    _reader: Reader
    seen: dict[str, Seen] = field(default_factory=dict)
    invited: dict[str, str] = field(default_factory=dict)
    """Rooms this person was asked into, and by whom."""
    members: dict[str, dict[str, str]] = field(default_factory=dict)
    _waiting: dict[str, Event] = field(default_factory=dict)
    """Encrypted events whose key has not come, by id."""
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _numbers: Iterator[int] = field(default_factory=count)
    _notes: str = ""

    # -- doing ------------------------------------------------------------------------------------------

    async def create_room(self, name: str, *invited: str, encrypted: bool = True, **options: Any) -> str:
        """A room that only invited people enter, and whose past later members cannot read."""
        first = [
            {"type": "m.room.history_visibility", "content": {"history_visibility": "joined"}},
            {"type": "m.room.guest_access", "content": {"guest_access": "forbidden"}},
        ]
        if encrypted:
            first.append({"type": "m.room.encryption", "content": MEGOLM})
        state = [{"state_key": "", **each} for each in first]
        body = {"name": name, "preset": "private_chat", "invite": invited, "initial_state": state, **options}
        return str((await self._ask("POST", path("createRoom"), body))["room_id"])

    async def join(self, room: str) -> None:
        await self._ask("POST", path("join", room), {})
        await self.wait_for_member(room, self.user)

    async def accept_from(self, other: str) -> str:
        """Wait for an invitation from somebody, and enter that room."""
        room = await self._wait(
            lambda: next((room for room, by in self.invited.items() if by == other), None),
            f"an invitation from {other}",
            lambda: f"invitations {self.invited}, members {self.members}",
        )
        del self.invited[room]
        await self.join(room)
        return room

    async def chat_with(self, other: str, besides: Collection[str]) -> str:
        """The room they have to themselves; entered when it is new.

        Right after entering, the homeserver may once more report the invitation before it reports the entry.
        """
        alone = {self.user: "join", other: "join"}
        room = await self._wait(
            lambda: next(
                (room for room, who in self.members.items() if who == alone and room not in besides),
                next((room for room, by in self.invited.items() if by == other), None),
            ),
            f"a private chat with {other}",
            lambda: f"invitations {self.invited}, members {self.members}",
        )
        return await self.accept_from(other) if room in self.invited else room

    async def write(self, room: str, text: str, thread: str | None = None) -> str:
        """Text, encrypted where the room is. Gives the event id."""
        content: dict[str, Any] = {"msgtype": "m.text", "body": text}
        if thread is not None:
            content["m.relates_to"] = {
                "rel_type": "m.thread",
                "event_id": thread,
                "is_falling_back": True,
                "m.in_reply_to": {"event_id": thread},
            }
        return await self._send(room, "m.room.message", content)

    async def set_state(self, room: str, kind: str, content: Mapping[str, Any]) -> None:
        await self._ask("PUT", path("rooms", room, "state", kind, ""), content)

    async def set_power(self, room: str, person: str, level: int) -> None:
        levels = await self._ask("GET", path("rooms", room, "state", "m.room.power_levels", ""))
        users = {**levels.get("users", {}), person: level}
        await self.set_state(room, "m.room.power_levels", {**levels, "users": users})

    async def _send(self, room: str, kind: str, content: dict[str, Any]) -> str:
        facts = rooms.facts(await rooms.state(self._client, RoomId(room)), UserId(self.user))
        if facts.encrypted:
            await self._client.devices.learn(facts.joined)
            sealed = await self._client.sharing.encrypt(RoomId(room), facts.joined, kind, content)
            # Homeservers and clients look for threads outside the seal.
            relation = {key: content[key] for key in ("m.relates_to",) if key in content}
            kind, content = "m.room.encrypted", {**sealed, **relation}
        where = path("rooms", room, "send", kind, f"{self.name}{next(self._numbers)}")
        return str((await self._ask("PUT", where, content))["event_id"])

    async def _ask(self, method: str, where: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return await ask(self._client, method, where, body)

    # -- seeing -----------------------------------------------------------------------------------------

    def saw(self, words: str) -> bool:
        """Whether these words ever stood in anything this client could read."""
        return any(words in each.body for each in self.seen.values())

    async def see(self, room: str, words: str, sender: str | None = None) -> Seen:
        """The first message of the room with these words in it."""

        def found() -> Seen | None:
            return next(
                (
                    each
                    for each in self.seen.values()
                    if each.room == room and words in each.body and sender in (None, each.sender)
                ),
                None,
            )

        return await self._wait(found, f"“{words}”", lambda: self._lately(room))

    async def see_event(self, event: str) -> Seen:
        """This very message, decrypted."""

        def found() -> Seen | None:
            each = self.seen.get(event)
            return each if each is not None and each.trust is not None else None

        return await self._wait(found, f"the event {event}", lambda: str(self.seen.get(event)))

    async def see_removed(self, event: str) -> Seen:
        def found() -> Seen | None:
            each = self.seen.get(event)
            return each if each is not None and each.removed else None

        return await self._wait(found, "a message to be removed", lambda: str(self.seen.get(event)))

    async def wait_for_member(self, room: str, person: str) -> None:
        await self._wait(
            lambda: self.members.get(room, {}).get(person) == "join" or None,
            f"{person} to join",
            lambda: str(self.members.get(room)),
        )

    async def catch_up(self) -> None:
        """Read everything that the homeserver has for this client by now."""
        if not self._notes:
            self._notes = await self.create_room("notes", encrypted=False)
        mark = await self.write(self._notes, "caught up")
        await self._wait(lambda: self.seen.get(mark), "its own note", lambda: "nothing")

    def _lately(self, room: str) -> str:
        return "; ".join(f"{each.sender}: {each.body!r}" for each in self.seen.values() if each.room == room)

    async def _wait(self, found: Callable[[], T | None], what: str, instead: Callable[[], str]) -> T:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE), self._news:
                while (thing := found()) is None:
                    await self._news.wait()
                return thing
        raise NeverCame(f"{self.name} waited for {what} and saw: {instead()}")

    # -- listening ----------------------------------------------------------------------------------------

    async def listen(self) -> None:
        """Sync after sync, until cancelled; a homeserver that is away is waited for."""
        since: str | None = None
        while True:
            query = {"timeout": "0" if since is None else "20000", "set_presence": "offline"}
            if since is not None:
                query["since"] = since
            try:
                body = await self._ask("GET", path("sync") + "?" + urlencode(query))
                await self._take(body)
            except TryAgainLater:
                await asyncio.sleep(0.2)
                continue
            since = body["next_batch"]

    async def _take(self, body: Mapping[str, Any]) -> None:
        self._upkeep.note_changes(body)
        came = self._reader.take_keys(part(part(body, "to_device"), "events"))
        if came.keys:
            for event in list(self._waiting.values()):
                await self._read(event, RoomId(event["room_id"]))
        for room, section in (part(part(body, "rooms"), "invite") or {}).items():
            self._take_invitation(room, part(part(section, "invite_state"), "events") or [])
        for room, section in (part(part(body, "rooms"), "join") or {}).items():
            for place in ("state", "timeline"):
                for event in part(part(section, place), "events") or []:
                    await self._read({**event, "room_id": room}, RoomId(room))
        await self._upkeep.refill(body)
        await self._upkeep.mend()
        async with self._news:
            self._news.notify_all()

    def _take_invitation(self, room: str, events: list[Any]) -> None:
        for event in events:
            if part(event, "type") == "m.room.member" and part(event, "state_key") == self.user:
                self.invited[room] = event["sender"]

    async def _read(self, event: Event, room: RoomId) -> None:
        if not is_event(event):
            return
        match event["type"]:
            case "m.room.member":
                self.members.setdefault(room, {})[event["state_key"]] = event["content"]["membership"]
            case "m.room.redaction":
                target = event["content"].get("redacts") or event.get("redacts")
                if target in self.seen:
                    self.seen[target] = replace(self.seen[target], body="", removed=True)
            case "m.room.message" if event["content"]:
                self._keep(event, room, encrypted=False, trust=Trust.PLAIN)
            case "m.room.encrypted" if event["content"]:
                await self._decrypt(event, room)

    async def _decrypt(self, event: Event, room: RoomId) -> None:
        opened = self._reader.open(event, room)
        if not isinstance(opened, Opened):
            self._waiting[event["event_id"]] = event
            self._keep({**event, "content": {}}, room, encrypted=True, trust=None)
            return
        self._waiting.pop(event["event_id"], None)
        if opened.event["type"] == "m.room.message":
            self._keep(opened.event, room, encrypted=True, trust=await self._reader.trust(opened))

    def _keep(self, event: Event, room: RoomId, *, encrypted: bool, trust: Trust | None) -> None:
        content = event["content"]
        relation = content.get("m.relates_to")
        thread = part(relation, "event_id") if part(relation, "rel_type") == "m.thread" else None
        body = str(content.get("body", ""))
        self.seen[event["event_id"]] = Seen(
            event["event_id"], room, event["sender"], body, thread, encrypted, trust
        )


@asynccontextmanager
async def enter(server: Homeserver, name: str, folder: Path) -> AsyncIterator[Person]:
    """Register, log in, sign the device, and listen until the end."""
    password = f"{name}-{os.urandom(4).hex()}"
    user = UserId(await server.register(name, password))
    printed: list[str] = []
    account = Account(server.url, user, Sensitive(password), folder / name, os.urandom(32))
    session, _ = await enrol(account, None, os.urandom, printed.append)
    client = Client(session, folder / name, _Pins())
    await client.open()
    client.sharing.reads_itself = True
    person = Person(name, user, password, printed[0], client, Upkeep(client), Reader(client))
    listening = asyncio.create_task(person.listen())
    try:
        yield person
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await client.close()
