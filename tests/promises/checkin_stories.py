"""Stories of check-ins: not answered, answered, and answered with the alarm word."""

from __future__ import annotations

from bot.core.model import Millis
from bot.core.spans import MINUTE
from tests.promises.crash import Story
from tests.promises.stories import (
    BOTH,
    CHAT,
    CHICAGO_ROOM,
    FALLBACK,
    LOBBY,
    MIA,
    NYC_ROOM,
    STEWARD,
    before,
    cards,
    said,
)
from tests.stage import knowledge
from tests.wire import Homeserver

KNOWN = knowledge(BOTH, FALLBACK)
LEFT = "room twelve at the bluethroat hotel"
WORD = "purple bluethroat"


def _begin(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, f"!checkin 90m #nyc {LEFT}")


def _nobody_knows(server: Homeserver) -> None:
    assert said(server.rooms[CHAT], "I will ask you in 90 minutes") == 1
    assert cards(server.rooms[NYC_ROOM]) == []
    server.at = Millis(server.at + 91 * MINUTE)


def _asked(server: Homeserver) -> None:
    assert said(server.rooms[CHAT], "Are you all right?") == 1
    assert cards(server.rooms[NYC_ROOM]) == []
    server.at = Millis(server.at + 11 * MINUTE)


def _called(server: Homeserver) -> None:
    assert len(cards(server.rooms[NYC_ROOM])) == 1
    assert said(server.rooms[NYC_ROOM], LEFT) == 1
    assert said(server.rooms[CHAT], "You did not answer, so supporters of New York City") == 1
    assert said(server.rooms[LOBBY], "bluethroat") == 0


MISSED = Story("a check-in nobody answers", KNOWN, before, (_begin, _nobody_knows, _asked), _called)


def _fine(server: Homeserver) -> None:
    assert said(server.rooms[CHAT], "Are you all right?") == 1
    server.post(server.rooms[CHAT], MIA, "!fine")


def _later(server: Homeserver) -> None:
    server.at = Millis(server.at + 60 * MINUTE)


def _left_alone(server: Homeserver) -> None:
    assert cards(server.rooms[NYC_ROOM]) == []
    assert said(server.rooms[CHAT], "Good to hear. Take care.") == 1
    assert said(server.rooms[CHAT], "You did not answer") == 0


ANSWERED = Story(
    "a check-in that is answered", KNOWN, before, (_begin, _nobody_knows, _fine, _later), _left_alone
)


def _word(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, f"!checkin word {WORD}")


def _has_to_say_so(server: Homeserver) -> None:
    chat = server.rooms[CHAT]
    assert [event.text for event in chat.events if WORD in event.text and not event.removed] == []
    server.post(chat, MIA, WORD)


def _called_unseen(server: Homeserver) -> None:
    """Its room, the neighbours, the fallback room and a steward: everybody but the chat."""
    for name in (NYC_ROOM, CHICAGO_ROOM, FALLBACK):
        assert len(cards(server.rooms[name])) == 1
    assert said(server.rooms[STEWARD], "Nobody has claimed") == 1
    assert server.rooms[CHAT].texts()[-1] == "Good to hear. Take care."
    assert said(server.rooms[FALLBACK], "alarm word") == said(server.rooms[FALLBACK], LEFT) == 1
    assert said(server.rooms[NYC_ROOM], "alarm word") == 1
    assert said(server.rooms[CHAT], "Good to hear. Take care.") == 1
    assert said(server.rooms[NYC_ROOM], LEFT) == 1
    assert said(server.rooms[CHAT], "upporters have") == said(server.rooms[CHAT], "You did not answer") == 0


ALARM = Story("an alarm word", KNOWN, before, (_begin, _word, _has_to_say_so, *3 * (_later,)), _called_unseen)

CHECKIN_STORIES = (MISSED, ANSWERED, ALARM)
