"""A story of a shift: somebody is available, hands a hard case over, and it is closed."""

from __future__ import annotations

from tests.promises.case_stories import in_thread
from tests.promises.crash import Story
from tests.promises.stories import BOTH, CHAT, FALLBACK, KIM, MIA, NYC_ROOM, SOL, before, said
from tests.stage import knowledge
from tests.wire import Homeserver

KNOWN = knowledge(BOTH, FALLBACK)


def _available(server: Homeserver) -> None:
    server.post(server.rooms[NYC_ROOM], SOL, "!available es")
    server.post(server.rooms[CHAT], MIA, "#swsdanger #nyc the bluethroat sings")


def _asks_how_many(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "!supporters nyc")
    in_thread(server, SOL, "!claim")


def _hands_over(server: Homeserver) -> None:
    assert said(server.rooms[CHAT], "Supporters of New York City who are available now: 1.") == 1
    in_thread(server, SOL, f"!handoff {KIM}")
    server.post(server.rooms[NYC_ROOM], SOL, "!away")
    in_thread(server, SOL, "!snippets danger")
    server.post(server.rooms[CHAT], MIA, f"!who {SOL}")


def _closes(server: Homeserver) -> None:
    in_thread(server, KIM, "!close")
    server.post(server.rooms[CHAT], MIA, "!supporters nyc")


def _cared_for(server: Homeserver) -> None:
    nyc, chat = server.rooms[NYC_ROOM], server.rooms[CHAT]
    assert said(nyc, "For whoever takes over") == 1
    assert said(nyc, "That was a hard one") == 1
    assert said(nyc, "Are you somewhere safe right now?") == said(chat, "I never say who they are") == 1
    assert said(chat, "No supporter of New York City has said that they are available") == 1
    assert said(chat, SOL) == said(chat, KIM) == 0


SHIFT = Story("a shift", KNOWN, before, (_available, _asks_how_many, _hands_over, _closes), _cared_for)
SHIFT_STORIES = (SHIFT,)
