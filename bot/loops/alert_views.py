"""What a decision about an alert may know: which one is meant, whose yes it has, and whom it can reach."""

from __future__ import annotations

from collections.abc import Set
from typing import Final

from bot.core.alerts import Alert
from bot.core.changes import TimerKind
from bot.core.consent import warns
from bot.core.effects import Incoming, Outcome, Reason, Timer
from bot.core.model import CaseName, Message, RoomId
from bot.core.parse import read
from bot.core.view import CaseView, RoomView
from bot.ports import Randomness
from bot.store import alerts, cases, consents, rooms
from bot.store.database import Transaction

TIMERS: Final = frozenset({TimerKind.ALERT_TURN, TimerKind.ALERT_ENDS})


async def meant(tx: Transaction, incoming: Incoming) -> Alert | None:
    """The one whose name comes first in a command, or that a timer or an outcome is about."""
    match incoming:
        case Message():
            command = read(incoming.body).command
            named = command.arguments[0].key if command is not None and command.arguments else None
            return None if named is None else await alerts.by_name(tx, CaseName(named))
        case Timer() if incoming.case is not None and incoming.kind in TIMERS:
            return await alerts.by_name(tx, incoming.case)
        case Outcome() if incoming.origin.case is not None and incoming.origin.reason is Reason.ALERT:
            return await alerts.by_name(tx, incoming.origin.case)
        case _:
            return None


async def may_warn(tx: Transaction, thread_case: CaseView | None, alert: Alert | None) -> frozenset[CaseName]:
    """Which of the cases this is about have workers who agree to an alert."""
    named = None if alert is None or alert.case is None else await cases.by_name(tx, alert.case)
    found = [case for case in (thread_case, named) if case is not None]
    return frozenset([case.card.case for case in found if warns(case, await consents.of(tx, case.person))])


async def lobbies(tx: Transaction, ours: Set[RoomId], randomness: Randomness) -> tuple[RoomView, ...]:
    """Community rooms that have a city, shuffled: none is always the first to know. `ours`: supporters'."""
    left = [room for room in await rooms.with_cities(tx) if room.room not in ours]
    drawn: list[RoomView] = []
    while left:
        drawn.append(left.pop(randomness.choose(len(left))))
    return tuple(drawn)
