"""Messages, rooms, people, cities, categories and cases, in our own words and as plain values."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Final, NewType

from msgspec import Struct

from bot.core.named import Named
from bot.core.sensitive import Sensitive

UserId = NewType("UserId", str)
RoomId = NewType("RoomId", str)
EventId = NewType("EventId", str)
CitySlug = NewType("CitySlug", str)
CaseName = NewType("CaseName", str)
"""Two words, "amber-heron": random, unique among open cases, not reused for 90 days."""
ResourceId = NewType("ResourceId", str)
PlatformId = NewType("PlatformId", str)
Millis = NewType("Millis", int)
"""A moment, in milliseconds since 1970 UTC; or a length of time where the name says so."""


class Category(StrEnum):
    """What a post asks for, the most careful first: when a post carries several, the first here decides."""

    DOXX = "doxx"
    DANGER = "danger"
    HARASSMENT = "harassment"
    HELP = "help"
    SUPPORTER = "supporter"
    FYI = "fyi"


class RoomKind(StrEnum):
    """What a room is to us. Every room starts as COMMUNITY, the kind that is never told anything."""

    COMMUNITY = "community"
    SUPPORTER = "supporter"
    PRIVATE = "private"
    """One person and the bot."""


class Trust(StrEnum):
    """How sure we are that the sender named on a message wrote it."""

    PLAIN = "plain"
    """Not encrypted, in a room that is not."""
    INJECTED = "injected"
    """Not encrypted, in a room that is: a broken client, or a homeserver that writes in somebody's name."""
    UNBOUND = "unbound"
    """Decrypted, but the key does not belong to a device of the sender."""
    UNSIGNED = "unsigned"
    """Decrypted and bound to a device of the sender that its owner has not cross-signed."""
    CHANGED = "changed"
    """Bound and cross-signed, but by another identity than the one first seen."""
    SIGNED = "signed"
    """Bound, cross-signed, and the identity is the one first seen."""


class Posted(StrEnum):
    PUBLICLY = "publicly"
    PRIVATELY = "privately"


class Urgency(StrEnum):
    USUAL = "usual"
    URGENT = "urgent"


class AttachmentKind(StrEnum):
    PICTURE = "picture"
    VOICE = "voice"
    VIDEO = "video"
    FILE = "file"


class Handling(StrEnum):
    """How an attachment is passed on."""

    CLEANED = "cleaned"
    """A picture made anew from its pixels: nothing else of the original is in it."""
    AS_IT_IS = "as_it_is"
    """With whatever its maker's device hid in it: only after the person who sent it agreed."""


class Unfit(StrEnum):
    """Why an attachment cannot be passed on, now or later."""

    TOO_LARGE = "too_large"
    """More bytes or pixels than we take on."""
    DAMAGED = "damaged"
    """It does not decrypt to what was sent, or is no whole picture."""
    NOT_CLEANABLE = "not_cleanable"
    """A kind of file out of which we cannot take what is hidden in it."""
    NOT_THERE = "not_there"
    """The homeserver does not have it, or does not give it out."""


class Attached(StrEnum):
    """What an edit does to what is attached to a message."""

    SAME = "same"
    """Nothing: what was there is there, or there was and is nothing."""
    ADDED = "added"
    CHANGED = "changed"
    """What was there is there no longer, whatever came in its place."""


class Guard(StrEnum):
    """How readily a room's danger posts are treated as naming somebody."""

    STRICT = "strict"
    NORMAL = "normal"
    OFF = "off"


class Language(StrEnum):
    """Languages with a complete catalogue in `texts/`."""

    EN = "en"
    ES = "es"


class CommandName(StrEnum):
    """Every command, as typed after `!`."""

    MENU = "menu"
    ABOUT = "about"
    RESOURCES = "resources"
    MORE = "more"
    CITY = "city"
    LANGUAGE = "language"
    GUARD = "guard"
    ROOMCHECK = "roomcheck"
    SERVE = "serve"
    SUPPORTERS = "supporters"
    TRUST = "trust"
    CONFIRM = "confirm"
    DECLINE = "decline"
    STATUS = "status"
    REPLY = "reply"
    CLAIM = "claim"
    RELEASE = "release"
    HANDOFF = "handoff"
    CLOSE = "close"
    REOPEN = "reopen"
    NOTE = "note"
    CASES = "cases"
    POSTPONE = "postpone"
    WITHDRAW = "withdraw"
    FORGET = "forget"
    WHATDOYOUKNOW = "whatdoyouknow"
    SEND = "send"
    CHECKIN = "checkin"
    FINE = "fine"
    SHARE = "share"
    AVAILABLE = "available"
    AWAY = "away"
    SNIPPETS = "snippets"
    WHO = "who"
    ALERT = "alert"
    APPROVE = "approve"
    RETRACT = "retract"


