"""What the bot can write down about rooms, people and cases: each of it true together with what it plans."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.core.alerts import Alert
from bot.core.model import (
    Attachment,
    Card,
    CaseName,
    CaseState,
    CheckIn,
    CitySlug,
    Consent,
    EventId,
    Guard,
    Language,
    Millis,
    RoomId,
    RoomKind,
    Shift,
    UserId,
)
from bot.core.sensitive import Sensitive

_NEVER = Millis(0)


@dataclass(frozen=True, slots=True)
class OpenCase:
    card: Card
    person: UserId
    room: RoomId
    event: EventId
    at: Millis


@dataclass(frozen=True, slots=True)
class PlaceCase:
    """A case's card now stands in this room as this event."""

    case: CaseName
    room: RoomId
    event: EventId
    back: bool = False
    """The room where it was may still take it back: others were only asked as well."""


@dataclass(frozen=True, slots=True)
class UnplaceCase:
    """Nobody can do anything for a case where its card stands: it waits to be put before others."""

    case: CaseName


@dataclass(frozen=True, slots=True)
class AskedCity:
    """The person was asked which city this case is in; their next words may answer it."""

    person: UserId
    case: CaseName
    until: Millis


@dataclass(frozen=True, slots=True)
class AnsweredCity:
    """The question about the city is settled."""

    person: UserId


@dataclass(frozen=True, slots=True)
class KeepFile:
    """A file waits for its sender's yes; without one it is forgotten after a day."""

    person: UserId
    case: CaseName
    file: Attachment
    at: Millis
    source: EventId | None = None
    """The worker's message."""


@dataclass(frozen=True, slots=True)
class AskedForFiles:
    """The person was asked about the files that wait, by this message: an answer to it is meant for them."""

    person: UserId
    question: EventId


@dataclass(frozen=True, slots=True)
class LetGoFiles:
    """Nothing of this person's waits any longer."""

    person: UserId


@dataclass(frozen=True, slots=True)
class SetRoom:
    """What a room is to us; None leaves a field as it is."""

    room: RoomId
    kind: RoomKind | None = None
    cities: tuple[CitySlug, ...] | None = None
    language: Language | None = None
    guard: Guard | None = None
    person: UserId | None = None
    """For a PRIVATE room: whose."""


@dataclass(frozen=True, slots=True)
class ForgetRoom:
    room: RoomId


@dataclass(frozen=True, slots=True)
class SetAlias:
    alias: str
    city: CitySlug
    room: RoomId


@dataclass(frozen=True, slots=True)
class AskServe:
    """A room admin asked that this room serve cities; it serves nothing until a steward confirms `code`."""

    code: CaseName
    room: RoomId
    cities: tuple[CitySlug, ...]
    roster: frozenset[UserId]
    asked_by: UserId
    at: Millis


@dataclass(frozen=True, slots=True)
class SettleServe:
    """A steward confirmed or declined; confirmed: the room serves its cities with the roster shown."""

    code: CaseName
    confirmed: bool
    by: UserId


@dataclass(frozen=True, slots=True)
class StopServing:
    room: RoomId


@dataclass(frozen=True, slots=True)
class TakeRoster:
    """The people of a supporter room that the configuration lists, when the bot first sees it."""

    room: RoomId
    people: frozenset[UserId]


@dataclass(frozen=True, slots=True)
class ChangeRoster:
    room: RoomId
    person: UserId
    on: bool


@dataclass(frozen=True, slots=True)
class TrustAgain:
    """Forget the pinned identity of a person: the one they show next is pinned."""

    person: UserId


@dataclass(frozen=True, slots=True)
class NoteAct:
    """Something that counts against a limit."""

    person: UserId
    act: str
    at: Millis


@dataclass(frozen=True, slots=True)
class BeginCheckIn:
    """One at a time: it takes the place of the one before."""

    check_in: CheckIn
    at: Millis


@dataclass(frozen=True, slots=True)
class EndCheckIn:
    """Its words go with it."""

    person: UserId


