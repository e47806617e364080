"""A town: two workers and three supporters, what they are called, what they said, and where they are."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.model import EventId, JoinRule, Millis, RoomId, SupporterRoom, UserId
from bot.loops.surroundings import Knowledge
from tests.stage import CHICAGO, NYC, ROSA, HandClock, knowledge
from tests.wire import ME, Homeserver, Room, Sent


@dataclass(frozen=True, slots=True)
class Names:
    """What people and rooms are called, and the words people use: two towns differ in nothing else."""

    workers: tuple[UserId, UserId]
    supporters: tuple[UserId, UserId, UserId]
    neighbour: UserId
    """Reads along in the community room."""
    mark: str
    """In the id of every room and event."""
    word: str
    """In everything people say."""

    def room(self, name: str) -> RoomId:
        return RoomId(f"!{self.mark}{name}:test")

    def people(self) -> tuple[UserId, ...]:
        return (*self.workers, *self.supporters, self.neighbour)


def _named(*people: str, mark: str, word: str) -> Names:
    mia, tom, sol, kim, lee, ada = (UserId(f"@{name}:test") for name in people)
    return Names((mia, tom), (sol, kim, lee), ada, mark, word)


HERE = _named("zmia", "ztom", "zsol", "zkim", "zlee", "zada", mark="zmark", word="zwey")
ELSEWHERE = _named("yuvette", "yboris", "yquinn", "yannik", "yolanda", "yf", mark="ysign", word="yonderly")


class Kind(StrEnum):
    """What was said, by whom it may be read."""

    PRIVATE = "private"
    """To supporters."""
    POST = "post"
    """To everybody, and to supporters as a case."""
    KEPT = "kept"
    """To nobody: its author shares nothing just now."""
    REPLY = "reply"
    """To the worker of a case."""
    NOTE = "note"
    """To whoever has the case."""
    TALK = "talk"
    """Among supporters: the bot has no part in it."""


@dataclass
class Words:
    """Something somebody wrote, known by a word that is in nothing else. An edit is words of its own."""

    word: str
    kind: Kind
    author: UserId
    room: RoomId
    event: EventId
    """The message, also of an edit."""
    at: int
    thread: EventId | None = None
    excused: bool = False
    """Its author stepped back before the bot had come to rest: perhaps nobody was told."""


@dataclass(frozen=True)
class Deed:
    """A supporter did something about a card, or a worker to all that is theirs."""

    at: int
    person: UserId
    room: RoomId
    what: str
    card: EventId | None = None


def serial(event: EventId) -> int:
    """Events are numbered in the order they happened."""
    return int("".join(filter(str.isdigit, event)))


@dataclass
class Town:
    """Everything that is there, and what people did, in one order of many."""

    dice: random.Random
    names: Names = HERE
    clock: HandClock = field(default_factory=HandClock)
    said: list[Words] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    deleted: set[EventId] = field(default_factory=set)
    share_nothing: set[UserId] = field(default_factory=set)
    stepped_back: set[UserId] = field(default_factory=set)
    """Since the bot last came to rest."""
    owners: dict[RoomId, UserId] = field(default_factory=dict)
    """Whose private chat a room is, also when they have left it."""
    drawn: int = 0
    rested_at: int = 0

    def __post_init__(self) -> None:
        names = self.names
        self.server = Homeserver(names.mark)
        self.lobby, self.steward = names.room("lobby"), names.room("steward")
        self.nyc, self.chicago, self.fallback = (names.room(name) for name in ("nyc", "chicago", "fallback"))
        sol, kim, lee = names.supporters
        self.teams = {self.nyc: (sol, kim), self.chicago: (lee,), self.fallback: (sol, lee)}
        self.city = dict(zip(names.workers, ("#nyc", "#chicago"), strict=True))
        self.home = dict(zip(names.workers, (self.nyc, self.chicago), strict=True))

    @property
    def known(self) -> Knowledge:
        listed = (SupporterRoom(self.nyc, (NYC,)), SupporterRoom(self.chicago, (CHICAGO,)))
        return knowledge(listed, self.fallback)

    def begin(self) -> None:
        """The bot has been there before: what comes now is news to it."""
        names, server = self.names, self.server
        server.room(
            self.lobby,
            *names.workers,
            names.neighbour,
            admins=(names.neighbour,),
            encrypted=False,
            join_rule=JoinRule.PUBLIC,
        )
        for name, team in self.teams.items():
            server.join(server.room(name, *team), ME)
        server.invite_bot(server.room(self.steward, ROSA), ROSA, direct=True)
        for person in names.workers:
            self.come(person)

    def begin_talks(self) -> None:
        for person in self.names.workers:
            self.say(self.chat(person) or self.come(person), person, self.city[person], Kind.PRIVATE)

    # -- rooms -------------------------------------------------------------------------------------------

    def room(self, name: RoomId) -> Room:
        return self.server.rooms[name]

    def supporter_rooms(self) -> tuple[Room, ...]:
        return tuple(self.room(name) for name in self.teams)

    def chats(self, person: UserId) -> tuple[Room, ...]:
        """Every private chat there ever was of this person."""
        others = {self.lobby, self.steward, *self.teams}
        rooms = (room for room in self.server.rooms.values() if room.id not in others)
        return tuple(room for room in rooms if self.owners.get(room.id) == person or _alone(room) == {person})

    def chat(self, person: UserId) -> RoomId | None:
        """Where they can write to the bot now: it is there, or was asked in."""
        here = (r for r in self.chats(person) if person in r.joined and ME in r.joined | r.invited)
        return next((room.id for room in reversed(tuple(here))), None)

    def come(self, person: UserId) -> RoomId:
        """Into the chat that the bot opened, or into one of their own."""
        asked_in = [r for r in self.chats(person) if person in r.invited and ME in r.joined]
        if asked_in:
            self.server.join(asked_in[-1], person)
            self.owners[asked_in[-1].id] = person
            return asked_in[-1].id
        self.drawn += 1
        room = self.server.room(self.names.room(f"chat{self.drawn}"), person)
        self.owners[room.id] = person
        self.server.invite_bot(room, person, direct=True)
        return room.id

    def cards(self, room: RoomId) -> list[Sent]:
        return [event for event in self.room(room).events if is_card(event)]

    # -- what is said ------------------------------------------------------------------------------------

    def now(self) -> int:
        """The number of what happened last."""
        return self.server._serial

    def word(self) -> str:
        self.drawn += 1
        return f"{self.names.word}{self.drawn}x"

    def say(
        self,
        room: RoomId,
        author: UserId,
        text: str,
        kind: Kind,
        thread: EventId | None = None,
        reply_to: EventId | None = None,
    ) -> EventId:
        word = self.word()
        said = f"{text} {word}"
        event = self.server.post(self.room(room), author, said, thread=thread, reply_to=reply_to)
        about = thread or reply_to
        kind = self._meant(kind, author)
        self.said.append(Words(word, kind, author, room, event, self.now(), about))
        return event

    def change(self, old: Words, text: str) -> None:
        """Its author edits it."""
        kind = self._meant(Kind.PRIVATE if old.kind is Kind.KEPT else old.kind, old.author)
        word = self.word()
        self.server.post(self.room(old.room), old.author, f"{text} {word}".strip(), edits=old.event)
        self.said.append(Words(word, kind, old.author, old.room, old.event, self.now(), old.thread))

    def _meant(self, kind: Kind, author: UserId) -> Kind:
        return Kind.KEPT if kind is Kind.PRIVATE and author in self.share_nothing else kind

    def delete(self, old: Words) -> None:
        self.deleted.add(old.event)
        self.server.delete(self.room(old.room), old.author, old.event)

    def do(self, person: UserId, room: RoomId, what: str, card: EventId | None = None) -> None:
        self.server.post(self.room(room), person, what, thread=card)
        self.deeds.append(Deed(self.now(), person, room, what, card))

    def raise_hand(self, person: UserId, room: RoomId, card: EventId) -> None:
        self.server.react(self.room(room), person, card)
        self.deeds.append(Deed(self.now(), person, room, "hand", card))

    # -- time --------------------------------------------------------------------------------------------

    def pass_time(self, length: int) -> None:
        self.clock.time = Millis(self.clock.time + length)
        self.server.at = self.clock.time

    def rest(self) -> None:
        """The bot did all there was to do. Who stepped back meanwhile may have kept words from being told."""
        for each in self.said:
            each.excused |= each.author in self.stepped_back and each.at > self.rested_at
        self.stepped_back.clear()
        self.rested_at = self.now()


def _alone(room: Room) -> set[UserId]:
    return (room.joined | room.invited) - {ME}


def is_card(event: Sent) -> bool:
    return event.sender == ME and event.text.startswith("Case ") and event.edits is None


def ours(room: Room) -> list[Sent]:
    return [event for event in room.events if event.sender == ME]
