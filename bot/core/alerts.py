"""An alert, words of supporters for community rooms; its life as a table: from where, by what, to where."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from bot.core.model import CaseName, CitySlug, EventId, Millis, RoomId, UserId
from bot.core.sensitive import Sensitive


class AlertState(StrEnum):
    """Where an alert is in its life; what is gone has no row."""

    DRAFTED = "drafted"
    """Its team has seen it, and nobody but its author has said yes."""
    APPROVED = "approved"
    GOING_OUT = "going_out"
    """One room after the other gets it."""
    OUT = "out"
    LEAVING = "leaving"
    """It goes nowhere any more, and where it stands it is being removed."""


class AlertEvent(StrEnum):
    """What can happen to an alert."""

    APPROVE = "approve"
    """By a second supporter of its room."""
    TURN = "turn"
    """The next room's turn has come."""
    EVERYWHERE = "everywhere"
    """No room is left that it has to go to."""
    END = "end"
    """Retracted, past its time, or its worker no longer agrees."""


class AlertPost(Struct, frozen=True):
    """Where it stands."""

    room: RoomId
    event: EventId | None = None
    """None: sending it there was begun, and may have happened."""


class Alert(Struct, frozen=True):
    """As its supporters wrote it, where it has to go, and where it stands."""

    name: CaseName
    """Two words, drawn like a case's: whoever does not know it can do nothing with it."""
    room: RoomId
    """Of the supporters who wrote and approve it."""
    cities: tuple[CitySlug, ...]
    words: Sensitive
    at: Millis
    """When it was written; once it is approved, when that was."""
    until: Millis
    """When it goes by itself."""
    case: CaseName | None = None
    """The case it came of: its worker decides whether there is an alert at all."""
    thread: EventId | None = None
    """Where in the supporter room it is talked about."""
    author: UserId | None = None
    """Known until somebody else has approved it, and no longer."""
    state: AlertState = AlertState.DRAFTED
    waiting: tuple[RoomId, ...] = ()
    """Rooms that do not have it yet, in the order in which they get it."""
    underway: RoomId | None = None
    """The room that gets it just now."""
    posts: tuple[AlertPost, ...] = ()


_DRAFTED, _APPROVED, _GOING_OUT, _OUT, _LEAVING = AlertState

TABLE: Final[Mapping[tuple[AlertState, AlertEvent], AlertState]] = MappingProxyType(
    {
        (_DRAFTED, AlertEvent.APPROVE): _APPROVED,
        (_APPROVED, AlertEvent.TURN): _GOING_OUT,
        (_GOING_OUT, AlertEvent.TURN): _GOING_OUT,
        (_GOING_OUT, AlertEvent.EVERYWHERE): _OUT,
        (_DRAFTED, AlertEvent.END): _LEAVING,
        (_APPROVED, AlertEvent.END): _LEAVING,
        (_GOING_OUT, AlertEvent.END): _LEAVING,
        (_OUT, AlertEvent.END): _LEAVING,
    }
)
"""What is not in it does not happen: nothing leads from a draft to a room but a second supporter.

The picture in docs/alert-life.md is made from it.
"""

IN_PUBLIC: Final = frozenset({AlertState.GOING_OUT})
"""The only state in which a room is sent an alert."""


def step(alert: Alert, event: AlertEvent) -> AlertState | None:
    """Where this event leads; None: nowhere, it does not happen."""
    return TABLE.get((alert.state, event))


def leaving(alert: Alert) -> Alert:
    """From here on it goes nowhere; where it stands is still known."""
    return replace(alert, state=AlertState.LEAVING, author=None, waiting=(), underway=None)


def begun(alert: Alert, room: RoomId) -> Alert:
    """It may stand in this room from now on, whatever becomes of us."""
    return replace(alert, posts=(*(post for post in alert.posts if post.room != room), AlertPost(room)))


def settled(alert: Alert, room: RoomId, event: EventId | None) -> Alert:
    """It stands in this room as this event, or (None) does not: there it need not go any more."""
    others = tuple(post for post in alert.posts if post.room != room)
    here = () if event is None else (AlertPost(room, event),)
    underway = None if alert.underway == room else alert.underway
    waiting = tuple(each for each in alert.waiting if each != room)
    return replace(alert, underway=underway, waiting=waiting, posts=(*others, *here))
