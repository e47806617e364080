"""A story of consent: told, then kept to themselves, then shared again."""

from __future__ import annotations

from tests.promises.case_stories import _asks, in_thread
from tests.promises.crash import Story
from tests.promises.stories import BOTH, CHAT, FALLBACK, MIA, NYC_ROOM, SOL, before, cards, said
from tests.stage import knowledge
from tests.wire import Homeserver

KNOWN = knowledge(BOTH, FALLBACK)


def _keeps_to_themselves(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "!share nobody")


def _goes_on_writing(server: Homeserver) -> None:
    assert said(server.rooms[NYC_ROOM], "asked for a pause") == 1
    server.post(server.rooms[CHAT], MIA, "just for you, the bluethroat is blue")
    in_thread(server, SOL, "!reply we are here")


def _shares_again(server: Homeserver) -> None:
    assert said(server.rooms[CHAT], "As you wished, nobody reads this") == 1
    assert said(server.rooms[CHAT], "we are here") == 1
    server.post(server.rooms[CHAT], MIA, "!share supporters")
    server.post(server.rooms[CHAT], MIA, "the bluethroat is back")


def _only_what_was_meant(server: Homeserver) -> None:
    nyc = server.rooms[NYC_ROOM]
    assert len(cards(nyc)) == 1
    assert said(nyc, "bluethroat is blue") == 0
    assert said(nyc, "bluethroat is back") == 1
    assert said(nyc, "is sharing again") == 1


CONSENT = Story(
    "kept to themselves for a while",
    KNOWN,
    before,
    (_asks, _keeps_to_themselves, _goes_on_writing, _shares_again),
    _only_what_was_meant,
)
CONSENT_STORIES = (CONSENT,)
