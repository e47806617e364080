"""Everything one decision may know."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from bot.core.alerts import Alert
from bot.core.cities import Atlas
from bot.core.model import (
    Attached,
    Attachment,
    Card,
    CaseName,
    CaseState,
    CheckIn,
    CitySlug,
    Consent,
    EventId,
    Guard,
    KeptRows,
    Language,
    Millis,
    Power,
    RoomFacts,
    RoomId,
    RoomKind,
    Shift,
    Side,
    SupporterRoom,
    UserId,
)
from bot.core.resources import Library
from bot.core.sensitive import Sensitive
from bot.core.spans import Spans
from bot.core.takedown import Desk

_NEVER = Millis(0)


class PowerOf(Struct, frozen=True):
    """Asks the homeserver what this person may do in this room now. Without an answer: `Power.UNKNOWN`."""

    room: RoomId
    person: UserId


class FactsOf(Struct, frozen=True):
    """Asks the homeserver what this room is like now. Without an answer: None."""

    room: RoomId


class KeptOf(Struct, frozen=True):
    """Asks our own store what it holds about a person."""

    person: UserId


Question = PowerOf | FactsOf | KeptOf


class RoomView(Struct, frozen=True):
    """What we have written down about the room a message came from."""

    room: RoomId
    kind: RoomKind = RoomKind.COMMUNITY
    cities: tuple[CitySlug, ...] = ()
    chosen: Language | None = None
    """What somebody asked it to speak here."""
    usual: Language = Language.EN
    """What it speaks where nobody asked."""
    guard: Guard = Guard.NORMAL
    person: UserId | None = None
    encrypted: bool = False
    """As the last sync showed it; good enough for wording, never for sending private words."""

    @property
    def language(self) -> Language:
        return self.chosen or self.usual


class Left(Struct, frozen=True):
    """A card of a case where the case is no longer."""

    room: RoomId
    event: EventId
    may_claim: bool = False
    """Others were only asked as well: who was there first may still take it."""


class CaseView(Struct, frozen=True):
    """An open case, as the person's own talk or a supporter's thread needs it."""

    card: Card
    person: UserId
    at: Millis
    original_room: RoomId
    original_event: EventId
    room: RoomId | None
    event: EventId | None
    """Where its card stands; None until told."""
    state: CaseState = CaseState.WAITING
    claimer: UserId | None = None
    """Who has it; of a closed one, who had it last."""
    moved: Millis = _NEVER
    """When it last took a step in its life."""
    notes: tuple[Sensitive, ...] = ()
    """Supporters' notes, the oldest first."""
    withdrawn: bool = False
    """The worker took back some of it."""
    postponed: bool = False
    """Its last day was put off."""
    left: tuple[Left, ...] = ()
    """Where its card stood before, the oldest first."""


class ServeRequest(Struct, frozen=True):
    """A room that asked to become a supporter room and waits for a steward."""

    code: CaseName
    room: RoomId
    cities: tuple[CitySlug, ...]
    roster: frozenset[UserId]
    asked_by: UserId


class WaitingFile(Struct, frozen=True):
    """Something a worker attached that goes to supporters only after their yes."""

    case: CaseName
    file: Attachment
    at: Millis
    question: EventId | None = None
    """The message by which they were asked; None until it was sent."""
    source: EventId | None = None
    """The message it came with."""


class PersonView(Struct, frozen=True):
    """What we have written down about the person a decision is about."""

    person: UserId
    language: Language = Language.EN
    private_chat: RoomId | None = None
    asked_city: CaseName | None = None
    """The case whose city we asked about and have not heard yet."""
    case: CaseView | None = None
    """Their newest open case that is a talk: no tip, and no offer to be a supporter."""
    cases: tuple[CaseView, ...] = ()
    """Everything of theirs that is open, the newest first."""
    closed: CaseView | None = None
    """The talk that was closed last."""
    waiting_files: tuple[WaitingFile, ...] = ()
    """Oldest first."""
    check_in: CheckIn | None = None
    """The one that runs."""
    alarm_word: Sensitive | None = None
    consent: Consent = Consent.SUPPORTERS
    alerts: tuple[Alert, ...] = ()
    """Those that came of their cases."""
    acts: Mapping[str, tuple[Millis, ...]] = field(default_factory=dict)
    """Times of what they did in the last hour, oldest first, by name of the limit."""


class View(Struct, frozen=True):
    now: Millis
    me: UserId
    atlas: Atlas
    library: Library
    desk: Desk
    stewards: tuple[UserId, ...]
    invites_from: tuple[str, ...]
    supporter_rooms: tuple[SupporterRoom, ...]
    listed_rooms: frozenset[RoomId]
    """Supporter rooms (and the fallback room) that the configuration names."""
    fallback: RoomId | None
    room: RoomView
    sender: PersonView
    fresh_names: tuple[CaseName, ...]
    """Names no case bears or bore lately, drawn beforehand; take them from the front."""
    answers: Mapping[Question, object] = field(default_factory=dict)
    serve_requests: tuple[ServeRequest, ...] = ()
    rosters: Mapping[RoomId, frozenset[UserId]] = field(default_factory=dict)
    thread_case: CaseView | None = None
    """The case whose card or thread a message in a supporter room belongs to."""
    last_days: Mapping[CaseName, Millis] = field(default_factory=dict)
    """When the case of this thread and those of this room go, as it stands now."""
    edited_cases: tuple[CaseView, ...] = ()
    """The cases that got the words of the message being edited or removed; only when its author says so."""
    attached: Attached = Attached.SAME
    """What became of what was attached to the message being edited."""
    answered_case: CaseView | None = None
    """The case that a message of ours is about, when somebody answers that message in a private chat."""
    board: tuple[CaseView, ...] = ()
    """The cases of this supporter room, the oldest first."""
    shifts: tuple[Shift, ...] = ()
    """Supporters who are available, each for a room whose roster they are on."""
    exchanged: Mapping[Side, int] = field(default_factory=dict)
    """How many messages of each side went into the case of this thread."""
    spans: Spans = field(default_factory=Spans)
    alert: Alert | None = None
    """The alert that a supporter names, or that a timer or an outcome is about."""
    may_warn: frozenset[CaseName] = frozenset()
    """Of the case of this thread and of that of the alert: those whose workers agree to an alert."""
    lobbies: tuple[RoomView, ...] = ()
    """Community rooms that have a city, in an order drawn beforehand; only where an alert is named."""

    def power(self, room: RoomId, person: UserId) -> Power:
        answer = self.answers.get(PowerOf(room, person), Power.UNKNOWN)
        return answer if isinstance(answer, Power) else Power.UNKNOWN

    def facts(self, room: RoomId) -> RoomFacts | None:
        answer = self.answers.get(FactsOf(room))
        return answer if isinstance(answer, RoomFacts) else None

    def kept(self, person: UserId) -> tuple[KeptRows, ...]:
        answer = self.answers.get(KeptOf(person), ())
        return (
            tuple(each for each in answer if isinstance(each, KeptRows)) if isinstance(answer, tuple) else ()
        )