@dataclass(frozen=True, slots=True)
class KeepAlarmWord:
    """The word by which somebody says that they only look as if all were fine; None: no more."""

    person: UserId
    word: Sensitive | None


@dataclass(frozen=True, slots=True)
class Agree:
    """What a person agrees to from now on."""

    person: UserId
    consent: Consent
    at: Millis


@dataclass(frozen=True, slots=True)
class GoOnShift:
    shift: Shift
    at: Millis


@dataclass(frozen=True, slots=True)
class GoOffShift:
    person: UserId
    room: RoomId


@dataclass(frozen=True, slots=True)
class KeepAlert:
    """An alert is as this says from now on."""

    alert: Alert


class TimerKind(StrEnum):
    UNREADABLE = "unreadable"
    """A message could not be read in time: ask its sender to send it again."""
    ROSTER = "roster"
    """A supporter room that the configuration lists has no roster yet: see who is in it."""
    STALE_CLAIM = "stale_claim"
    """Nothing was heard of the supporter who has a case: it waits for somebody again."""
    GOES_SOON = "goes_soon"
    """Tomorrow is a case's last day."""
    GOES = "goes"
    """All that was said and kept about a case is removed."""
    UNCLAIMED = "unclaimed"
    """Nobody has claimed a case: its room is called."""
    UNCLAIMED_STILL = "unclaimed_still"
    """Nobody came: rooms of neighbouring cities are asked."""
    UNCLAIMED_LONG = "unclaimed_long"
    """Nobody there either: the fallback room is asked, and stewards hear of it."""
    CHECK_IN = "check_in"
    """Somebody is asked whether they are all right."""
    CHECK_IN_MISSED = "check_in_missed"
    """They did not answer."""
    ALARM_WORD_GOES_SOON = "alarm_word_goes_soon"
    """Somebody has not used check-ins for long: before what they set up goes, they hear of it."""
    ALARM_WORD_GOES = "alarm_word_goes"
    ALERT_TURN = "alert_turn"
    """The next room gets an alert."""
    ALERT_ENDS = "alert_ends"
    """An alert has had its time, or a draft of one was approved by nobody."""


@dataclass(frozen=True, slots=True)
class SetTimer:
    name: str
    kind: TimerKind
    due: Millis
    room: RoomId
    person: UserId | None = None
    case: CaseName | None = None
    """Or the name of an alert, which no case bears."""


@dataclass(frozen=True, slots=True)
class CancelTimer:
    name: str


@dataclass(frozen=True, slots=True)
class MoveCase:
    """A step in the life of a case."""

    case: CaseName
    state: CaseState
    claimer: UserId | None = None
    at: Millis = _NEVER


@dataclass(frozen=True, slots=True)
class NoteCase:
    """A supporter's note, shown on the card."""

    case: CaseName
    words: Sensitive


@dataclass(frozen=True, slots=True)
class RewordCase:
    """The worker changed what the card shows of their message, or took it back (None)."""

    case: CaseName
    card: Card | None


@dataclass(frozen=True, slots=True)
class PostponeCase:
    """Its last day was put off, which happens once."""

    case: CaseName


@dataclass(frozen=True, slots=True)
class WithdrawPart:
    """The worker took back something in the thread."""

    case: CaseName


Change = (
    OpenCase
    | PlaceCase
    | UnplaceCase
    | MoveCase
    | NoteCase
    | RewordCase
    | WithdrawPart
    | PostponeCase
    | AskedCity
    | AnsweredCity
    | KeepFile
    | AskedForFiles
    | LetGoFiles
    | SetRoom
    | ForgetRoom
    | SetAlias
    | AskServe
    | SettleServe
    | StopServing
    | TakeRoster
    | ChangeRoster
    | TrustAgain
    | NoteAct
    | BeginCheckIn
    | EndCheckIn
    | KeepAlarmWord
    | Agree
    | GoOnShift
    | GoOffShift
    | KeepAlert
    | SetTimer
    | CancelTimer
)
