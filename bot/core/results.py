"""What came of a deed: told, held, carried, done or refused."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from bot.core.model import Attachment, AttachmentKind, CaseName, EventId, Handling, RoomId, Unfit, Unsafe
from bot.core.named import Named


class Refusal(Struct, frozen=True):
    """A room that could not be told, and why."""

    room: RoomId
    why: Unsafe


class Told(Named, frozen=True):
    """The homeserver accepted the case for this supporter room."""

    case: CaseName
    room: RoomId
    event: EventId
    fallback: bool
    refused: tuple[Refusal, ...] = ()
    message: EventId | None = None
    """Further words: the message that holds them."""


class Held(Named, frozen=True):
    """No supporter room was safe: the words stay sealed and are tried again; `Told` may still follow."""

    case: CaseName
    refused: tuple[Refusal, ...] = ()


class Carried(Named, frozen=True):
    """The homeserver accepted what was attached for the thread of this case."""

    case: CaseName
    room: RoomId
    event: EventId
    kind: AttachmentKind
    handling: Handling


class NotCarried(Named, frozen=True):
    """What was attached cannot be passed on like this."""

    file: Attachment
    why: Unfit
    case: CaseName | None = None


class Why(StrEnum):
    FORBIDDEN = "forbidden"
    """The homeserver does not let us."""
    GONE = "gone"
    """The room, the event or the person is no longer there."""
    UNSAFE = "unsafe"
    NOT_AGREED = "not_agreed"
    """Whose words they are took their agreement back."""
    TAKEN_BACK = "taken_back"
    """Whose words they are deleted them meanwhile."""
    NOT_NOW = "not_now"
    """Something else is in the way; it will be done without being asked for."""


class Done(Named, frozen=True):
    event: EventId | None = None
    room: RoomId | None = None
    unopened: bool = False
    """The person has not come into the private chat yet: it waits there for them."""


class Refused(Named, frozen=True):
    """It cannot be done, now or later."""

    why: Why
    unsafe: Unsafe | None = None


Result = Told | Held | Carried | NotCarried | Done | Refused
