"""The alarm word: kept as long as check-ins are used, and its owner hears in plain sight before it goes."""

from __future__ import annotations

from typing import Final

from bot.core.changes import CancelTimer, Change, KeepAlarmWord, SetTimer, TimerKind
from bot.core.effects import Decision, Plan, SayPrivately, Timer
from bot.core.model import Millis, RoomId, UserId
from bot.core.parse import same
from bot.core.phrases import Line, Phrase
from bot.core.sensitive import Sensitive
from bot.core.spans import DAY
from bot.core.view import View

UNUSED_AT_MOST: Final = Millis(365 * DAY)
"""A word that is gone when it is needed does harm: it would be passed on with a receipt for all to see."""
NOTICE: Final = Millis(14 * DAY)


def is_alarm(words: Sensitive, view: View) -> bool:
    kept = view.sender.alarm_word
    return kept is not None and same(words, kept)


def keep(person: UserId, word: Sensitive, chat: RoomId, view: View) -> tuple[Change, ...]:
    due = Millis(view.now + UNUSED_AT_MOST - NOTICE)
    soon = SetTimer(_name(person), TimerKind.ALARM_WORD_GOES_SOON, due, chat, person)
    return KeepAlarmWord(person, word), soon


def used(chat: RoomId, view: View) -> tuple[Change, ...]:
    """Whoever has to do with check-ins still needs their word: its time begins anew."""
    person, word = view.sender.person, view.sender.alarm_word
    return () if word is None else keep(person, word, chat, view)


def take_back(person: UserId) -> tuple[Change, ...]:
    return KeepAlarmWord(person, None), CancelTimer(_name(person))


def goes_soon(timer: Timer, view: View) -> Decision:
    """Said so that whoever reads along learns of no word."""
    if timer.person is None or view.sender.alarm_word is None:
        return Decision()
    due = Millis(view.now + NOTICE)
    goes_ = SetTimer(_name(timer.person), TimerKind.ALARM_WORD_GOES, due, timer.room, timer.person)
    line = Line(Phrase.CHECKIN_UNUSED, number=NOTICE // DAY)
    said = SayPrivately(timer.person, (line,), view.sender.language)
    return Decision((goes_,), (Plan("check-ins unused", (said,)),))


def goes(timer: Timer, _view: View) -> Decision:
    return Decision() if timer.person is None else Decision(take_back(timer.person))


def _name(person: UserId) -> str:
    return f"alarm word {person}"
