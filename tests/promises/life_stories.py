"""Stories of what else happens in the life of a case: people leave and come back, hand back, fall silent."""

from __future__ import annotations

from bot.core.model import Millis
from bot.core.spans import DAY, MINUTE
from tests.promises.case_stories import card, event_of, in_thread
from tests.promises.crash import Story
from tests.promises.stories import (
    CHAT,
    CHICAGO_ROOM,
    FALLBACK,
    KIM,
    KNOWN,
    MIA,
    NYC_ROOM,
    PRIVATE,
    SOL,
    asks_in_nyc,
    before,
    cards,
    nothing_leaked,
    said,
)
from tests.wire import ME, Homeserver, Room

HOURS = 60 * MINUTE


def _time(server: Homeserver, length: int) -> None:
    server.at = Millis(server.at + length)


def first_line(room: Room) -> str:
    (shown,) = cards(room)
    return shown.splitlines()[0]


# -- the worker leaves the chat, is replied to, declines, is replied to again, and comes back after a week ---


def _new_chat(server: Homeserver) -> Room:
    (chat,) = server.private_chats(MIA)
    return chat


def _leaves(server: Homeserver) -> None:
    in_thread(server, SOL, "!claim")
    server.leave(server.rooms[CHAT], MIA)


def _is_replied_to(server: Homeserver) -> None:
    assert ME not in server.rooms[CHAT].joined
    in_thread(server, SOL, "!reply we have a bed for you")


def _declines(server: Homeserver) -> None:
    assert said(_new_chat(server), "we have a bed for you") == 1
    server.leave(_new_chat(server), MIA)


def _is_replied_to_again(server: Homeserver) -> None:
    assert server.private_chats(MIA) == []
    in_thread(server, SOL, "!reply the bed is still free")


def _is_back_after_a_week(server: Homeserver) -> None:
    _time(server, 7 * DAY)
    chat = _new_chat(server)
    server.join(chat, MIA)
    server.post(chat, MIA, "the bluethroat would like that bed")


def _is_heard(server: Homeserver) -> None:
    nyc, chat = server.rooms[NYC_ROOM], _new_chat(server)
    assert (said(chat, "still free"), said(chat, "we have a bed"), said(chat, "upporters have this too")) == (
        1,
        0,
        1,
    )
    assert said(server.rooms[CHAT], "bed") == 0
    assert said(nyc, "has left the private chat") == said(nyc, "they have not come into that chat yet") == 2
    told = [event for event in nyc.events if "would like that bed" in event.text]
    assert [event.thread for event in told] == [card(nyc).id]
    nothing_leaked(server)


COMES_BACK = Story(
    "left, replied to, back after a week",
    KNOWN,
    before,
    (asks_in_nyc, _leaves, _is_replied_to, _declines, _is_replied_to_again, _is_back_after_a_week),
    _is_heard,
)


# -- two open cases of one person ----------------------------------------------------------------------------


def _asks_elsewhere(server: Homeserver) -> None:
    _time(server, MINUTE)
    server.post(server.rooms[CHAT], MIA, "#swsharassment #chicago the bluethroat is followed")


def _both_reply(server: Homeserver) -> None:
    in_thread(server, SOL, "!reply this is about the street")
    chicago = server.rooms[CHICAGO_ROOM]
    server.post(chicago, KIM, "!reply this is about the follower", thread=card(chicago).id)


def _answers_both(server: Homeserver) -> None:
    chat = server.rooms[CHAT]
    server.post(chat, MIA, "yes, that street", reply_to=event_of(chat, ME, "about the street"))
    server.post(chat, MIA, "he has a red hat")


def _takes_one_back(server: Homeserver) -> None:
    chat = server.rooms[CHAT]
    server.post(chat, MIA, "!withdraw", reply_to=event_of(chat, ME, "about the follower"))


def _the_other_stays(server: Homeserver) -> None:
    nyc, chicago, chat = (server.rooms[name] for name in (NYC_ROOM, CHICAGO_ROOM, CHAT))
    assert (said(nyc, "yes, that street"), said(nyc, "red hat")) == (1, 0)
    assert PRIVATE in cards(nyc)[0]
    assert cards(chicago) == []
    for words in ("is followed", "that street", "red hat", "the follower"):
        assert said(chicago, words) == said(chat, words) == 0
    assert said(chat, "about the street") == said(chat, "It is taken back") == 1
    assert said(chicago, "took it back") == 1
    nothing_leaked(server)


TWO_CASES = Story(
    "two open cases",
    KNOWN,
    before,
    (asks_in_nyc, _asks_elsewhere, _both_reply, _answers_both, _takes_one_back),
    _the_other_stays,
)


# -- a private chat that is not encrypted --------------------------------------------------------------------


def _plain(server: Homeserver) -> None:
    before(server)
    server.rooms[CHAT].encrypted = False


