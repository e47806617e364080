"""What we need from outside, in our own words, and the ways it can fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Protocol

from msgspec import Struct

from bot.core.alerts import Alert
from bot.core.effects import Incoming, TellMore
from bot.core.model import (
    Attachment,
    CitySlug,
    EventId,
    Handling,
    Language,
    Millis,
    Power,
    RoomFacts,
    RoomId,
    Unfit,
    Unreadable,
    Unsafe,
    UserId,
)
from bot.core.phrases import Line, Whisper
from bot.core.sensitive import Sensitive
from bot.core.speech import Announced, Spoken, Whispered
from bot.core.view import CaseView, Left


class TryAgainLater(Exception):
    """The world was not able to just now: nothing is known about the deed; do it again with the same key.

    `after` is how long the homeserver asked us to wait, in milliseconds, when it said so.
    """

    def __init__(self, what: str, after: Millis | None = None) -> None:
        super().__init__(what)
        self.after = after


class NotSafe(Exception):
    """Private words may not go into this room now; nothing was sent."""

    def __init__(self, why: Unsafe) -> None:
        super().__init__(why.value)
        self.why = why


class CannotPassOn(Exception):
    """This attachment cannot be passed on, now or later; nothing was sent."""

    def __init__(self, why: Unfit) -> None:
        super().__init__(why.value)
        self.why = why


class Forbidden(Exception):
    """The homeserver understood and will not let us, now or later."""


class Gone(Exception):
    """The room, the event or the person is not there (any more)."""


class NotProven(Exception):
    """What we wrote to ourselves did not come back as we wrote it; the text says at which step."""


class LoggedOut(Exception):
    """Our access token is no longer good: only the operator can help."""


class Undecrypted(Struct, frozen=True):
    """A message whose key is not here yet, with its raw event so that it can be read once the key comes."""

    event: Unreadable
    raw: Sensitive


class Aside(Struct, frozen=True):
    """What a sync showed of one room and could not be read: the homeserver did not say all that it takes."""

    mark: str
    """Of which sync: with the room it names this and nothing else."""
    room: RoomId | None
    """None: not of a room we are in, but who had asked us into theirs before the first sync."""
    raw: Sensitive


class Heard(Struct, frozen=True):
    """What stood in one room."""

    incoming: tuple[Incoming, ...] = ()
    undecrypted: tuple[Undecrypted, ...] = ()


class Batch(Struct, frozen=True):
    """One sync: everything up to `bookmark`, gaps filled, but for the rooms that were put aside."""

    bookmark: str
    incoming: tuple[Incoming, ...] = ()
    undecrypted: tuple[Undecrypted, ...] = ()
    keys_came: bool = False
    """Room keys arrived, or news of whose they are: what could not be read before may be readable now."""
    changed: frozenset[RoomId] = frozenset()
    """Rooms whose door, history, encryption or people changed: what was held for them is tried again."""
    aside: tuple[Aside, ...] = ()
    """To be read later. One room that the homeserver does not show us makes us deaf to no other."""


class Chat(Protocol):
    """The homeserver as we need it. Every deed takes a stable `key`: with one key it happens once.

    Raises `TryAgainLater`, `Forbidden`, `Gone`, `LoggedOut`, and `NotSafe` where it says so.
    """

    async def pull(
        self, bookmark: str | None, wait: Millis, behind: frozenset[RoomId] = frozenset()
    ) -> Batch:
        """The next sync after `bookmark`, at most `wait` later. Without a bookmark: no old messages.

        Rooms in `behind` are put aside unread: something older of them has to be read first.
        """
        ...

    async def read_aside(self, aside: Aside) -> Heard:
        """What was put aside, if it can be read by now."""
        ...

    async def read_again(self, undecrypted: Undecrypted) -> Incoming | None:
        """The message, if its key has come by now."""
        ...

    async def facts(self, room: RoomId) -> RoomFacts:
        """Asked from the homeserver at this moment."""
        ...

    async def power(self, room: RoomId, person: UserId) -> Power:
        """Asked from the homeserver at this moment."""
        ...

    async def expect(self, room: RoomId) -> None:
        """Something is told there in a moment: ask already what the room is like."""
        ...

    async def make_ready(self, room: RoomId, roster: frozenset[UserId]) -> None:
        """Give the key of what is told there next to who may read it. Raises `NotSafe`."""
        ...

    async def tell(
        self,
        room: RoomId,
        words: Whispered,
        roster: frozenset[UserId],
        key: str,
        thread: EventId | None = None,
    ) -> EventId:
        """Send private words to a supporter room that is safe at this moment. Raises `NotSafe`."""
        ...

    async def whisper(self, room: RoomId, person: UserId, words: Whispered, key: str) -> EventId:
        """Send private words to a private chat: encrypted, nobody in it but the two. Raises `NotSafe`."""
        ...

    async def retell(
        self, room: RoomId, event: EventId, words: Whispered, roster: frozenset[UserId], key: str
    ) -> EventId:
        """Other words in the place of what we told a supporter room, if it is safe now. Raises `NotSafe`."""
        ...

    async def rewhisper(
        self, room: RoomId, person: UserId, event: EventId, words: Whispered, key: str
    ) -> EventId:
        """Other words in the place of what we said in a private chat. Raises `NotSafe`."""
        ...

    async def tell_file(
        self,
        room: RoomId,
        file: Attachment,
        handling: Handling,
        words: Whispered | None,
        roster: frozenset[UserId],
        key: str,
        thread: EventId | None = None,
    ) -> EventId:
        """Pass an attachment on to a supporter room that is safe at this moment, with our words beside it.

        Raises `NotSafe` and `CannotPassOn`.
        """
        ...

    async def whisper_picture(self, room: RoomId, person: UserId, file: Attachment, key: str) -> EventId:
        """Pass a cleaned picture on to a private chat. Raises `NotSafe` and `CannotPassOn`."""
        ...

    async def say(self, room: RoomId, words: Spoken, key: str) -> EventId:
        """Say something that anyone may read; encrypted where the room is."""
        ...

    async def announce(self, room: RoomId, words: Announced, key: str) -> EventId:
        """Send an approved alert into a community room; encrypted where the room is."""
        ...

    async def open_private_chat(self, person: UserId, key: str) -> RoomId:
        """A new encrypted room with this person invited; with the same key, the same room."""
        ...

    async def remove(self, room: RoomId, event: EventId, key: str) -> None:
        """Redact an event."""
        ...

    async def join(self, room: RoomId) -> None: ...

    async def leave(self, room: RoomId) -> None: ...

    async def repair(self, room: RoomId) -> None:
        """Close a supporter room's history, door and guest access as far as the bot may."""
        ...


