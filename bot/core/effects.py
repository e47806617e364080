"""The complete list of what the bot can do to the world; and all that a decision can be asked about."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from bot.core.changes import Change, TimerKind
from bot.core.guard import Finding
from bot.core.model import (
    Attachment,
    AttachmentKind,
    Card,
    CardNote,
    CaseName,
    Category,
    CitySlug,
    EventId,
    Handling,
    IdentityChange,
    Invitation,
    Language,
    Membership,
    Message,
    Millis,
    Posted,
    Reaction,
    Removal,
    ResourceId,
    RoomChange,
    RoomId,
    RoomUnread,
    Side,
    Unreadable,
    Urgency,
    UserId,
)
from bot.core.named import Named
from bot.core.phrases import Line, Whisper
from bot.core.results import Result
from bot.core.sensitive import Sensitive

# -- deeds: what `loops/deliver` does, each of them exactly once as far as a homeserver lets us ------------


class TellSupporters(Named, frozen=True):
    """Put a case before supporters: the first safe room of `rooms`, else `fallback`, else hold and try again.

    Result: `Told` or `Held`.
    """

    card: Card
    rooms: tuple[RoomId, ...]
    fallback: RoomId | None


class AskOthers(Named, frozen=True):
    """Put a case that nobody has claimed before another team: the first safe room of `rooms`.

    Result: `Told`, or `Refused` when none is safe or somebody has it meanwhile; it is never held.
    """

    case: CaseName
    rooms: tuple[RoomId, ...]


class TellMore(Named, frozen=True):
    """Add the worker's further words to the thread of a case, wherever its card stands.

    Result: `Told` or `Held`.
    """

    case: CaseName
    words: Sensitive
    edited: bool = False
    attachments: tuple[AttachmentKind, ...] = ()
    """What came with the words and does not follow by itself; `notes` say why."""
    notes: tuple[CardNote, ...] = ()
    source: EventId | None = None
    """The worker's message. When it is known here already, its copy is changed in place."""


class UpdateCard(Named, frozen=True):
    """Make the card show the case as it is now. Result: `Done` or `Refused`."""

    case: CaseName


class UpdateOldCards(Named, frozen=True):
    """Make the cards that stand where the case was say where it is now. Result: `Done` or `Refused`."""

    case: CaseName


class PassOn(Named, frozen=True):
    """A supporter's words into the private chat of a case's worker. Result: `Done` or `Refused`.

    An edit of words passed on before changes them in place.
    """

    case: CaseName
    words: Sensitive
    source: EventId
    """The supporter's message."""


class RemoveCopy(Named, frozen=True):
    """What was passed on of a message is removed where it was passed on to. Result: `Done` or `Refused`."""

    case: CaseName
    source: EventId
    side: Side
    """Whose message it was."""


class RemoveOldFile(Named, frozen=True):
    """What was attached to a message and is no longer goes where it was passed on to. Result: `Done`."""

    case: CaseName
    source: EventId
    side: Side
    """Whose message it was."""


class TellFile(Named, frozen=True):
    """Put what a worker attached into the thread of a case, wherever its card stands.

    Result: `Carried`, `NotCarried`, `Held`, `Refused`, or `Done` when the worker took it back meanwhile, or
    put something else in its place.
    """

    case: CaseName
    file: Attachment
    handling: Handling
    source: EventId | None = None
    """The worker's message."""


class ForgetCase(Named, frozen=True):
    """All that we sent about a case is removed, and all that we keep of it.

    Result: `Done`, or `Refused` when some of it stands in a room that we are no longer in.
    """

    case: CaseName


class Unsay(Named, frozen=True):
    """What may stand of a case, and nobody will send again, is removed. Result: `Done`."""

    case: CaseName


class ForgetPerson(Named, frozen=True):
    """All cases of a person, and all else we keep about them but the chat they asked in.

    Result: `Done`, or `Refused` when some of it stands in a room that we are no longer in.
    """

    person: UserId
    chat: RoomId
    until: Millis | None = None
    """When they asked: what they wrote or set after that is not what they asked to have forgotten."""


