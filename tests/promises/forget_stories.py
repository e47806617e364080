"""Stories of cases that go: by time, and because their worker said so."""

from __future__ import annotations

from bot.core.model import Millis
from bot.core.spans import DAY
from tests.promises.case_stories import card, in_thread
from tests.promises.crash import Story
from tests.promises.stories import CHAT, KNOWN, MIA, NYC_ROOM, PRIVATE, SOL, asks_in_nyc, before, said
from tests.wire import ME, Homeserver

ANSWER = "the bluethroat may call us at any hour"


def standing(server: Homeserver, words: str) -> list[str]:
    """Rooms in which something the bot sent still says these words."""
    return [room.id for room in server.rooms.values() if any(words in text for text in room.texts(ME))]


def _talk(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "and the bluethroat saw a red car")
    in_thread(server, SOL, f"!reply {ANSWER}")
    in_thread(server, SOL, "!note the bluethroat wants no calls")


def _nothing_stands(server: Homeserver) -> None:
    assert standing(server, "bluethroat") == []
    assert standing(server, PRIVATE) == []


def _forget(server: Homeserver) -> None:
    assert standing(server, "bluethroat") != []
    server.post(server.rooms[CHAT], MIA, "!forget")


def _forgotten(server: Homeserver) -> None:
    _nothing_stands(server)
    assert said(server.rooms[NYC_ROOM], "took it back") == 1
    assert said(server.rooms[CHAT], "Done. I removed everything") == 1
    assert ME not in server.rooms[CHAT].joined


FORGET = Story("everything about me, now", KNOWN, before, (asks_in_nyc, _talk, _forget), _forgotten)


def _withdraw(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "!withdraw")


def _withdrawn(server: Homeserver) -> None:
    _nothing_stands(server)
    assert said(server.rooms[NYC_ROOM], "took it back") == 1
    assert said(server.rooms[CHAT], "It is taken back") == 1
    assert ME in server.rooms[CHAT].joined


def _asks_what_is_known(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "!whatdoyouknow")


def _told_in_counts(server: Homeserver) -> None:
    (told,) = (text for text in server.rooms[CHAT].texts(ME) if "What I keep about you" in text)
    assert "cases: 1 (" in told
    assert "bluethroat" not in told
    _withdraw(server)


WITHDRAW = Story(
    "withdrawn", KNOWN, before, (asks_in_nyc, _talk, _asks_what_is_known, _told_in_counts), _withdrawn
)


def _close(server: Homeserver) -> None:
    in_thread(server, SOL, "!close")


def _days(count: int) -> int:
    return count * DAY


def _six_days(server: Homeserver) -> None:
    server.at = Millis(server.at + _days(6) + 60_000)


def _warned(server: Homeserver) -> None:
    assert said(server.rooms[NYC_ROOM], "Tomorrow I remove everything") == 1
    in_thread(server, SOL, "!postpone")


def _is_kept_for_now(server: Homeserver) -> None:
    assert not card(server.rooms[NYC_ROOM]).removed
    _six_days(server)


def _gone_by_time(server: Homeserver) -> None:
    _nothing_stands(server)
    assert said(server.rooms[CHAT], "bluethroat") == 0


LAST_DAY = Story(
    "the last day of a case",
    KNOWN,
    before,
    (asks_in_nyc, _talk, _close, _six_days, _warned, _is_kept_for_now, _six_days, _six_days),
    _gone_by_time,
)


def _a_month(server: Homeserver) -> None:
    server.at = Millis(server.at + _days(29) + 60_000)


def _a_day(server: Homeserver) -> None:
    assert said(server.rooms[NYC_ROOM], "Tomorrow I remove everything") == 1
    server.at = Millis(server.at + _days(1) + 60_000)


def _gone_and_said(server: Homeserver) -> None:
    _nothing_stands(server)
    assert said(server.rooms[CHAT], "was open for a month") == 1
    assert said(server.rooms[CHAT], "bluethroat") == 0


EXPIRED = Story(
    "an open case that nobody closes", KNOWN, before, (asks_in_nyc, _talk, _a_month, _a_day), _gone_and_said
)


def _puts_the_bot_out(server: Homeserver) -> None:
    _talk(server)
    server.leave(server.rooms[NYC_ROOM], ME)


def _stands_and_is_said_to(server: Homeserver) -> None:
    assert standing(server, PRIVATE) == [NYC_ROOM]
    lies = ("taken back: I removed", "I removed everything I had passed on")
    assert [said(server.rooms[CHAT], lie) for lie in lies] == [0, 0]
    assert said(server.rooms[CHAT], "a room that I am no longer in") == 1


OUT_OF_REACH = tuple(
    Story(name, KNOWN, before, (asks_in_nyc, _puts_the_bot_out, act), _stands_and_is_said_to)
    for name, act in (("withdrawn out of reach", _withdraw), ("forgotten out of reach", _forget))
)

FORGET_STORIES = (FORGET, WITHDRAW, LAST_DAY, EXPIRED)
