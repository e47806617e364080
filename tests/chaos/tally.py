"""Counts what became of every post: delivered, lost, doubled, leaked, left standing, acknowledged early."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from bot.core.model import RoomId
from bot.demo.homeserver import Homeserver
from bot.demo.people import Person
from bot.matrix.reading import Opened
from bot.matrix.translate import Event
from bot.matrix.wire import path

MARK = re.compile(r"zq\d{6}qz")
ACKNOWLEDGED = re.compile(
    r"Supporters( of [^.]+)? have this|Supporters are on it|danger report (for [^.]+ )?reached supporters"
)
"""What the community room is told once supporters have a case, and not before."""


@dataclass(frozen=True, slots=True)
class Post:
    mark: str
    room: str
    writer: str
    goes: bool
    """The original is to be removed."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One message of the bot to supporters that carries a post."""

    event: str
    case: str
    """The event of the card in whose thread it stands, or which it is."""

    @property
    def card(self) -> bool:
        """A case of its own, not further words in a thread."""
        return self.event == self.case


@dataclass(frozen=True, slots=True)
class Count:
    """The end of the matter."""

    posts: int
    delivered: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    leaked: tuple[str, ...]
    """Places that hold words they must not hold."""
    standing: tuple[str, ...]
    """Posts that are still in their room and must not be."""
    receipts: int
    """How often a room was told that supporters have something: with none, all others prove little."""
    unearned: int
    """Receipts that stood before, or without, the deed they speak of."""
    unreadable: int
    """Messages of the bot that the supporter's client could not decrypt."""

    @property
    def good(self) -> bool:
        wrong = (self.lost, self.doubled, self.leaked, self.standing, self.unearned, self.unreadable)
        return self.receipts > 0 and not any(wrong)


@dataclass
class Tally:
    """The posts of one run, and where to look for them."""

    server: Homeserver
    posts: dict[str, Post] = field(default_factory=dict)
    before: dict[str, Post] = field(default_factory=dict)
    """Those of earlier runs on the same homeserver: receipts for them are earned."""

    def next(self) -> Tally:
        return Tally(self.server, {}, {**self.before, **self.posts})

    def words(self, room: str, writer: str, say: str = "#swshelp #nyc I need a ride home") -> str:
        """A post that can be told from every other."""
        mark = f"zq{len(self.before) + len(self.posts):06}qz"
        self.posts[mark] = Post(mark, room, writer, goes="#swsdoxx" in say)
        return f"{say} {mark}"

    async def all_arrived(self, *supporters: Eyes, patience: float = 60) -> bool:
        """Wait until supporters have every post; give up when nothing more has come for so many seconds."""
        best, since = -1, time.monotonic()
        while (now := len(await self._arrived(*supporters))) < len(self.posts):
            if now > best:
                best, since = now, time.monotonic()
            elif time.monotonic() - since > patience:
                return False
            await asyncio.sleep(0.5)
        return True

    async def _arrived(self, *supporters: Eyes) -> set[str]:
        for each in supporters:
            await each.look()
        return {mark for mark in self.posts if any(mark in each.told for each in supporters)}

    async def settled(self, *supporters: Eyes, patience: float = 30) -> None:
        """Wait for what follows a telling: removals, words in public, keys that are on their way."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            await asyncio.sleep(0.2)
            for each in supporters:
                await each.look()
            if self.receipts() and not self.standing() and not any(each.dark for each in supporters):
                return

    async def _keys_are_there(self, *supporters: Eyes, patience: float) -> None:
        """A homeserver shows an event before it hands out its key: unreadable is what stays so."""
        end = time.monotonic() + patience
        while True:
            for each in supporters:
                await each.look()
            if not any(each.dark for each in supporters) or time.monotonic() > end:
                return
            await asyncio.sleep(0.2)

    async def count(
        self,
        *supporters: Eyes,
        disks: tuple[Path, ...] = (),
        logs: tuple[str, ...] = (),
        sealed: tuple[str, ...] = (),
        outsiders: tuple[Person, ...] = (),
        patience: float = 30,
    ) -> Count:
        """`disks` and `logs` must hold no post, nor what the homeserver keeps of `sealed` rooms."""
        await self._keys_are_there(*supporters, patience=patience)
        told: defaultdict[str, list[Telling]] = defaultdict(list)
        for each in supporters:
            for mark, some in each.told.items():
                told[mark] += some.values()
        leaked = [str(file) for folder in disks for file in _holding(folder)]
        leaked += ["the log"] if any(MARK.search(line) for line in logs) else []
        leaked += self._in_the_clear(sealed)
        leaked += [
            f"{person.name}'s client" for person in outsiders if any(person.saw(mark) for mark in self.posts)
        ]
        return Count(
            posts=len(self.posts),
            delivered=sum(bool(told[mark]) for mark in self.posts),
            lost=tuple(mark for mark in self.posts if not told[mark]),
            doubled=tuple(mark for mark in self.posts if len(told[mark]) > 1),
            leaked=tuple(leaked),
            standing=self.standing(),
            receipts=len(self.receipts()),
            unearned=self.unearned(told),
            unreadable=sum(len(each.dark) for each in supporters),
        )

    def _in_the_clear(self, sealed: tuple[str, ...]) -> list[str]:
        return [
            f"the homeserver's copy of {room}"
            for room in sealed
            if any(MARK.search(row[0]) for row in self._events(room))
        ]

    def _events(self, room: str) -> list[tuple[str, ...]]:
        return self.server.sees(
            "SELECT json FROM event_json JOIN events USING (event_id) WHERE events.room_id = ?"
            " ORDER BY stream_ordering",
            room,
        )

    def standing(self) -> tuple[str, ...]:
        """By the homeserver's own record of what was removed."""
        gone = {row[0] for row in self.server.sees("SELECT redacts FROM redactions")}
        there = {
            mark
            for room in {post.room for post in self.posts.values() if post.goes}
            for event in self._plain_messages(room)
            for mark in MARK.findall(str(event["content"].get("body", "")))
            if event["event_id"] not in gone
        }
        return tuple(mark for mark, post in self.posts.items() if post.goes and mark in there)

    def receipts(self) -> list[str]:
        """In all plain rooms, of this run and those before it."""
        rooms = {post.room for post in (*self.before.values(), *self.posts.values())}
        return [event for room in rooms for event in self._receipts_in(room)]

    def _receipts_in(self, room: str) -> list[str]:
        return [
            str(event["event_id"])
            for event in self._plain_messages(room)
            if ACKNOWLEDGED.search(str(event["content"].get("body", "")))
        ]

    def unearned(self, told: dict[str, list[Telling]]) -> int:
        """In each plain room, by the homeserver's own order: more receipts than cases told so far?"""
        wrong = 0
        posts = {**self.before, **self.posts}
        for room in {post.room for post in posts.values()}:
            deeds = sorted(
                self._order(some[0].event)
                for mark, some in told.items()
                if some and posts[mark].room == room and some[0].card
            )
            receipts = [self._order(event) for event in self._receipts_in(room)]
            wrong += max(0, len(receipts) - len(deeds))
            wrong += sum(after < deed for after, deed in zip(receipts, deeds, strict=False))
        return wrong

    def _plain_messages(self, room: str) -> list[dict[str, dict[str, str]]]:
        rows = self.server.sees(
            "SELECT event_id, json FROM event_json JOIN events USING (room_id, event_id)"
            " WHERE room_id = ? AND type = 'm.room.message' ORDER BY stream_ordering",
            room,
        )
        return [{**json.loads(words), "event_id": event} for event, words in rows]

    def _order(self, event: object) -> int:
        rows = self.server.sees("SELECT stream_ordering FROM events WHERE event_id = ?", event)
        return int(rows[0][0])