def _goes_on_in_the_new_chat(server: Homeserver) -> None:
    chat = _new_chat(server)
    server.join(chat, MIA)
    server.post(chat, MIA, "the bluethroat is upstairs")


def _the_plain_chat_knows_nothing(server: Homeserver) -> None:
    nyc, plain, chat = server.rooms[NYC_ROOM], server.rooms[CHAT], _new_chat(server)
    assert (len(cards(nyc)), said(nyc, "is upstairs")) == (1, 1)
    assert said(plain, "not encrypted") == 1
    assert said(plain, "upporters of New York City") == 0
    assert said(chat, "upporters of New York City have") == said(chat, "upporters have this too") == 1
    nothing_leaked(server)


PLAIN = Story(
    "a private chat that is not encrypted",
    KNOWN,
    _plain,
    (asks_in_nyc, _goes_on_in_the_new_chat),
    _the_plain_chat_knows_nothing,
)


# -- given back, left behind, and nothing heard of: it waits for somebody again each time --------------------


def _claimed_and_given_back(server: Homeserver) -> None:
    in_thread(server, SOL, "!claim")
    in_thread(server, SOL, "!release")
    server.post(server.rooms[NYC_ROOM], SOL, "!cases waiting")


def _claimer_leaves(server: Homeserver) -> None:
    nyc = server.rooms[NYC_ROOM]
    assert first_line(nyc).endswith("Waiting")
    server.react(nyc, KIM, card(nyc).id)
    server.leave(nyc, KIM)


def _claimed_again(server: Homeserver) -> None:
    assert first_line(server.rooms[NYC_ROOM]).endswith("Waiting")
    in_thread(server, SOL, "!claim")
    server.post(server.rooms[NYC_ROOM], SOL, "!cases mine")


def _half_a_day(server: Homeserver) -> None:
    assert first_line(server.rooms[NYC_ROOM]).endswith(f"With {SOL}")
    _time(server, 12 * HOURS + MINUTE)


def _still_half_a_day(server: Homeserver) -> None:
    in_thread(server, SOL, "!claim")
    _time(server, MINUTE)


def _waits_each_time(server: Homeserver) -> None:
    nyc, chat = server.rooms[NYC_ROOM], server.rooms[CHAT]
    assert first_line(nyc).endswith(f"With {SOL}")
    assert said(nyc, f"{SOL} has given") == said(nyc, f"{KIM} is no longer here") == 1
    assert said(nyc, f"Nothing was heard of {SOL}") == 1
    assert said(nyc, f"{SOL} has ") - said(nyc, "has given") == 3
    assert said(nyc, "Waits for somebody") == said(nyc, f"With {SOL}, ") == 1
    assert said(nyc, "Can one of you take it?") == 0
    assert said(chat, SOL) == said(chat, KIM) == 0
    nothing_leaked(server)


GIVEN_BACK = Story(
    "given back, left, fallen silent",
    KNOWN,
    before,
    (asks_in_nyc, _claimed_and_given_back, _claimer_leaves, _claimed_again, _half_a_day, _still_half_a_day),
    _waits_each_time,
)

# -- the supporter room is upgraded, and the worker writes more ----------------------------------------------


def _claimed_then_upgraded(server: Homeserver) -> None:
    in_thread(server, SOL, "!claim")
    server.change(server.rooms[NYC_ROOM], replaced=True)


def _writes_more(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "the bluethroat is cold")


def _upgraded_and_more_at_once(server: Homeserver) -> None:
    """The words may be on their way before anybody knows that the room is another."""
    server.rooms[NYC_ROOM].replaced = True
    _writes_more(server)


def _others_have_it(server: Homeserver) -> None:
    nyc, fallback, chat = server.rooms[NYC_ROOM], server.rooms[FALLBACK], server.rooms[CHAT]
    assert (said(nyc, PRIVATE), said(nyc, "is cold")) == (1, 0)
    assert (said(fallback, PRIVATE), said(fallback, "is cold")) == (1, 1)
    assert "Waiting" in first_line(fallback)
    told = [event for event in fallback.events if "is cold" in event.text]
    assert [event.thread for event in told] == [card(fallback).id]
    assert said(chat, "upporters have this too") == 1
    nothing_leaked(server)


UPGRADED = Story(
    "the room of a claimed case is upgraded",
    KNOWN,
    before,
    (asks_in_nyc, _claimed_then_upgraded, _writes_more),
    _others_have_it,
)
UPGRADED_UNSEEN = Story(
    "further words find the room upgraded",
    KNOWN,
    before,
    (asks_in_nyc, _upgraded_and_more_at_once),
    _others_have_it,
)

LIFE_STORIES = (COMES_BACK, TWO_CASES, PLAIN, GIVEN_BACK, UPGRADED, UPGRADED_UNSEEN)