class WriteAnew(Named, frozen=True):
    """What was deleted, of this person and others, is overwritten wherever it once stood on disk.

    Result: `Done`, or `Refused` when that is not possible now; it is then tried again by the hour.
    """

    person: UserId


class SendPicture(Named, frozen=True):
    """A supporter's picture, cleaned, into the private chat of a worker.

    Result: `Done`, `NotCarried` or `Refused`.
    """

    person: UserId
    file: Attachment
    case: CaseName
    source: EventId
    """The supporter's message."""


class SayInRoom(Named, frozen=True):
    """Say phrases in any room, encrypted where the room is; in the room's language when none is named.

    Result: `Done` or `Refused`.
    """

    room: RoomId
    lines: tuple[Line, ...]
    language: Language | None = None


class WhisperInRoom(Named, frozen=True):
    """Answer in a supporter room with names in it (members, cases); the room must be safe.

    Result: `Done` or `Refused`.
    """

    room: RoomId
    lines: tuple[Line | Whisper, ...]
    language: Language | None = None
    thread: EventId | None = None
    case: CaseName | None = None
    """The case it is about, when it is about one: then it goes when the case goes."""
    rings: bool = False
    """Everybody in the room is called."""
    calls: tuple[UserId, ...] = ()
    """These people are."""


class PostAlert(Named, frozen=True):
    """Send a community room an alert that a second supporter approved: the one way by which words go public.

    It holds none itself: they are taken from where the approved alert is kept, if it still stands at that
    moment and the worker whose case it came of still agrees. Result: `Done` or `Refused`.
    """

    alert: CaseName
    room: RoomId


class RetractAlert(Named, frozen=True):
    """An alert is removed from every room, and so is all that we keep of it. Result: `Done`."""

    alert: CaseName


class SayPrivately(Named, frozen=True):
    """Say something in the person's private chat, opening one when there is none.

    The language they chose there comes first, then the one named here, then the configured one.

    Result: `Done` or `Refused`.
    """

    person: UserId
    lines: tuple[Line | Whisper, ...]
    language: Language | None = None
    case: CaseName | None = None
    """The case it is about, when it is about one: a Matrix reply to it is about that case too."""
    rings: bool = False
    """Their phone is heard."""


class RemoveOriginal(Named, frozen=True):
    """Redact a post. Result: `Done` or `Refused`."""

    room: RoomId
    event: EventId


class JoinRoom(Named, frozen=True):
    """Accept an invitation. Result: `Done` or `Refused`."""

    room: RoomId


class LeaveRoom(Named, frozen=True):
    """Leave a room, or decline an invitation to it. Result: `Done` or `Refused`."""

    room: RoomId


class RepairRoom(Named, frozen=True):
    """Set history visibility to joined, join rule to invite, guests to forbidden, as far as the bot may.

    Result: `Done` or `Refused`.
    """

    room: RoomId


Effect = (
    TellSupporters
    | AskOthers
    | TellMore
    | UpdateCard
    | UpdateOldCards
    | PassOn
    | RemoveCopy
    | RemoveOldFile
    | ForgetCase
    | Unsay
    | ForgetPerson
    | WriteAnew
    | TellFile
    | SendPicture
    | SayInRoom
    | WhisperInRoom
    | SayPrivately
    | PostAlert
    | RetractAlert
    | RemoveOriginal
    | JoinRoom
    | LeaveRoom
    | RepairRoom
)


def about(effect: Effect) -> CaseName | None:
    """The case that a deed is about, if it is about one."""
    if isinstance(effect, TellSupporters):
        return effect.card.case
    found: CaseName | None = getattr(effect, "case", None)
    return found


# -- why a deed was planned, and what comes in ----------------------------------------------------------


