"""Everything a loop is given from outside, and the bells by which the loops wake each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, final

from msgspec import Struct, field

from bot.core.cities import Atlas
from bot.core.model import Language, Millis, RoomId, SupporterRoom, UserId
from bot.core.resources import Library
from bot.core.spans import Spans
from bot.core.takedown import Desk
from bot.ports import Chat, Clock, Journal, Pins, Randomness, Voice
from bot.store.database import Database


@final
class Bell:
    """Rung when there is work; a ring that nobody waited for is heard by who waits next."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event: Final = asyncio.Event()

    def ring(self) -> None:
        self._event.set()

    async def heard(self, longest: Millis | None = None) -> bool:
        """Returns at the next ring, or after `longest`: whether it rang."""
        if longest is None or self._event.is_set():
            await self._event.wait()
            self._event.clear()
            return True
        try:
            async with asyncio.timeout(max(0, longest) / 1000):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


@final
class Bells:
    """One for each loop that waits for work, and one that ends them all."""

    __slots__ = ("aside", "forget", "inbox", "outbox", "stopped")

    def __init__(self) -> None:
        self.inbox: Final = Bell()
        self.outbox: Final = Bell()
        self.forget: Final = Bell()
        self.aside: Final = Bell()
        self.stopped: Final = asyncio.Event()

    @property
    def stopping(self) -> bool:
        return self.stopped.is_set()

    def stop(self) -> None:
        """Finish what is in hand and begin nothing new."""
        self.stopped.set()
        for bell in (self.inbox, self.outbox, self.forget, self.aside):
            bell.ring()


@final
class Ahead(Struct):
    """Rooms in which something will be told: what can be done for that before it is due."""

    bell: Bell = field(default_factory=Bell)
    expected: set[RoomId] = field(default_factory=set)
    told: set[RoomId] = field(default_factory=set)
    spoken: set[RoomId] = field(default_factory=set)
    """Where something else was said: its next key can wait until nothing more is."""
    teams: frozenset[RoomId] | None = None
    """Supporter rooms; None: they have to be looked up, after a start and when one was made or changed."""

    def expect(self, room: RoomId) -> None:
        """Something was decided on that is told there next."""
        self.expected.add(room)
        self.bell.ring()

    def after(self, rooms: Iterable[RoomId]) -> None:
        """Something was told there, or who is in there changed: the next room key can be given out."""
        self.told.update(rooms)
        self.bell.ring()

    def said(self, room: RoomId) -> None:
        """Whatever is said in a supporter room takes the key that the next case was to have."""
        if self.teams is not None and room in self.teams:
            self.spoken.add(room)
            self.bell.ring()

    def look_anew(self) -> None:
        """There are other supporter rooms than before, or other people in them."""
        self.teams = None
        self.bell.ring()

    def take_expected(self) -> frozenset[RoomId]:
        taken, self.expected = frozenset(self.expected), set()
        return taken

    def take_told(self) -> frozenset[RoomId]:
        taken, self.told = frozenset(self.told), set()
        return taken

    def calm(self) -> None:
        """Nothing was said for a while: now is the time."""
        self.told |= self.spoken
        self.spoken.clear()


@final
class Pulse(Struct):
    """How often the homeserver has answered us: without it, silence about one room says nothing."""

    answers: int = 0

    def beat(self) -> None:
        self.answers += 1


class Knowledge(Struct, frozen=True):
    """What configuration and shipped lists say; replaced as a whole when a list is reloaded."""

    me: UserId
    atlas: Atlas
    library: Library
    desk: Desk
    stewards: tuple[UserId, ...] = ()
    invites_from: tuple[str, ...] = ()
    listed: tuple[SupporterRoom, ...] = ()
    """Supporter rooms that the configuration names."""
    fallback: RoomId | None = None
    language: Language = Language.EN
    spans: Spans = field(default_factory=Spans)


class Surroundings(Struct, frozen=True):
    """The world of the loops."""

    database: Database
    chat: Chat
    voice: Voice
    pins: Pins
    clock: Clock
    randomness: Randomness
    journal: Journal
    knowledge: Callable[[], Knowledge]
    bells: Bells = field(default_factory=Bells)
    pulse: Pulse = field(default_factory=Pulse)
    ahead: Ahead = field(default_factory=Ahead)