# -- what comes in ---------------------------------------------------------------------------------


class Attachment(Struct, frozen=True):
    """Where an attachment lies and what opens it. The file itself is fetched only when it is passed on."""

    kind: AttachmentKind
    source: Sensitive
    """Its address and, when it was sent encrypted, its key: opaque to all but `matrix/`."""
    type: str = "application/octet-stream"
    """The media type its sender's client claims."""
    size: int | None = None
    """Bytes, by the same claim."""


class Message(Named, frozen=True):
    """Something a person wrote in a room we are in."""

    id: EventId
    room: RoomId
    sender: UserId
    at: Millis
    body: Sensitive
    trust: Trust
    thread: EventId | None = None
    reply_to: EventId | None = None
    edits: EventId | None = None
    """When set, `body` is the new text of that earlier message by the same sender."""
    attachment: AttachmentKind | None = None
    file: Attachment | None = None
    """The attachment itself; None when the message does not say where it lies."""


class Unreadable(Named, frozen=True):
    """A message whose key did not come in time."""

    id: EventId
    room: RoomId
    sender: UserId
    at: Millis


class Invitation(Named, frozen=True):
    """Somebody asked us into a room."""

    room: RoomId
    sender: UserId
    at: Millis
    direct: bool


class Presence(StrEnum):
    """What became of a person in a room."""

    INVITED = "invited"
    JOINED = "joined"
    GONE = "gone"


class Membership(Named, frozen=True):
    """A person came to, was asked into, or left a room we are in (the person may be the bot itself)."""

    id: EventId
    room: RoomId
    person: UserId
    presence: Presence
    at: Millis
    chat_of: UserId | None = None
    """Who asked them into a chat of their two; None: nobody said that it is one."""


class Removal(Named, frozen=True):
    """A message was deleted (redacted) by its author or a room admin."""

    id: EventId
    room: RoomId
    sender: UserId
    target: EventId
    at: Millis


class RoomChange(Named, frozen=True):
    """Who may come in, read or speak in a room was changed, or another room was put in its place."""

    id: EventId
    room: RoomId
    at: Millis


class RoomUnread(Named, frozen=True):
    """For a long time now the homeserver has not shown us what was written in a room."""

    room: RoomId
    since: Millis


class Reaction(Named, frozen=True):
    """A raised hand (🙋) put on a message. Never encrypted, so a homeserver could make one up."""

    id: EventId
    room: RoomId
    sender: UserId
    target: EventId
    at: Millis


class IdentityChange(Named, frozen=True):
    """A person whose identity we had pinned shows another one."""

    person: UserId
    at: Millis


# -- rooms as the homeserver shows them -----------------------------------------------------------------


class JoinRule(StrEnum):
    INVITE = "invite"
    KNOCK = "knock"
    RESTRICTED = "restricted"
    """Also `knock_restricted`: people of another room may come in."""
    PUBLIC = "public"
    OTHER = "other"


class History(StrEnum):
    JOINED = "joined"
    INVITED = "invited"
    SHARED = "shared"
    WORLD_READABLE = "world_readable"
    OTHER = "other"


class RoomFacts(Struct, frozen=True):
    """A room as the homeserver described it just now; never from memory."""

    encrypted: bool
    join_rule: JoinRule
    history: History
    guests: bool
    joined: frozenset[UserId]
    invited: frozenset[UserId]
    replaced: bool
    """A tombstone stands in it."""
    may_remove: bool
    """The bot may redact other people's messages."""
    may_speak: bool
    may_repair: bool
    """The bot may set history visibility, join rule, guest access."""
    unpinned: frozenset[UserId] = frozenset()
    """Joined people whose identity we have not seen, or who have none."""
    changed: frozenset[UserId] = frozenset()
    """Joined people whose identity is not the one first seen."""


