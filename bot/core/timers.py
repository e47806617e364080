"""What is done when a timer comes due: one line for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from bot.core import alarm_word, alert_steps, checkins, escalation, retention
from bot.core.arrivals import look_for_roster
from bot.core.case_steps import stale
from bot.core.changes import TimerKind
from bot.core.effects import Decision, Timer
from bot.core.unreadable import ask_again
from bot.core.view import View

TABLE: Final[Mapping[TimerKind, Callable[[Timer, View], Decision]]] = MappingProxyType(
    {
        TimerKind.UNREADABLE: ask_again,
        TimerKind.ROSTER: look_for_roster,
        TimerKind.STALE_CLAIM: lambda _, view: stale(view),
        TimerKind.GOES_SOON: retention.goes_soon,
        TimerKind.GOES: retention.goes,
        TimerKind.CHECK_IN: checkins.due,
        TimerKind.CHECK_IN_MISSED: checkins.missed,
        TimerKind.ALARM_WORD_GOES_SOON: alarm_word.goes_soon,
        TimerKind.ALARM_WORD_GOES: alarm_word.goes,
        TimerKind.ALERT_TURN: alert_steps.turn,
        TimerKind.ALERT_ENDS: alert_steps.past_its_time,
        TimerKind.UNCLAIMED: escalation.call_room,
        TimerKind.UNCLAIMED_STILL: escalation.ask_neighbours,
        TimerKind.UNCLAIMED_LONG: escalation.ask_everybody,
    }
)


def due(timer: Timer, view: View) -> Decision:
    return TABLE[timer.kind](timer, view)