class Reason(StrEnum):
    """What a plan was for; decides who is told what about its outcome."""

    REPORT = "report"
    RECEIPT = "receipt"
    """What the person who posted was told privately."""
    MORE = "more"
    MOVE = "move"
    """The worker named the city of a case: the kept card goes to that city's supporters."""
    REPLACED = "replaced"
    """Another room was put in the place of the one where a case was: the case goes to others."""
    REMOVAL = "removal"
    WELCOME = "welcome"
    """An invitation was accepted: the room is told what the bot does."""
    REPAIR = "repair"
    REPLY = "reply"
    """A supporter's words went to the worker of a case."""
    CLOSING = "closing"
    """A worker was told that supporters closed their case."""
    UNSAID = "unsaid"
    """A supporter deleted what had been passed on to a worker."""
    FILE = "file"
    """What a worker attached went to supporters."""
    ESCALATION = "escalation"
    """Nobody claimed a case: another team was asked."""
    WITHDRAWAL = "withdrawal"
    """A worker took back what they had asked for."""
    LAST_DAY = "last_day"
    """An open case had its last day."""
    FORGETTING = "forgetting"
    """A worker asked to be forgotten."""
    FORGOTTEN = "forgotten"
    """They were told that they are."""
    CHECK_IN = "check_in"
    """Somebody did not answer at the time they had named."""
    ALARM = "alarm"
    """Somebody gave their alarm word: nothing about it is said to them."""
    ALERT = "alert"
    """A community room's turn to get an alert."""
    ASK_FILE = "ask_file"
    """A worker was asked whether a file may go as it is."""


class Origin(Struct, frozen=True):
    """Where a plan came from: what the core must know again when it hears what came of it."""

    reason: Reason
    room: RoomId
    sender: UserId
    event: EventId | None = None
    categories: tuple[Category, ...] = ()
    """None: a private message without a tag, which is a report all the same."""
    cities: tuple[CitySlug, ...] = ()
    """Cities meant, known to us."""
    near: tuple[CitySlug, ...] = ()
    """Known cities nearest to tags we do not know."""
    unknown: tuple[Sensitive, ...] = ()
    """Tags we do not know, as written; only ever shown to who wrote them."""
    posted: Posted = Posted.PUBLICLY
    urgency: Urgency = Urgency.USUAL
    language: Language | None = None
    findings: tuple[Finding, ...] = ()
    """Kinds of identifying details because of which a post is removed."""
    resources: tuple[ResourceId, ...] = ()
    """Entries that fit what was asked for."""
    case: CaseName | None = None
    """When it is about one case; or the name of an alert."""
    at: Millis | None = None
    """When it was written, as its homeserver says."""


class Plan(Struct, frozen=True):
    """Deeds in order. `name` is unique within what was decided on; both together name the transaction ids.

    With an `origin`, the results come back to `core.decide` as an `Outcome`: a held step at once, and again
    when told.
    """

    name: str
    steps: tuple[Effect, ...]
    origin: Origin | None = None


class Outcome(Named, frozen=True):
    """What came of a plan, in the order of its steps; a step without news since then is left out."""

    id: str
    at: Millis
    origin: Origin
    results: tuple[Result, ...]
    later: bool = False
    """An outcome of this plan was told before (something was held); this one is the further news."""


class Timer(Named, frozen=True):
    """A timer that came due."""

    id: str
    kind: TimerKind
    at: Millis
    room: RoomId
    person: UserId | None = None
    case: CaseName | None = None


Incoming = (
    Message
    | Unreadable
    | Invitation
    | Membership
    | Removal
    | Reaction
    | RoomChange
    | RoomUnread
    | IdentityChange
    | Timer
    | Outcome
)
"""Everything a decision can be asked about."""


class Decision(Struct, frozen=True):
    """What to write down and what to do about one thing that came in; both become true in one transaction."""

    changes: tuple[Change, ...] = ()
    plans: tuple[Plan, ...] = ()