class Voice(Protocol):
    """Phrases into words."""

    def spoken(self, lines: Sequence[Line], language: Language) -> Spoken: ...

    def whispered(self, lines: Sequence[Line | Whisper], language: Language) -> Whispered: ...

    def card(self, case: CaseView, language: Language) -> Whispered:
        """A case as supporters see it, as it is now."""
        ...

    def moved(
        self, case: CaseView, left: Left, cities: tuple[CitySlug, ...], language: Language
    ) -> Whispered:
        """The same on a card that it left behind; `cities`: whose supporters have it now, if any city's."""
        ...

    def alert(self, alert: Alert, hours: int, language: Language) -> Announced:
        """An alert as community rooms read it; it stands there for so many hours."""
        ...

    def more(self, words: TellMore, language: Language) -> Whispered:
        """A worker's further words, and what came with them, for the thread of their case."""
        ...


class Pins(Protocol):
    """The identity (public master key) each person was first seen with."""

    def known(self) -> Mapping[UserId, str]: ...

    async def remember(self, pins: Mapping[UserId, str]) -> None:
        """Durable when it returns; a person who is pinned already keeps the pin."""
        ...

    async def forget(self, person: UserId) -> None: ...


class Clock(Protocol):
    def now(self) -> Millis: ...

    async def sleep(self, length: Millis) -> None: ...


class Randomness(Protocol):
    def choose(self, count: int) -> int:
        """A whole number from 0 to count - 1, not to be guessed."""
        ...

    def jitter(self) -> float:
        """A number from 0 to 1, for back-off."""
        ...


class Journal(Protocol):
    """What may be written down: that something happened, and to which hashed id. Never words."""

    def event(self, name: str, **ids: str | int | Enum) -> None:
        """Note that `name` happened. Plain strings are ids and are hashed; numbers and named cases stay."""
        ...

    def fault(self, name: str, error: BaseException, **ids: str | int | Enum) -> None:
        """Note a failure as its type and the place it came from; its text is never read."""
        ...
