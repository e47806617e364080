"""A small world to decide in: people, rooms, cities, and a view of them that tests change in one place."""

from __future__ import annotations

from itertools import count

from msgspec.structs import replace

from bot.core.cities import Atlas
from bot.core.decide import decide
from bot.core.effects import Decision, Effect, Incoming, Outcome, Plan
from bot.core.model import (
    CaseName,
    City,
    CitySlug,
    EventId,
    History,
    JoinRule,
    Message,
    Millis,
    RoomFacts,
    RoomId,
    RoomKind,
    SupporterRoom,
    Trust,
    UserId,
)
from bot.core.phrases import Line, Whisper
from bot.core.resources import Library
from bot.core.results import Result
from bot.core.sensitive import Sensitive
from bot.core.takedown import Desk
from bot.core.view import PersonView, RoomView, View

ME = UserId("@sws:example.org")
MIA, ADA, SOL, ROSA, EVE = (UserId(f"@{name}:example.org") for name in ("mia", "ada", "sol", "rosa", "eve"))
"""A worker, a room admin, a supporter, a steward, and a stranger."""

LOBBY, CHAT, OTHER_CHAT = (
    RoomId("!lobby:example.org"),
    RoomId("!chat:example.org"),
    RoomId("!new:example.org"),
)
NYC_ROOM, NEWARK_ROOM = RoomId("!nyc:example.org"), RoomId("!newark:example.org")
FALLBACK = RoomId("!fallback:example.org")
NYC, NEWARK, CHICAGO, BOSTON = (CitySlug(slug) for slug in ("nyc", "newark", "chicago", "boston"))

ATLAS = Atlas(
    (
        City(NYC, "New York City", ("newyork", "brooklyn"), (NEWARK,), "America/New_York", "US"),
        City(NEWARK, "Newark", (), (NYC,), "America/New_York", "US"),
        City(CHICAGO, "Chicago", (), (), "America/Chicago", "US"),
        City(BOSTON, "Boston", (), (), "America/New_York", "US"),
    ),
    {"tristate": (NYC, NEWARK)},
)
"""Chicago is served by the room of Newark, Boston by none."""
SUPPORTER_ROOMS = (SupporterRoom(NYC_ROOM, (NYC,)), SupporterRoom(NEWARK_ROOM, (NEWARK, CHICAGO)))
NAMES = tuple(
    CaseName(name) for name in ("amber-heron", "blue-otter", "calm-maple", "dusty-wren", "early-fox")
)
NOW = Millis(1_800_000_000_000)

SAFE = RoomFacts(
    encrypted=True,
    join_rule=JoinRule.INVITE,
    history=History.JOINED,
    guests=False,
    joined=frozenset({ME, SOL, ADA}),
    invited=frozenset(),
    replaced=False,
    may_remove=True,
    may_speak=True,
    may_repair=True,
)

VIEW = View(
    now=NOW,
    me=ME,
    atlas=ATLAS,
    library=Library(()),
    desk=Desk(()),
    stewards=(ROSA,),
    invites_from=("example.org",),
    supporter_rooms=SUPPORTER_ROOMS,
    listed_rooms=frozenset({NYC_ROOM, FALLBACK}),
    fallback=FALLBACK,
    room=RoomView(LOBBY),
    sender=PersonView(MIA),
    fresh_names=NAMES,
    rosters={room: frozenset({SOL, ADA}) for room in (NYC_ROOM, NEWARK_ROOM, FALLBACK)},
)
"""A worker in a community room that has no city."""


def in_lobby(*cities: CitySlug, view: View = VIEW) -> View:
    return replace(view, room=RoomView(LOBBY, RoomKind.COMMUNITY, cities))


def in_chat(view: View = VIEW) -> View:
    return replace(view, room=RoomView(CHAT, RoomKind.PRIVATE, person=MIA, encrypted=True))


def in_team(view: View = VIEW, room: RoomId = NYC_ROOM) -> View:
    return replace(view, room=RoomView(room, RoomKind.SUPPORTER, encrypted=True), sender=PersonView(SOL))


_ids = count(1)


def says(
    view: View,
    words: str,
    trust: Trust = Trust.SIGNED,
    edits: EventId | None = None,
    thread: EventId | None = None,
    reply_to: EventId | None = None,
) -> Message:
    """The view's sender says something in the view's room."""
    return Message(
        id=EventId(f"$event{next(_ids)}"),
        room=view.room.room,
        sender=view.sender.person,
        at=view.now,
        body=Sensitive(words),
        trust=trust,
        edits=edits,
        thread=thread,
        reply_to=reply_to,
    )


def on(view: View, words: str, trust: Trust = Trust.SIGNED) -> Decision:
    return decide(says(view, words, trust), view)


def plan(decision: Decision, name: str) -> Plan:
    """The plan of this name; a test that asks for one that is not there has failed."""
    return next(plan for plan in decision.plans if plan.name == name)


def names(decision: Decision) -> list[str]:
    return [plan.name for plan in decision.plans]


def effects(decision: Decision) -> list[Effect]:
    return [step for plan in decision.plans for step in plan.steps]


def lines(decision: Decision, kind: type | None = None) -> list[Line]:
    """Every line said, of effects of one kind or of all."""
    said = [
        line
        for step in effects(decision)
        if kind is None or isinstance(step, kind)
        for line in getattr(step, "lines", ())
    ]
    return [line.line if isinstance(line, Whisper) else line for line in said]


def phrases(decision: Decision, kind: type | None = None) -> list[str]:
    return [line.phrase.name for line in lines(decision, kind)]


def came_of(plan: Plan, *results: Result, later: bool = False) -> Outcome:
    """What `loops/deliver` hands back when this plan had these results."""
    assert plan.origin is not None
    return Outcome("outcome", NOW, plan.origin, results, later)


def hears(view: View, incoming: Incoming) -> Decision:
    return decide(incoming, view)
