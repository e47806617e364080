"""What is said about what came of a plan: supporters "have it" only here, because only here it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from bot.core import alert_steps, escalation, file_news, retention
from bot.core.arrivals import is_shared, no_longer_private
from bot.core.cases import is_quiet
from bot.core.categories import deciding
from bot.core.changes import AskedCity, Change, ForgetRoom, NoteAct, PlaceCase, TrustAgain
from bot.core.commands.menu import MENUS
from bot.core.effects import (
    Decision,
    LeaveRoom,
    Origin,
    Outcome,
    Plan,
    Reason,
    SayInRoom,
    SayPrivately,
    WhisperInRoom,
)
from bot.core.model import Category, Millis, Posted, RoomKind
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.receipts import receipt, why_late
from bot.core.replaced import found_while_telling
from bot.core.results import Done, Held, Refused, Result, Told, Why
from bot.core.stewards import about, alert, refusals
from bot.core.telling import Telling, telling, waited
from bot.core.view import FactsOf, Question, View

MORE_WAS_SAID: Final = "more-was-said"
SAID_LATELY: Final = Millis(10 * 60 * 1000)
CITY_IS_ASKED_FOR: Final = Millis(24 * 60 * 60 * 1000)


def asks(outcome: Outcome, view: View) -> tuple[Question, ...]:
    """Who invites us may call any room a private chat: we look who is in it."""
    invited = outcome.origin.reason is Reason.WELCOME and view.room.kind is RoomKind.PRIVATE
    return (FactsOf(outcome.origin.room),) if invited else ()


def hear(outcome: Outcome, view: View) -> Decision:
    """What came of a plan, by what the plan was for."""
    return TABLE[outcome.origin.reason](outcome, view)


def is_news(origin: Origin, results: Sequence[Result]) -> bool:
    """Whether there is anything to hear: not where all went as expected, and that leads to nothing."""
    expected = origin.reason in EXPECTED and all(isinstance(each, Done) for each in results)
    return bool(results) and not expected


def _report(outcome: Outcome, view: View) -> Decision:
    news = telling(outcome, view)
    if not (news.told or news.held):
        return Decision()
    public = _in_public(news)
    private = _to(outcome, *receipt(news), origin=replace(outcome.origin, reason=Reason.RECEIPT))
    pressed = _watched(news.told, outcome, view)
    changes = (*_placed(news.told), *_asked(news, outcome), *pressed)
    return Decision(changes, (*public, private, *alert(view, about(news))))


def _check_in(outcome: Outcome, view: View) -> Decision:
    """Who did not answer reads, when they come back, who has their words, or that nobody has them yet."""
    news = telling(outcome, view)
    if not (news.told or news.held):
        return Decision()
    cities = news.reached
    held, told = Line(Phrase.CHECKIN_HELD), Line(Phrase.CHECKIN_TOLD, cities=cities)
    said = held if not news.told else told if cities else Line(Phrase.CHECKIN_TOLD_SOMEWHERE)
    changes = (*_placed(news.told), *_watched(news.told, outcome, view))
    return Decision(changes, (_to(outcome, said), *alert(view, about(news))))


def _alarm(outcome: Outcome, view: View) -> Decision:
    """Supporters and stewards hear of it, and in the private chat nobody does."""
    news = telling(outcome, view)
    changes = (*_placed(news.told), *_watched(news.told, outcome, view))
    return Decision(changes, alert(view, about(news), but=outcome.origin.sender))


def _in_public(news: Telling) -> tuple[Plan, ...]:
    """The community room hears of a post that it saw."""
    lines = deciding(news.origin.categories).in_public(news)
    if not (lines and news.public) or (news.later and not news.told):
        return ()
    return (Plan("public", (SayInRoom(news.origin.room, lines, news.origin.language),)),)


def _watched(told: tuple[Told, ...], outcome: Outcome, view: View) -> tuple[Change, ...]:
    """From now on time passes for it: until somebody claims it, and until its last day."""
    origin = outcome.origin
    pressed = (each for one in told for each in escalation.after_telling(one, origin, view))
    lasts = (retention.since_telling(one.case, one.room, origin.sender, view) for one in told)
    return (*pressed, *lasts)


def _placed(told: tuple[Told, ...]) -> tuple[Change, ...]:
    return tuple(PlaceCase(each.case, each.room, each.event) for each in told)


def _asked(news: Telling, outcome: Outcome) -> tuple[Change, ...]:
    """The receipt asked which city: the next words may answer it."""
    cases = [each.case for each in news.results]
    if news.origin.cities or news.later or not cases:
        return ()
    return (AskedCity(news.origin.sender, cases[0], Millis(outcome.at + CITY_IS_ASKED_FOR)),)


def _receipt(outcome: Outcome, _view: View) -> Decision:
    """Who posted in a room and cannot be written to privately is told so there, without being named."""
    refused = any(isinstance(each, Refused) for each in outcome.results)
    if not refused or outcome.origin.posted is Posted.PRIVATELY:
        return Decision()
    line = Line(Phrase.RECEIPT_CANNOT_BE_READ)
    said = SayInRoom(outcome.origin.room, (line,), outcome.origin.language)
    return Decision((), (Plan("unreached", (said,)),))


def _more(outcome: Outcome, view: View) -> Decision:
    """Further words: said once in a while that they arrived, and always when they did not."""
    person = outcome.origin.sender
    told = any(isinstance(each, Told) for each in outcome.results)
    held = any(isinstance(each, Held) for each in outcome.results)
    if held:
        onward = found_while_telling(outcome, view)
        return Decision(onward.changes, (*onward.plans, _to(outcome, Line(Phrase.MORE_HELD))))
    said_lately = any(at > outcome.at - SAID_LATELY for at in view.sender.acts.get(MORE_WAS_SAID, ()))
    if not told or (said_lately and not outcome.later):
        return Decision()
    noted = NoteAct(person, MORE_WAS_SAID, outcome.at)
    late = () if outcome.later else why_late(waited(outcome))
    return Decision((noted,), (_to(outcome, Line(Phrase.MORE_TOLD), *late),))


def _to(outcome: Outcome, *lines: Line | Whisper, origin: Origin | None = None) -> Plan:
    said = SayPrivately(outcome.origin.sender, lines, outcome.origin.language)
    return Plan("answer" if origin is None else origin.reason.value, (said,), origin)


def _moved(outcome: Outcome, view: View) -> Decision:
    """The city of a case was named: its supporters have the kept card now, or the case stays where it is."""
    news = telling(outcome, view)
    said = (
        (*receipt(replace(news, later=True)), *(() if news.later else why_late(news.waited)))
        if news.told
        else (Line(Phrase.CITY_ROOM_LATER, cities=news.missed),)
    )
    stewards = alert(view, about(news) if news.told else refusals(news))
    changes = (*_placed(news.told), *_watched(news.told, outcome, view))
    return Decision(changes, (_to(outcome, *said), *_handed_over(news), *stewards))


def _replaced(outcome: Outcome, view: View) -> Decision:
    """Stewards hear who has it, or that nobody has. Its worker has done nothing, and what they write next is
    answered with the truth about it."""
    news = telling(outcome, view)
    case = next((each for each in view.sender.cases if each.card.case == outcome.origin.case), None)
    went = () if case is None else tuple(escalation.went_on(case, told.room) for told in news.told)
    but = outcome.origin.sender if case is not None and is_quiet(case) else None
    changes = (*_placed(news.told), *_watched(news.told, outcome, view))
    return Decision(changes, (*went, *alert(view, about(news), but=but)))


def _handed_over(news: Telling) -> tuple[Plan, ...]:
    """The team that had the case until now is told who has it."""
    case = next((each for each in news.view.sender.cases if each.card.case == news.origin.case), None)
    told = next((each for each in news.told if case is not None and each.case == case.card.case), None)
    if case is None or told is None or case.room in (None, told.room):
        return ()
    line = Whisper(Line(Phrase.CASE_MOVED, cities=news.origin.cities), case=told.case)
    said = WhisperInRoom(case.room, (line,), thread=case.event, case=told.case)
    return (escalation.went_on(case, told.room), Plan("moved", (said,)))


def _removal(outcome: Outcome, _view: View) -> Decision:
    """A post taken down is explained where its author could not know why; one that stays needs its author."""
    origin = outcome.origin
    if not all(isinstance(each, Done) for each in outcome.results):
        return Decision((), (_to(outcome, *_please_remove(outcome)),))
    if not origin.findings or Category.DOXX in origin.categories:
        return Decision()
    why = Whisper(Line(Phrase.REMOVED_BECAUSE), findings=origin.findings)
    return Decision((), (_to(outcome, why, Line(Phrase.REMOVED_HOW_TO_REPOST)),))


def _please_remove(outcome: Outcome) -> tuple[Line | Whisper, ...]:
    if Category.DOXX in outcome.origin.categories:
        return (Line(Phrase.PLEASE_DELETE_DOXX),)
    return (Whisper(Line(Phrase.PLEASE_DELETE_BECAUSE), findings=outcome.origin.findings),)


def _welcome(outcome: Outcome, view: View) -> Decision:
    """The bot is in: a private chat hears who reads what, a community room how to set its city."""
    if not all(isinstance(each, Done) for each in outcome.results):
        return Decision()
    if view.room.kind is RoomKind.PRIVATE and is_shared(outcome.origin.room, view):
        return no_longer_private(outcome.origin.room, view)
    if outcome.origin.posted is Posted.PRIVATELY:
        return Decision((), (_to(outcome, Line(Phrase.PRIVATE_WELCOME), MENUS[RoomKind.PRIVATE]),))
    room = view.room
    if room.kind is not RoomKind.COMMUNITY or room.cities or room.room in view.listed_rooms:
        return Decision()
    return Decision((), (Plan("welcome", (SayInRoom(outcome.origin.room, (Line(Phrase.ROOM_WELCOME),)),)),))


def _repair(outcome: Outcome, _view: View) -> Decision:
    done = all(isinstance(each, Done) for each in outcome.results)
    line = Line(Phrase.ROOM_REPAIRED if done else Phrase.ROOM_NOT_REPAIRED)
    return Decision(
        (), (Plan("repaired", (SayInRoom(outcome.origin.room, (line,), outcome.origin.language),)),)
    )


def _reply(outcome: Outcome, _view: View) -> Decision:
    """A supporter hears whether their words reached the worker, or wait in a chat nobody came into."""
    if any(isinstance(each, Refused) and each.why is Why.TAKEN_BACK for each in outcome.results):
        return Decision()  # with what is removed it is said: some of it may have stood there before
    done = [isinstance(each, Done) for each in outcome.results]
    if done == [True, False]:
        return _to_thread(outcome, Phrase.REPLY_WITHOUT_PICTURE)
    if not all(done):
        return _to_thread(outcome, Phrase.REPLY_NOT_PASSED_ON)
    waits = any(isinstance(each, Done) and each.unopened for each in outcome.results)
    return _to_thread(outcome, Phrase.REPLY_UNOPENED if waits else Phrase.REPLY_PASSED_ON)


def _closing(outcome: Outcome, _view: View) -> Decision:
    """That the worker could not be told is news; that they were is what everybody expects."""
    done = all(isinstance(each, Done) for each in outcome.results)
    return Decision() if done else _to_thread(outcome, Phrase.WORKER_NOT_TOLD)


def _unsaid(outcome: Outcome, _view: View) -> Decision:
    """Nothing is said of a message that was never passed on."""
    if all(isinstance(each, Done) for each in outcome.results):
        return _to_thread(outcome, Phrase.REPLY_UNSAID)
    return _to_thread(outcome, Phrase.REPLY_NOT_UNSAID) if _out_of_reach(outcome) else Decision()


def _out_of_reach(outcome: Outcome) -> bool:
    """Whether something still stands in a room that we are no longer in."""
    return any(isinstance(each, Refused) and each.why is Why.FORBIDDEN for each in outcome.results)


def _to_thread(outcome: Outcome, phrase: Phrase) -> Decision:
    origin = outcome.origin
    said = WhisperInRoom(origin.room, (Line(phrase),), origin.language, origin.event, origin.case)
    return Decision((), (Plan(f"said {origin.case}", (said,)),))


def _withdrawn(outcome: Outcome, _view: View) -> Decision:
    phrase = Phrase.WITHDRAWN_NOT_ALL if _out_of_reach(outcome) else Phrase.WITHDRAWN
    return Decision((), (_to(outcome, Line(phrase)),))


def _last_day(outcome: Outcome, _view: View) -> Decision:
    phrase = Phrase.YOUR_CASE_EXPIRED_NOT_ALL if _out_of_reach(outcome) else Phrase.YOUR_CASE_EXPIRED
    return Decision((), (_to(outcome, Line(phrase, categories=outcome.origin.categories)),))


def _forgetting(outcome: Outcome, _view: View) -> Decision:
    """The last words in this chat. It is known until we are out: who writes on is heard and begins anew."""
    room = outcome.origin.room
    phrase = Phrase.FORGOTTEN_NOT_ALL if _out_of_reach(outcome) else Phrase.FORGOTTEN
    on_disk = any(isinstance(each, Refused) and each.why is Why.NOT_NOW for each in outcome.results)
    lines = (Line(phrase), Line(Phrase.FORGOTTEN_BUT_ON_DISK)) if on_disk else (Line(phrase),)
    said = SayInRoom(room, lines, outcome.origin.language)
    after = replace(outcome.origin, reason=Reason.FORGOTTEN)
    return Decision((), (Plan("forgotten", (said, LeaveRoom(room)), after),))


def _forgotten(outcome: Outcome, view: View) -> Decision:
    """Of a supporter or steward the identity stays pinned: their room depends on it."""
    person, left = outcome.origin.sender, ForgetRoom(outcome.origin.room)
    needed = person in view.stewards or any(person in roster for roster in view.rosters.values())
    return Decision((left,) if needed else (left, TrustAgain(person)))


TABLE: Final[Mapping[Reason, Callable[[Outcome, View], Decision]]] = MappingProxyType(
    {
        Reason.REPORT: _report,
        Reason.RECEIPT: _receipt,
        Reason.CHECK_IN: _check_in,
        Reason.ALARM: _alarm,
        Reason.MORE: _more,
        Reason.MOVE: _moved,
        Reason.REPLACED: _replaced,
        Reason.REMOVAL: _removal,
        Reason.WELCOME: _welcome,
        Reason.REPAIR: _repair,
        Reason.REPLY: _reply,
        Reason.CLOSING: _closing,
        Reason.UNSAID: _unsaid,
        Reason.FILE: file_news.file,
        Reason.WITHDRAWAL: _withdrawn,
        Reason.LAST_DAY: _last_day,
        Reason.FORGETTING: _forgetting,
        Reason.FORGOTTEN: _forgotten,
        Reason.ESCALATION: escalation.asked,
        Reason.ALERT: alert_steps.came_of,
        Reason.ASK_FILE: file_news.asked,
    }
)

EXPECTED: Final = frozenset({Reason.RECEIPT, Reason.CLOSING})
"""What is said to one person, of whom nobody has to hear that they were reached."""
