"""A case nobody claims is pressed: its room is called, then neighbours get it, then fallback and stewards."""

from __future__ import annotations

from bot.core.cases import NOT_TALKS, WAITING, deciding_category, is_quiet
from bot.core.changes import CancelTimer, Change, PlaceCase, SetTimer, TimerKind
from bot.core.effects import (
    AskOthers,
    Decision,
    Origin,
    Outcome,
    Plan,
    Reason,
    RemoveOriginal,
    SayPrivately,
    Timer,
    UpdateOldCards,
    WhisperInRoom,
)
from bot.core.model import CaseName, CitySlug, Millis, RoomId, Urgency, UserId
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.report import ladder
from bot.core.results import Told
from bot.core.stewards import alert
from bot.core.view import CaseView, View

# -- beginning and ending ------------------------------------------------------------------------------------


def after_telling(told: Told, origin: Origin, view: View) -> tuple[Change, ...]:
    """From the moment a team has a case. A tip and an offer to help press nobody."""
    if origin.categories and origin.categories[0] in NOT_TALKS:
        return ()
    known = next((each.card for each in view.sender.cases if each.card.case == told.case), None)
    urgency = origin.urgency if known is None else known.urgency  # it may have turned urgent meanwhile
    return (_first(told.case, told.room, origin.sender, urgency, view),)


def watch(case: CaseView, view: View) -> tuple[Change, ...]:
    """It waits for somebody again."""
    if case.room is None or deciding_category(case) in NOT_TALKS:
        return ()
    return (_first(case.card.case, case.room, case.person, case.card.urgency, view),)


def calm(case: CaseName) -> Change:
    """Somebody has it, or it is over."""
    return CancelTimer(_name(case))


def _first(case: CaseName, room: RoomId, person: UserId, urgency: Urgency, view: View) -> SetTimer:
    due = Millis(view.now + view.spans.escalation(urgency).room)
    return SetTimer(_name(case), TimerKind.UNCLAIMED, due, room, person, case)


def _next(case: CaseView, kind: TimerKind, wait: int, view: View) -> SetTimer:
    """Counted from now: a clock that leapt must not press everybody at once."""
    room = case.room or case.original_room
    due = Millis(view.now + max(0, wait))
    return SetTimer(_name(case.card.case), kind, due, room, case.person, case.card.case)


def _name(case: CaseName) -> str:
    return f"unclaimed {case}"


def _waiting(view: View) -> CaseView | None:
    case = view.thread_case
    return case if case is not None and case.room is not None and case.state is WAITING else None


# -- the three rungs -----------------------------------------------------------------------------------------


def call_room(_timer: Timer, view: View) -> Decision:
    case = _waiting(view)
    if case is None or case.room is None:
        return Decision()
    spans = view.spans.escalation(case.card.urgency)
    later = _next(case, TimerKind.UNCLAIMED_STILL, spans.neighbours - spans.room, view)
    line = Whisper(Line(Phrase.CASE_UNCLAIMED), case=case.card.case)
    said = WhisperInRoom(case.room, (line,), thread=case.event, case=case.card.case, rings=True)
    return Decision((later,), (Plan(f"call {case.card.case}", (said,)),))


def ask_neighbours(timer: Timer, view: View) -> Decision:
    case = _waiting(view)
    if case is None:
        return Decision()
    near = tuple(city for city in _neighbours(case, view) if _rooms(city, case, view))
    if not near:
        return ask_everybody(timer, view)
    spans = view.spans.escalation(case.card.urgency)
    later = _next(case, TimerKind.UNCLAIMED_LONG, spans.everybody - spans.neighbours, view)
    rooms = tuple(dict.fromkeys(room for city in near for room in _rooms(city, case, view)))
    return Decision((later,), (_ask(case, rooms, near, "neighbours"),))


def ask_everybody(_timer: Timer, view: View) -> Decision:
    """The fallback room, unless it stands there already; and stewards, who get the name alone."""
    case = _waiting(view)
    if case is None:
        return Decision()
    room = view.fallback
    asked = () if room is None or room == case.room else (_ask(case, (room,), (), "fallback"),)
    heard = Whisper(Line(Phrase.STEWARD_UNCLAIMED), case=case.card.case)
    but = case.person if is_quiet(case) else None
    return Decision((), (*asked, *alert(view, (heard,), name=f"unclaimed {case.card.case}", but=but)))


def _neighbours(case: CaseView, view: View) -> tuple[CitySlug, ...]:
    cities = [city for city in case.card.cities if city in view.atlas]
    near = dict.fromkeys(each for city in cities for each in view.atlas.city(city).neighbours)
    return tuple(city for city in near if city not in cities)


def _rooms(city: CitySlug, case: CaseView, view: View) -> tuple[RoomId, ...]:
    """The fallback room has its turn later."""
    return tuple(room for room in ladder(city, view) if room not in (case.room, view.fallback))


def _ask(case: CaseView, rooms: tuple[RoomId, ...], cities: tuple[CitySlug, ...], name: str) -> Plan:
    origin = Origin(
        Reason.ESCALATION,
        case.room or case.original_room,
        case.person,
        event=case.event,
        categories=case.card.categories,
        cities=cities,
        urgency=case.card.urgency,
        case=case.card.case,
    )
    return Plan(f"{name} {case.card.case}", (AskOthers(case.card.case, rooms),), origin)


# -- what came of asking others ------------------------------------------------------------------------------


def asked(outcome: Outcome, view: View) -> Decision:
    """Another team has it now. Claimed or closed meanwhile: the card there is taken back."""
    told = next((each for each in outcome.results if isinstance(each, Told)), None)
    if told is None:
        return Decision()
    case = next((each for each in view.sender.cases if each.card.case == told.case), None)
    if case is None or case.state is not WAITING:
        return Decision((), (Plan("back", (RemoveOriginal(told.room, told.event),)),))
    cities = tuple(city for city in outcome.origin.cities if told.room in ladder(city, view))
    plans = (*_said_before(case, cities, view), *_to_worker(case, cities, view))
    placed = PlaceCase(told.case, told.room, told.event, back=True)
    return Decision((placed,), (went_on(case, told.room), *plans))


def _to_worker(case: CaseView, cities: tuple[CitySlug, ...], view: View) -> tuple[Plan, ...]:
    if is_quiet(case):
        return ()
    phrase = Phrase.YOUR_CASE_WENT_ON if cities else Phrase.YOUR_CASE_WENT_TO_FALLBACK
    said = SayPrivately(case.person, (Line(phrase, cities=cities),), view.sender.language, case.card.case)
    return (Plan("worker", (said,)),)


def went_on(case: CaseView, room: RoomId) -> Plan:
    """The cards where it was say where it is; one that it left in the same room before goes."""
    before = tuple(RemoveOriginal(room, left.event) for left in case.left if left.room == room)
    return Plan(f"went {case.card.case}", (UpdateOldCards(case.card.case), *before))


def _said_before(case: CaseView, cities: tuple[CitySlug, ...], view: View) -> tuple[Plan, ...]:
    """The team that had it until now is told who has it."""
    if case.room is None:
        return ()
    phrase = Phrase.CASE_WENT_ON if cities else Phrase.CASE_WENT_TO_FALLBACK
    line = Whisper(Line(phrase, cities=cities), case=case.card.case)
    said = WhisperInRoom(case.room, (line,), thread=case.event, case=case.card.case)
    return (Plan("moved", (said,)),)