class Unsafe(StrEnum):
    """Why private words may not go into a room now; the first that holds is named."""

    NOT_CONFIRMED = "not_confirmed"
    UNKNOWN = "unknown"
    """The homeserver gave no complete answer. Not knowing counts as unsafe."""
    NOT_THERE = "not_there"
    """The bot is not in the room, or may not speak there."""
    NOT_ENCRYPTED = "not_encrypted"
    NOT_INVITE_ONLY = "not_invite_only"
    HISTORY_OPEN = "history_open"
    GUESTS = "guests"
    STRANGER = "stranger"
    """Somebody joined or invited is not on the roster."""
    IDENTITY_CHANGED = "identity_changed"
    IDENTITY_MISSING = "identity_missing"
    REPLACED = "replaced"
    NOBODY_THERE = "nobody_there"


# -- cities ------------------------------------------------------------------------------------------


class City(Struct, frozen=True):
    slug: CitySlug
    name: str
    aliases: tuple[str, ...] = ()
    neighbours: tuple[CitySlug, ...] = ()
    timezone: str = "UTC"
    country: str | None = None
    """ISO 3166 two letters; the guard reads phone numbers without a prefix as numbers of this country."""


class SupporterRoom(Struct, frozen=True):
    """A room that a steward or the configuration made a supporter room."""

    room: RoomId
    cities: tuple[CitySlug, ...]


# -- cases -------------------------------------------------------------------------------------------


class CardNote(StrEnum):
    """What supporters should know about how a case reached them."""

    CITY_UNKNOWN = "city_unknown"
    CITY_NOT_NAMED = "city_not_named"
    CITY_WITHOUT_SUPPORTERS = "city_without_supporters"
    CITY_ROOM_UNSAFE = "city_room_unsafe"
    SENDER_NOT_VERIFIED = "sender_not_verified"
    NOBODY_CLAIMED = "nobody_claimed"
    """Those it was meant for did not claim it in time."""
    CHECKIN_MISSED = "checkin_missed"
    """Their worker asked for a check-in and did not answer: the words were left for that."""
    ALARM_WORD = "alarm_word"
    """They gave their alarm word: whoever is with them must not notice."""
    PICTURE_FOLLOWS = "picture_follows"
    FILE_WAITS = "file_waits"
    """What is hidden in it cannot be removed: the worker is asked first."""
    ATTACHMENT_NOT_CARRIED = "attachment_not_carried"
    STILL_PUBLIC = "still_public"
    """The original could not be removed by the bot."""


FILE_NOTES: Final = frozenset(
    {CardNote.PICTURE_FOLLOWS, CardNote.FILE_WAITS, CardNote.ATTACHMENT_NOT_CARRIED}
)
"""What is to be known about what came with the words."""


class CaseState(StrEnum):
    """Where a case is in its life; `core/cases` says how it gets from one to another."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    CLOSED = "closed"


class Consent(StrEnum):
    """What somebody agreed to about what they write privately; `core/consent` says what it allows."""

    LISTEN = "listen"
    """Nobody reads it, and it is not kept."""
    SUPPORTERS = "supporters"
    ALERT = "alert"
    """Supporters, and a de-identified alert as well."""


class CheckIn(Struct, frozen=True):
    """Somebody is to be asked at a time of their choice whether they are all right."""

    person: UserId
    chat: RoomId
    due: Millis
    words: Sensitive
    """For supporters, and only when no answer comes."""
    cities: tuple[CitySlug, ...]
    source: EventId
    """The message that holds the words."""


class Shift(Struct, frozen=True):
    """A supporter of a room said that they are available."""

    person: UserId
    room: RoomId
    languages: tuple[str, ...]
    """Codes of ours, such as "es"."""
    until: Millis


class Side(StrEnum):
    """Whose words were passed on."""

    WORKER = "worker"
    SUPPORTER = "supporter"


class Card(Struct, frozen=True):
    """What supporters see of a post: nothing in it says who wrote it, or where."""

    case: CaseName
    categories: tuple[Category, ...]
    cities: tuple[CitySlug, ...]
    posted: Posted
    urgency: Urgency
    words: Sensitive
    attachments: tuple[AttachmentKind, ...] = ()
    platforms: tuple[PlatformId, ...] = ()
    """Takedown desk entries for the links found, in the order of the links."""
    notes: tuple[CardNote, ...] = ()


class KeptRows(Struct, frozen=True):
    """How many rows about somebody one of our tables holds, and which fields each of them has."""

    table: str
    rows: int
    fields: tuple[str, ...]


class Power(Enum):
    """What a person may do in a room, by its power levels and creators, asked from the server just now."""

    ADMIN = "admin"
    """Power level 50 or more, or a creator of a version 12 room."""
    MEMBER = "member"
    ABSENT = "absent"
    UNKNOWN = "unknown"
    """The server did not say: treated as no say at all."""
