"""A step in the life of an alert: what is written down, which room gets it next, and who hears of it."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from bot.core.alerts import Alert, AlertEvent, AlertState, leaving, settled, step
from bot.core.changes import CancelTimer, Change, KeepAlert, SetTimer, TimerKind
from bot.core.effects import (
    Decision,
    Origin,
    Outcome,
    Plan,
    PostAlert,
    Reason,
    RemoveOriginal,
    RetractAlert,
    Timer,
    WhisperInRoom,
)
from bot.core.model import Millis, RoomId
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.results import Done, Refused, Why
from bot.core.spans import DAY, HOUR, MINUTE
from bot.core.view import View

PACE: Final = Millis(5_000)
"""So long at least passes between two rooms: time to take back what should not have gone out."""
PATIENCE: Final = Millis(2 * MINUTE)
"""So long the others wait for one room that does not answer."""
DRAFT_LASTS: Final = DAY


def agreed(alert: Alert, view: View) -> bool:
    """What came of nobody's case needs nobody's yes but its supporters'."""
    return alert.case is None or alert.case in view.may_warn


def drafted(alert: Alert, view: View) -> Decision:
    """Its team reads it as the city's rooms will; it waits a day for somebody's yes."""
    changes = (KeepAlert(alert), _ends(alert))
    head = Whisper(Line(Phrase.ALERT_PREVIEW, cities=alert.cities), case=alert.name, quote=alert.words)
    how = Whisper(Line(Phrase.ALERT_PREVIEW_HOW, number=view.spans.alert // HOUR), case=alert.name)
    return Decision(changes, (_said(alert, head, Line(Phrase.ALERT_READ_AGAIN), how),))


def approved(alert: Alert, rooms: tuple[RoomId, ...], view: View) -> Decision:
    """It goes to these rooms, in this order. Who wrote it is not needed any more."""
    now = replace(
        alert,
        state=AlertState.APPROVED,
        author=None,
        waiting=rooms,
        at=view.now,
        until=Millis(view.now + view.spans.alert),
    )
    line = Whisper(Line(Phrase.ALERT_APPROVED, number=len(rooms)), case=alert.name)
    return Decision((KeepAlert(now), _ends(now), _next(now, view)), (_said(now, line),))


def turn(_timer: Timer, view: View) -> Decision:
    """One room at a time: the next one's turn comes when it is known what became of this one.

    Where that is not known for long, the others go first, and this one has another turn after them.
    """
    alert = view.alert
    to = None if alert is None else step(alert, AlertEvent.TURN)
    if alert is None or to is None or not alert.waiting:
        return Decision()
    if not agreed(alert, view):
        return ended(alert, Phrase.ALERT_NO_LONGER_AGREED)
    room, *rest = alert.waiting
    silent = () if alert.underway is None else (alert.underway,)
    now = replace(alert, state=to, underway=room, waiting=(*rest, *silent))
    origin = Origin(Reason.ALERT, room, view.me, case=alert.name)
    plan = Plan(f"alert {alert.name}", (PostAlert(alert.name, room),), origin)
    return Decision((KeepAlert(now), *((_next(now, view, PATIENCE),) if now.waiting else ())), (plan,))


def came_of(outcome: Outcome, view: View) -> Decision:
    """What stands in a room although the alert has ended meanwhile goes at once."""
    alert, result = view.alert, outcome.results[0]
    posted = result if isinstance(result, Done) else None
    if alert is None or step(alert, AlertEvent.END) is None:
        return Decision((), () if posted is None else _removed(posted))
    room = outcome.origin.room
    if alert.underway != room:
        # Its answer came so late that others had their turn meanwhile.
        late = () if posted is None else (KeepAlert(settled(alert, room, posted.event)),)
        return Decision(late)
    now = settled(alert, room, None if posted is None else posted.event)
    if isinstance(result, Refused) and result.why is Why.NOT_AGREED:
        # It may stand there from a try before: that is known to who removes it.
        return ended(alert, Phrase.ALERT_NO_LONGER_AGREED)
    if now.waiting:
        return Decision((KeepAlert(now), _next(now, view)))
    out = replace(now, state=step(now, AlertEvent.EVERYWHERE) or now.state)
    line = Whisper(Line(Phrase.ALERT_OUT, number=len(out.posts)), case=alert.name)
    return Decision((KeepAlert(out),), (_said(out, line),))


def _removed(posted: Done) -> tuple[Plan, ...]:
    if posted.room is None or posted.event is None:
        return ()
    return (Plan("too late", (RemoveOriginal(posted.room, posted.event),)),)


def past_its_time(_timer: Timer, view: View) -> Decision:
    alert = view.alert
    if alert is None:
        return Decision()
    draft = alert.state is AlertState.DRAFTED
    return ended(alert, Phrase.ALERT_DRAFT_EXPIRED if draft else Phrase.ALERT_EXPIRED)


def ended(alert: Alert, phrase: Phrase) -> Decision:
    """It goes to no further room, and from every room where it stands; that is said when it is done."""
    if step(alert, AlertEvent.END) is None:
        return Decision()
    line = Whisper(Line(phrase), case=alert.name)
    steps = (RetractAlert(alert.name), *_said(alert, line).steps)
    timers = (CancelTimer(_turn_of(alert)), CancelTimer(_end_of(alert)))
    return Decision((KeepAlert(leaving(alert)), *timers), (Plan(f"retract {alert.name}", steps),))


def _said(alert: Alert, *lines: Line | Whisper) -> Plan:
    said = WhisperInRoom(alert.room, lines, thread=alert.thread, case=alert.case)
    return Plan(f"about {alert.name}", (said,))


def _next(alert: Alert, view: View, wait: Millis = PACE) -> Change:
    due = Millis(view.now + wait)
    return SetTimer(_turn_of(alert), TimerKind.ALERT_TURN, due, alert.room, case=alert.name)


def _ends(alert: Alert) -> Change:
    return SetTimer(_end_of(alert), TimerKind.ALERT_ENDS, alert.until, alert.room, case=alert.name)


def _turn_of(alert: Alert) -> str:
    return f"alert turn {alert.name}"


def _end_of(alert: Alert) -> str:
    return f"alert ends {alert.name}"
