"""Stories of consent: told, kept to themselves, shared again; and what others may be warned of."""

from __future__ import annotations

from tests.promises.case_stories import in_thread
from tests.promises.crash import Story
from tests.promises.stories import CHAT, KNOWN, MIA, NYC_ROOM, SOL, asks_in_nyc, before, cards, said
from tests.wire import Homeserver


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
    (asks_in_nyc, _keeps_to_themselves, _goes_on_writing, _shares_again),
    _only_what_was_meant,
)


def _agrees_to_a_warning(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "!share alert")


def _thinks_better_of_it(server: Homeserver) -> None:
    assert said(server.rooms[NYC_ROOM], "agrees that others are warned") == 1
    server.post(server.rooms[CHAT], MIA, "!share supporters")
    server.post(server.rooms[CHAT], MIA, "the bluethroat was seen on Friday")


def _supporters_go_on_reading(server: Homeserver) -> None:
    nyc, chat = server.rooms[NYC_ROOM], server.rooms[CHAT]
    assert said(nyc, "no longer agrees") == 1
    assert said(nyc, "seen on Friday") == 1
    assert said(chat, "takes the second part back") == 1
    assert said(chat, "goes to supporters, and to nobody else") == 1


ALERT = Story(
    "agreed to a warning and thought better of it",
    KNOWN,
    before,
    (asks_in_nyc, _agrees_to_a_warning, _thinks_better_of_it),
    _supporters_go_on_reading,
)

CONSENT_STORIES = (CONSENT, ALERT)
