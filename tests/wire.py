"""A homeserver in memory behind our own `Chat`: rooms, people, transaction ids, and faults to order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from msgspec.structs import replace

from bot.core.effects import Incoming
from bot.core.model import (
    Attachment,
    AttachmentKind,
    EventId,
    Handling,
    History,
    IdentityChange,
    Invitation,
    JoinRule,
    Membership,
    Message,
    Millis,
    Presence,
    Reaction,
    Removal,
    RoomChange,
    RoomId,
    Trust,
    Unfit,
    Unreadable,
    UserId,
)
from bot.core.sensitive import Sensitive
from bot.core.speech import Announced, Items, Spoken, Whispered
from bot.ports import CannotPassOn, Forbidden, Gone, Undecrypted

ME = UserId("@sws:bot.test")


@dataclass
class Sent:
    """An event as it stands in a room, with the words its readers see."""

    id: EventId
    sender: UserId
    text: str
    thread: EventId | None = None
    key: str | None = None
    removed: bool = False
    edits: EventId | None = None
    """The event in whose place this one stands."""


@dataclass
class Room:
    """A room as the homeserver has it."""

    id: RoomId
    encrypted: bool = True
    join_rule: JoinRule = JoinRule.INVITE
    history: History = History.JOINED
    guests: bool = False
    joined: set[UserId] = field(default_factory=set)
    invited: set[UserId] = field(default_factory=set)
    admins: set[UserId] = field(default_factory=set)
    may_remove: bool = True
    may_speak: bool = True
    may_repair: bool = True
    replaced: bool = False
    unpinned: set[UserId] = field(default_factory=set)
    changed: set[UserId] = field(default_factory=set)
    events: list[Sent] = field(default_factory=list)

    def texts(self, sender: UserId = ME) -> list[str]:
        """What somebody said in it, as it reads now: edits in place, and nothing that was removed."""
        said = [e for e in self.events if e.sender == sender and not e.removed]
        now = {event.edits: event.text for event in said if event.edits is not None}
        return [now.get(event.id, event.text) for event in said if event.edits is None]

    def event(self, id_: EventId) -> Sent:
        return next(event for event in self.events if event.id == id_)


@dataclass
class Fault:
    """The next `times` calls of `call` (about `room`, if named) fail with `error`."""

    call: str
    error: Exception
    times: int = 1
    room: RoomId | None = None
    done_first: bool = False
    """The homeserver does it and the answer is lost."""


class Homeserver:
    """Everything that outlives the bot: rooms, what is new for it, and the transaction ids it has used."""

    def __init__(self, mark: str = "") -> None:
        self._mark = mark  # what its ids have in common
        self.rooms: dict[RoomId, Room] = {}
        self.news: list[Incoming | Undecrypted] = []
        self.keys: set[EventId] = set()
        """Undecryptable messages whose key has come."""
        self.keys_came = False
        self.transactions: dict[tuple[str, str], EventId | RoomId] = {}
        self.files: dict[Sensitive, tuple[str, Unfit | None]] = {}
        """What lies where an attachment says, in a word, and what keeps it from being passed on cleaned."""
        self.faults: list[Fault] = []
        self.silent: set[RoomId] = set()
        """Rooms of which it does not show what was written."""
        self.calls: Counter[str] = Counter()
        self.expected: list[RoomId] = []
        """Rooms that were asked about ahead."""
        self.keys_given: list[tuple[RoomId, frozenset[UserId]]] = []
        """Rooms whose next key was given out, and to whom at most."""
        self._serial = 0
        self.at = Millis(1_700_000_000_000)

    # -- what people do --------------------------------------------------------------------------------

    def room(self, name: str, *people: str, admins: tuple[str, ...] = (), **how: object) -> Room:
        """A room with the bot in it."""
        room = Room(RoomId(name), **how)  # type: ignore[arg-type]
        room.joined = {ME, *(UserId(person) for person in people)}
        room.admins = {UserId(admin) for admin in admins}
        self.rooms[room.id] = room
        return room

    def post(
        self,
        room: Room,
        sender: str,
        text: str,
        *,
        trust: Trust | None = None,
        thread: EventId | None = None,
        reply_to: EventId | None = None,
        edits: EventId | None = None,
        attachment: AttachmentKind | None = None,
    ) -> EventId:
        id_ = self._new_id()
        room.events.append(Sent(id_, UserId(sender), text, thread))
        sure = Trust.SIGNED if room.encrypted else Trust.PLAIN
        self.news.append(
            Message(
                id_,
                room.id,
                UserId(sender),
                self.at,
                Sensitive(text),
                trust or sure,
                thread,
                reply_to,
                edits,
                attachment,
            )
        )
        return id_

    def attach(
        self,
        room: Room,
        sender: str,
        shows: str,
        kind: AttachmentKind = AttachmentKind.PICTURE,
        *,
        words: str = "",
        unfit: Unfit | None = None,
        thread: EventId | None = None,
        edits: EventId | None = None,
        same_as: EventId | None = None,
    ) -> EventId:
        """Somebody attaches something that `shows` something; `unfit`: why it cannot be cleaned.

        `same_as`: the message whose very file it is.
        """
        id_ = self.post(room, sender, words, thread=thread, edits=edits, attachment=kind)
        source = Sensitive(f"file of {same_as or id_}")
        self.files[source] = shows, unfit
        said = self.news[-1]
        assert isinstance(said, Message)
        self.news[-1] = replace(said, file=Attachment(kind, source))
        return id_

    def post_without_key(self, room: Room, sender: str, text: str) -> EventId:
        """Encrypted with a key that the bot does not have yet."""
        id_ = self._new_id()
        room.events.append(Sent(id_, UserId(sender), text))
        self.news.append(
            Undecrypted(Unreadable(id_, room.id, UserId(sender), self.at), Sensitive(f"raw {text}"))
        )
        return id_

    def bring_key(self, event: EventId) -> None:
        self.keys.add(event)
        self.keys_came = True

    def invite_bot(self, room: Room, sender: str, *, direct: bool = False) -> None:
        room.joined.discard(ME)
        room.invited.add(ME)
        self.news.append(Invitation(room.id, UserId(sender), self.at, direct))

    def join(self, room: Room, person: str) -> None:
        room.invited.discard(UserId(person))
        room.joined.add(UserId(person))
        self._moved(room, UserId(person), Presence.JOINED)

    def invited(self, room: Room, person: str) -> None:
        """Somebody was asked into a room."""
        room.invited.add(UserId(person))
        self._moved(room, UserId(person), Presence.INVITED)

    def leave(self, room: Room, person: str) -> None:
        room.joined.discard(UserId(person))
        room.invited.discard(UserId(person))
        self._moved(room, UserId(person), Presence.GONE)

    def delete(self, room: Room, sender: str, target: EventId) -> None:
        room.event(target).removed = True
        self.news.append(Removal(self._new_id(), room.id, UserId(sender), target, self.at))

    def change(self, room: Room, **how: object) -> None:
        """Somebody changes what a room is like."""
        for name, value in how.items():
            setattr(room, name, value)
        self.news.append(RoomChange(self._new_id(), room.id, self.at))

    def react(self, room: Room, sender: str, target: EventId) -> None:
        """A raised hand."""
        self.news.append(Reaction(self._new_id(), room.id, UserId(sender), target, self.at))

    def change_identity(self, person: str) -> None:
        self.news.append(IdentityChange(UserId(person), self.at))

    def fail(
        self, call: str, error: Exception, times: int = 1, room: Room | None = None, **how: bool
    ) -> None:
        self.faults.append(Fault(call, error, times, None if room is None else room.id, **how))

    def private_chats(self, person: str) -> list[Room]:
        """Rooms the bot opened for one person, oldest first."""
        wanted = {ME, UserId(person)}
        return [
            r for r in self.rooms.values() if r.id.startswith("!private") and r.joined | r.invited == wanted
        ]

    def heard_privately(self, person: str) -> str:
        return "\n".join(text for room in self.private_chats(person) for text in room.texts())

    def _moved(self, room: Room, person: UserId, presence: Presence, chat_of: UserId | None = None) -> None:
        self.news.append(Membership(self._new_id(), room.id, person, presence, self.at, chat_of))

    def _new_id(self) -> EventId:
        self._serial += 1
        return EventId(f"$event{self._mark}{self._serial}")

    # -- what the bot does -----------------------------------------------------------------------------

    def ready(self, file: Attachment, handling: Handling) -> str:
        """How a file is seen by who gets it."""
        shows, unfit = self.files.get(file.source, ("", Unfit.NOT_THERE))
        if unfit in (Unfit.NOT_THERE, Unfit.TOO_LARGE) or (unfit and handling is Handling.CLEANED):
            raise CannotPassOn(unfit)
        return f"[{handling.value} {file.kind.value}: {shows}]"

    def found(self, room: RoomId) -> Room:
        if room not in self.rooms:
            raise Gone(f"no room {room}")
        return self.rooms[room]

    def send(
        self,
        room: RoomId,
        text: str,
        key: str,
        thread: EventId | None = None,
        edits: EventId | None = None,
    ) -> EventId:
        """A transaction id used before in this room answers as before."""
        used = self.transactions.get((room, key))
        if used is not None:
            return EventId(used)
        there = self.found(room)
        if ME not in there.joined or not there.may_speak:
            raise Forbidden("not in the room")
        id_ = self._new_id()
        there.events.append(Sent(id_, ME, text, thread, key, edits=edits))
        self.transactions[room, key] = id_
        return id_

    def open_private_chat(self, person: UserId, key: str) -> RoomId:
        used = self.transactions.get(("private", key))
        if used is not None:
            return RoomId(used)
        self._serial += 1
        room = Room(RoomId(f"!private{self._mark}{self._serial}"), joined={ME}, invited={person})
        self.rooms[room.id] = room
        self.transactions["private", key] = room.id
        self._moved(room, person, Presence.INVITED, ME)
        return room.id


def words(said: Spoken | Announced | Whispered) -> str:
    """A message as its reader sees it."""
    return "\n".join(line for block in said.blocks for line in _lines(block))


def _lines(block: object) -> list[str]:
    if isinstance(block, Items):
        return [f"- {text}" for text in block.texts]
    if hasattr(block, "words"):
        return [f"> {block.words.reveal()}"]
    return [getattr(block, "text", "")]
