"""What the bot can write down about rooms, people and cases: each of it true together with what it plans."""

from __future__ import annotations

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
from bot.core.named import Named
from bot.core.sensitive import Sensitive

_NEVER = Millis(0)


class OpenCase(Named, frozen=True):
    card: Card
    person: UserId
    room: RoomId
    event: EventId
    at: Millis


class PlaceCase(Named, frozen=True):
    """A case's card now stands in this room as this event."""

    case: CaseName
    room: RoomId
    event: EventId
    back: bool = False
    """The room where it was may still take it back: others were only asked as well."""


class UnplaceCase(Named, frozen=True):
    """Nobody can do anything for a case where its card stands: it waits to be put before others."""

    case: CaseName


class AskedCity(Named, frozen=True):
    """The person was asked which city this case is in; their next words may answer it."""

    person: UserId
    case: CaseName
    until: Millis


class AnsweredCity(Named, frozen=True):
    """The question about the city is settled."""

    person: UserId


class KeepFile(Named, frozen=True):
    """A file waits for its sender's yes; without one it is forgotten after a day."""

    person: UserId
    case: CaseName
    file: Attachment
    at: Millis
    source: EventId | None = None
    """The worker's message."""


class AskedForFiles(Named, frozen=True):
    """The person was asked about the files that wait, by this message: an answer to it is meant for them."""

    person: UserId
    question: EventId


class LetGoFiles(Named, frozen=True):
    """Nothing of this person's waits any longer."""

    person: UserId


class SetRoom(Named, frozen=True):
    """What a room is to us; None leaves a field as it is."""

    room: RoomId
    kind: RoomKind | None = None
    cities: tuple[CitySlug, ...] | None = None
    language: Language | None = None
    guard: Guard | None = None
    person: UserId | None = None
    """For a PRIVATE room: whose."""


class ForgetRoom(Named, frozen=True):
    room: RoomId


class SetAlias(Named, frozen=True):
    alias: str
    city: CitySlug
    room: RoomId


class AskServe(Named, frozen=True):
    """A room admin asked that this room serve cities; it serves nothing until a steward confirms `code`."""

    code: CaseName
    room: RoomId
    cities: tuple[CitySlug, ...]
    roster: frozenset[UserId]
    asked_by: UserId
    at: Millis


class SettleServe(Named, frozen=True):
    """A steward confirmed or declined; confirmed: the room serves its cities with the roster shown."""

    code: CaseName
    confirmed: bool
    by: UserId


class StopServing(Named, frozen=True):
    room: RoomId


class TakeRoster(Named, frozen=True):
    """The people of a supporter room that the configuration lists, when the bot first sees it."""

    room: RoomId
    people: frozenset[UserId]


class ChangeRoster(Named, frozen=True):
    room: RoomId
    person: UserId
    on: bool


class TrustAgain(Named, frozen=True):
    """Forget the pinned identity of a person: the one they show next is pinned."""

    person: UserId


class NoteAct(Named, frozen=True):
    """Something that counts against a limit."""

    person: UserId
    act: str
    at: Millis


class BeginCheckIn(Named, frozen=True):
    """One at a time: it takes the place of the one before."""

    check_in: CheckIn
    at: Millis


class EndCheckIn(Named, frozen=True):
    """Its words go with it."""

    person: UserId


class KeepAlarmWord(Named, frozen=True):
    """The word by which somebody says that they only look as if all were fine; None: no more."""

    person: UserId
    word: Sensitive | None


class Agree(Named, frozen=True):
    """What a person agrees to from now on."""

    person: UserId
    consent: Consent
    at: Millis


class GoOnShift(Named, frozen=True):
    shift: Shift
    at: Millis


class GoOffShift(Named, frozen=True):
    person: UserId
    room: RoomId


class KeepAlert(Named, frozen=True):
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


class SetTimer(Named, frozen=True):
    name: str
    kind: TimerKind
    due: Millis
    room: RoomId
    person: UserId | None = None
    case: CaseName | None = None
    """Or the name of an alert, which no case bears."""


class CancelTimer(Named, frozen=True):
    name: str


class MoveCase(Named, frozen=True):
    """A step in the life of a case."""

    case: CaseName
    state: CaseState
    claimer: UserId | None = None
    at: Millis = _NEVER


class NoteCase(Named, frozen=True):
    """A supporter's note, shown on the card."""

    case: CaseName
    words: Sensitive


class RewordCase(Named, frozen=True):
    """The worker changed what the card shows of their message, or took it back (None)."""

    case: CaseName
    card: Card | None


class PostponeCase(Named, frozen=True):
    """Its last day was put off, which happens once."""

    case: CaseName


class WithdrawPart(Named, frozen=True):
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
