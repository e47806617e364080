"""Stories of alerts: out and over by time; taken back by supporters, the worker, and with all about them."""

from __future__ import annotations

import re

from bot.core.model import JoinRule, Millis, RoomId
from bot.core.spans import DAY, MINUTE
from tests.promises.case_stories import in_thread
from tests.promises.crash import Story
from tests.promises.stories import (
    ADA,
    BOTH,
    CHAT,
    CHICAGO_ROOM,
    FALLBACK,
    KIM,
    LOBBY,
    MIA,
    NYC_ROOM,
    SOL,
    asks_in_nyc,
    before,
    nothing_leaked,
    said,
)
from tests.stage import knowledge
from tests.wire import ME, Homeserver

KNOWN = knowledge(BOTH, FALLBACK)
PORCH, FAR = RoomId("!porch:test"), RoomId("!far:test")
WARNING = "a man in a grey van pays with torn notes"


def _rooms(server: Homeserver) -> None:
    """Two community rooms of the city, one encrypted, and one of another city."""
    before(server)
    server.room(PORCH, MIA, ADA, admins=(ADA,))
    server.room(FAR, MIA, ADA, admins=(ADA,), encrypted=False, join_rule=JoinRule.PUBLIC)
    for room, city in ((LOBBY, "nyc"), (PORCH, "brooklyn"), (FAR, "chicago")):
        server.post(server.rooms[room], ADA, f"!city {city}")


def name_of(server: Homeserver) -> str:
    """As its team was shown it."""
    found = re.search(r"Alert ([a-z]+-[a-z]+)", "\n".join(server.rooms[NYC_ROOM].texts()))
    assert found is not None
    return found[1]


def standing(server: Homeserver, words: str = WARNING) -> list[str]:
    """Community rooms in which these words can be read."""
    return [room for room in (LOBBY, PORCH, FAR) if said(server.rooms[room], words)]


def _agrees(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "!share alert")


def _drafts(server: Homeserver) -> None:
    in_thread(server, SOL, f"!alert {WARNING}")


def _drafts_by_themselves(server: Homeserver) -> None:
    server.post(server.rooms[NYC_ROOM], SOL, f"!alert nyc {WARNING}")


def _approves(server: Homeserver) -> None:
    assert standing(server) == []
    server.post(server.rooms[NYC_ROOM], SOL, f"!approve {name_of(server)}")
    server.post(server.rooms[NYC_ROOM], KIM, f"!approve {name_of(server)}")


def _a_minute(server: Homeserver) -> None:
    server.at = Millis(server.at + MINUTE)


def _everywhere(server: Homeserver) -> None:
    assert standing(server) == [LOBBY, PORCH]
    assert said(server.rooms[NYC_ROOM], "stands in 2 community rooms") == 1
    server.at = Millis(server.at + 3 * DAY)


def _in_one_room(server: Homeserver) -> None:
    assert len(standing(server)) == 1
    _a_minute(server)


def _nothing_stands(server: Homeserver) -> None:
    """Nowhere any more; it was never twice in one room, and never in a room of another city."""
    for room in (LOBBY, PORCH, FAR):
        events = server.rooms[room].events
        assert sum(WARNING in event.text for event in events) <= (room != FAR)
        assert [e.text for e in events if e.sender == ME and not e.removed and "taken back" in e.text] == []
    assert standing(server) == []
    nothing_leaked(server)


def _over_by_time(server: Homeserver) -> None:
    _nothing_stands(server)
    nyc = server.rooms[NYC_ROOM]
    assert said(nyc, "somebody else of this room has to say yes") == 1
    assert said(nyc, "has had its time") == 1


OVER = Story(
    "an alert that has its time",
    KNOWN,
    _rooms,
    (asks_in_nyc, _agrees, _drafts, _approves, _a_minute, _in_one_room, _everywhere),
    _over_by_time,
)


def _no_longer_agrees(server: Homeserver) -> None:
    """At the very moment at which the second room gets it."""
    _in_one_room(server)
    server.post(server.rooms[CHAT], MIA, "!share supporters")


def _taken_back_by_the_worker(server: Homeserver) -> None:
    _nothing_stands(server)
    assert said(server.rooms[NYC_ROOM], "There is no agreement to alert") == 1


REVOKED = Story(
    "an alert whose worker no longer agrees",
    KNOWN,
    _rooms,
    (asks_in_nyc, _agrees, _drafts, _approves, _a_minute, _no_longer_agrees, _a_minute, _a_minute),
    _taken_back_by_the_worker,
)


def _retracts(server: Homeserver) -> None:
    _a_minute(server)
    server.post(server.rooms[NYC_ROOM], KIM, f"!retract {name_of(server)}")


def _retracted(server: Homeserver) -> None:
    _nothing_stands(server)
    assert said(server.rooms[NYC_ROOM], "goes to nobody any more") == 1


RETRACTED = Story(
    "an alert that is retracted while it goes out",
    KNOWN,
    _rooms,
    (_drafts_by_themselves, _approves, _retracts, _a_minute, _a_minute),
    _retracted,
)


def _forgets(server: Homeserver) -> None:
    _in_one_room(server)
    server.post(server.rooms[CHAT], MIA, "!forget")


def _forgotten(server: Homeserver) -> None:
    _nothing_stands(server)
    assert said(server.rooms[NYC_ROOM], WARNING) == 0
    assert said(server.rooms[CHAT], "Done. I removed everything") == 1
    assert ME not in server.rooms[CHAT].joined


OUT = (asks_in_nyc, _agrees, _drafts, _approves, _a_minute, _in_one_room)
FORGOTTEN = Story(
    "an alert whose worker is forgotten",
    KNOWN,
    _rooms,
    (*OUT[:-1], _forgets, _a_minute),
    _forgotten,
)

# -- its room is upgraded ----------------------------------------------------------------------------------


def _is_upgraded(server: Homeserver) -> None:
    server.change(server.rooms[NYC_ROOM], replaced=True)


def _approves_where_they_are_now(server: Homeserver) -> None:
    for room, person in ((CHICAGO_ROOM, KIM), (FALLBACK, SOL), (FALLBACK, KIM)):
        assert standing(server) == []
        server.post(server.rooms[room], person, f"!approve {name_of(server)}")


def _retracts_where_they_are_now(server: Homeserver) -> None:
    _in_one_room(server)
    server.post(server.rooms[CHICAGO_ROOM], KIM, f"!retract {name_of(server)}")
    server.post(server.rooms[FALLBACK], SOL, f"!retract {name_of(server)}")


def _went_with_its_people(server: Homeserver) -> None:
    _nothing_stands(server)
    there, elsewhere = server.rooms[FALLBACK], server.rooms[CHICAGO_ROOM]
    assert said(there, "somebody else of this room has to say yes") == 1
    assert said(there, "goes to nobody any more") == 1
    assert said(elsewhere, "There is no alert of that name") == 2


UPGRADED = Story(
    "an alert whose room is upgraded",
    KNOWN,
    _rooms,
    (
        _drafts_by_themselves,
        _is_upgraded,
        _approves_where_they_are_now,
        _a_minute,
        _retracts_where_they_are_now,
        _a_minute,
    ),
    _went_with_its_people,
)

ALERT_STORIES = (OVER, REVOKED, RETRACTED, FORGOTTEN, UPGRADED)
