"""Stories of workers who are not as we expect: another language, a second phone, no wish for a bot."""

from __future__ import annotations

from bot.core.model import Trust
from tests.promises.case_stories import card, in_thread
from tests.promises.crash import Story
from tests.promises.stories import (
    ADA,
    BOTH,
    CHAT,
    FALLBACK,
    KIM,
    LOBBY,
    MIA,
    NYC_ROOM,
    SOL,
    asks_in_nyc,
    before,
    cards,
    nothing_leaked,
    said,
)
from tests.stage import knowledge
from tests.wire import ME, Homeserver

KNOWN = knowledge(BOTH, FALLBACK)

# -- two languages in one case, and a third reader --------------------------------------------------------


def _asks_in_spanish(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "!language es")
    server.post(server.rooms[CHAT], MIA, "#nyc el bluethroat necesita un lugar")


def _replied_to(server: Homeserver) -> None:
    in_thread(server, SOL, "!claim")
    in_thread(server, SOL, "!reply hay una cama")
    server.post(server.rooms[LOBBY], ADA, "#swshelp #nyc me too, in English")


def _changes_over(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "!language en")
    in_thread(server, SOL, "!close")


def _each_in_their_own(server: Homeserver) -> None:
    nyc, chat, lobby = server.rooms[NYC_ROOM], server.rooms[CHAT], server.rooms[LOBBY]
    assert [each.startswith("Case ") for each in cards(nyc)] == [True, True]
    assert said(chat, "Aquí hablo español") == said(chat, "I speak English here") == 1
    assert said(chat, "Las personas de apoyo de New York City ya tienen lo que escribiste") == 1
    assert said(chat, "Una persona de apoyo escribe") == said(chat, "> hay una cama") == 1
    assert said(chat, "Are you all right?") == 1
    assert said(lobby, "Supporters of New York City have this") == 1
    assert "upporters of New York City have what you wrote" in server.heard_privately(ADA)
    assert "personas de apoyo" not in server.heard_privately(ADA)
    assert said(nyc, "The worker has it") == 1
    nothing_leaked(server, "bluethroat")


LANGUAGES = Story(
    "two languages", KNOWN, before, (_asks_in_spanish, _replied_to, _changes_over), _each_in_their_own
)


# -- the bot is put out of the chat, and replied to all the same -----------------------------------------


def _puts_the_bot_out(server: Homeserver) -> None:
    server.leave(server.rooms[CHAT], ME)


def _replied_to_twice(server: Homeserver) -> None:
    in_thread(server, SOL, "!reply whenever you like")
    in_thread(server, KIM, "!reply no hurry")


def _an_invitation_and_no_more(server: Homeserver) -> None:
    nyc = server.rooms[NYC_ROOM]
    (new,) = server.private_chats(MIA)
    assert (MIA in new.invited, MIA in new.joined) == (True, False)
    assert said(new, "whenever you like") == said(new, "no hurry") == 1
    assert said(server.rooms[CHAT], "whenever you like") == said(server.rooms[CHAT], "no hurry") == 0
    assert said(nyc, "they have not come into that chat yet") == 2
    assert said(nyc, "The worker has it") == 0
    nothing_leaked(server)


PUT_OUT = Story(
    "the bot is put out",
    KNOWN,
    before,
    (asks_in_nyc, _puts_the_bot_out, _replied_to_twice),
    _an_invitation_and_no_more,
)


# -- a second phone that nobody signed yet ----------------------------------------------------------------


def _from_another_phone(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "the bluethroat's other phone", trust=Trust.UNSIGNED)
    server.post(server.rooms[CHAT], MIA, "not her at all", trust=Trust.UNBOUND)


def _from_the_first(server: Homeserver) -> None:
    in_thread(server, SOL, "!reply we hear both")
    server.post(server.rooms[CHAT], MIA, "and the first one again")


def _one_case(server: Homeserver) -> None:
    nyc, chat = server.rooms[NYC_ROOM], server.rooms[CHAT]
    assert len(cards(nyc)) == 1
    for words in ("bluethroat's other phone", "and the first one again"):
        assert [event.thread for event in nyc.events if words in event.text] == [card(nyc).id]
    assert said(nyc, "not her at all") == 0
    assert said(chat, "we hear both") == said(nyc, "The worker has it") == 1
    nothing_leaked(server)


TWO_PHONES = Story(
    "two phones", KNOWN, before, (asks_in_nyc, _from_another_phone, _from_the_first), _one_case
)

WORKER_STORIES = (LANGUAGES, PUT_OUT, TWO_PHONES)