@dataclass
class Eyes:
    """Reads everything ever sent encrypted to a room, as one person in it can; goes on where it was."""

    person: Person
    room: str
    told: defaultdict[str, dict[str, Telling]] = field(default_factory=lambda: defaultdict(dict))
    """What was told of each post, by event: a second event is a second telling."""
    dark: dict[str, Event] = field(default_factory=dict)
    """Events this person has no key for, by id."""
    _token: str = ""

    async def look(self) -> None:
        for event in [*self.dark.values()]:
            self._read(event)
        while True:
            query = {"dir": "f", "limit": "500", **({"from": self._token} if self._token else {})}
            where = path("rooms", self.room, "messages") + "?" + urlencode(query)
            page = await self.person._ask("GET", where)
            for event in page["chunk"]:
                self._read({**event, "room_id": self.room})
            if not page.get("end"):
                return
            self._token = page["end"]

    async def cards(self, marks: set[str]) -> int:
        """How many of these posts are cases of their own by now."""
        await self.look()
        return sum(any(each.card for each in self.told[mark].values()) for mark in marks)

    def _read(self, event: Event) -> None:
        if event["type"] != "m.room.encrypted" or not event["content"]:
            return
        opened = self.person._reader.open(event, RoomId(self.room))
        if not isinstance(opened, Opened):
            self.dark[event["event_id"]] = event
            return
        self.dark.pop(event["event_id"], None)
        content = opened.event["content"]
        relates = content.get("m.relates_to") or {}
        if relates.get("rel_type") == "m.replace":
            # A card that shows who has it now: the same telling.
            return
        for mark in MARK.findall(str(content.get("body", ""))):
            in_thread = relates.get("rel_type") == "m.thread"
            case = relates["event_id"] if in_thread else event["event_id"]
            self.told[mark][event["event_id"]] = Telling(event["event_id"], case)


def _holding(folder: Path) -> list[Path]:
    """Files with a post in the clear."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if re.search(rb"zq\d{6}qz", path.read_bytes())]
