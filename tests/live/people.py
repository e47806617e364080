"""People with an independent client: what they do and what they see."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Any, Self

from tests.live.jsclient import JS, PATIENCE, Event, Failed, JsClient

__all__ = ["JS", "PATIENCE", "Client", "Device", "Event", "Failed", "Person"]


class Client(Enum):
    """How a person's client treats devices that their owner has not cross-signed."""

    STRICT = "strict"
    """Gives them no keys and does not show what they send."""
    DEFAULT = "default"


class Device(Enum):
    SIGNED = "signed"
    UNSIGNED = "unsigned"


@dataclass(slots=True)
class Person(JsClient):
    """Somebody with a Matrix client of their own."""

    user: str = ""
    device: str = ""
    _notes: str = ""

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
        person = cls(name)
        try:
            await person.begin()
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

    async def sign(self, device: str) -> None:
        """Believe in another device of one's own."""
        await self.do("sign_device", device=device)

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

    async def ring(self, event: Event) -> str:
        """What this person's phone does for a message: it is `silent`, `heard` or `called`."""
        return str(await self.do("ring", event=event.id))

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

    def mark(self) -> int:
        """How far this person has read: what comes later can be waited for with `since`."""
        return len(self.events)

    async def wait_for(
        self,
        room: str,
        matches: Callable[[Event], bool],
        what: str,
        within: float = PATIENCE,
        since: int = 0,
    ) -> Event:
        """The first event of the room that matches; fails with what was there instead."""

        def found() -> Event | None:
            later = islice(self.events.values(), since, None)
            return next((e for e in later if e.room == room and matches(e)), None)

        event = await self.wait(found, within)
        if event is None:
            seen = [f"{e.type} {e.sender} {e.failure or ''} {e.body[:120]!r}" for e in self.in_room(room)]
            raise AssertionError(f"{self.name} waited for {what} and saw:\n  " + "\n  ".join(seen[-15:]))
        return event

    async def wait_for_text(
        self, room: str, words: str, sender: str | None = None, within: float = PATIENCE, since: int = 0
    ) -> Event:
        def matches(event: Event) -> bool:
            return event.is_message and words in event.body and sender in (None, event.sender)

        return await self.wait_for(room, matches, f"“{words}”", within, since)

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

        place = await self.wait(found, within)
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
