"""The timeline of a room since the bookmark, without a gap, and from our own arrival on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from bot.core.model import RoomId
from bot.matrix.client import Client
from bot.matrix.translate import Event, part
from bot.matrix.wire import Denied, ask, path, query
from bot.ports import Forbidden, Gone, TryAgainLater

PAGE: Final = 100
PAGES_BEFORE_ARRIVAL: Final = 10
"""How far back we look for the invitation by which we came."""


class History:
    """Fetches what a sync left out."""

    def __init__(self, client: Client, types: Sequence[str]) -> None:
        self._client = client
        self._filter = json.dumps({"types": list(types)})
        self._pages: dict[RoomId, dict[str, Any]] = {}
        """Fetched of a room that could not be read to the end: one failure does not cost all of them."""

    async def timeline(
        self, room: RoomId, section: object, bookmark: str, entry: Event | None = None
    ) -> list[Event]:
        """Oldest first, each event once; with `entry`, the event by which we came. Raises `TryAgainLater`."""
        timeline = part(section, "timeline")
        events = _events(part(timeline, "events"))
        events.reverse()
        before = part(timeline, "prev_batch")
        if part(timeline, "limited") is True and isinstance(before, str):
            await self._fill(room, events, before, bookmark, entry)
            self._pages.pop(room, None)
        _put(entry, events)
        start = self._arrival(events)
        if start is None:
            start = next((at for at, event in enumerate(events) if self._is_join(event)), len(events))
        del events[start + 1 :]
        once = {
            event["event_id"]: event for event in reversed(events) if isinstance(event.get("event_id"), str)
        }
        return list(once.values())

    async def _fill(
        self, room: RoomId, events: list[Event], before: str, bookmark: str, entry: Event | None
    ) -> None:
        """Go back (newest first) to the bookmark; in a room that is new to us, to the invitation."""
        token: object = before
        seen: set[object] = set()
        _put(entry, events)
        while isinstance(token, str) and token not in seen and self._arrival(events) is None:
            seen.add(token)
            arrived = any(self._is_join(event) for event in events)
            if arrived and len(seen) > PAGES_BEFORE_ARRIVAL:
                return
            asked = {"dir": "b", "from": token, "limit": str(PAGE), "filter": self._filter}
            if not arrived:
                # The invitation, and what was written after it, may be older than the bookmark.
                asked["to"] = bookmark
            page = await self._page(room, path("rooms", room, "messages") + query(asked))
            if page is None:
                return
            events += _events(page.get("chunk"))
            _put(entry, events)
            token = page.get("end")

    async def _page(self, room: RoomId, where: str) -> Any:
        """None when the room is closed to us."""
        fetched = self._pages.setdefault(room, {})
        if where not in fetched:
            try:
                page = await ask(self._client, "GET", where)
            except Denied:
                return None
            except (Forbidden, Gone) as refused:
                if not await self._in(room):
                    return None
                # Taken for the end, one such answer would cost everything further back.
                raise TryAgainLater("the homeserver refused a page of a room that we are in") from refused
            if not isinstance(page.get("chunk"), list):
                # Taken for the end, it would cost everything further back.
                raise TryAgainLater("the homeserver's page of a room holds no list of events")
            fetched[where] = page
        return fetched[where]

    async def _in(self, room: RoomId) -> bool:
        joined = (await ask(self._client, "GET", path("joined_rooms"))).get("joined_rooms")
        if not isinstance(joined, list):
            raise TryAgainLater("the homeserver did not say which rooms we are in")
        return room in joined

    def _arrival(self, newest_first: Sequence[Event]) -> int | None:
        """Where our stay begins: at the invitation that led to our joining, else at the joining.

        What was written between the two was written to us: a client that opens a private chat invites us and
        sends the first message at once.
        """
        joined = next((at for at, event in enumerate(newest_first) if self._is_join(event)), None)
        if joined is None or _before(newest_first[joined]) != "invite":
            return joined
        for at in range(joined + 1, len(newest_first)):
            if self._is_mine(newest_first[at], "invite"):
                return at
        return None

    def _is_join(self, event: Event) -> bool:
        return self._is_mine(event, "join") and _before(event) != "join"

    def _is_mine(self, event: Event, membership: str) -> bool:
        return (
            event.get("type") == "m.room.member"
            and event.get("state_key") == self._client.user_id
            and part(event.get("content"), "membership") == membership
        )


def _put(entry: Event | None, newest_first: list[Event]) -> None:
    """Where it belongs by its time, among events that do not show it: our own deeds are not sent to us."""
    if entry is None:
        return
    id_, at = entry["event_id"], entry["origin_server_ts"]
    newest_first[:] = [event for event in newest_first if event.get("event_id") != id_]
    older = (place for place, event in enumerate(newest_first) if _time(event) < at)
    newest_first.insert(next(older, len(newest_first)), entry)


def _time(event: Event) -> int:
    at = event.get("origin_server_ts")
    return at if isinstance(at, int) else 0


def _before(event: Event) -> Any:
    """What the person was in the room before."""
    return part(part(event.get("unsigned"), "prev_content"), "membership")


def _events(found: object) -> list[Event]:
    return [event for event in found if isinstance(event, dict)] if isinstance(found, list) else []
