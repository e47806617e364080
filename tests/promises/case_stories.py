"""Stories of cases: claimed, answered, edited, taken back, closed, opened again."""

from __future__ import annotations

from bot.core.model import EventId
from tests.promises.crash import Story
from tests.promises.stories import (
    CHAT,
    CHICAGO_ROOM,
    FALLBACK,
    KIM,
    KNOWN,
    LOBBY,
    MIA,
    NYC_ROOM,
    PRIVATE,
    SOL,
    asks_in_nyc,
    before,
    cards,
    nothing_leaked,
    said,
    serial,
)
from tests.wire import ME, Homeserver, Room, Sent


def card(room: Room) -> Sent:
    """The card that stands there now."""
    return next(e for e in room.events if e.text.startswith("Case ") and not e.removed and e.edits is None)


def in_thread(server: Homeserver, person: str, words: str) -> EventId:
    nyc = server.rooms[NYC_ROOM]
    return server.post(nyc, person, words, thread=card(nyc).id)


def event_of(room: Room, person: str, words: str) -> EventId:
    return next(e.id for e in room.events if e.sender == person and words in e.text)


# -- two supporters claim, one answers and closes ----------------------


def _both_claim(server: Homeserver) -> None:
    nyc = server.rooms[NYC_ROOM]
    server.react(nyc, KIM, card(nyc).id)
    in_thread(server, SOL, "!claim")


def _answers(server: Homeserver) -> None:
    server.join(server.rooms[CHAT], MIA)
    in_thread(server, KIM, "!reply we sing along")


def _closes(server: Homeserver) -> None:
    in_thread(server, KIM, "!close")


def _one_has_it(server: Homeserver) -> None:
    nyc, chat = server.rooms[NYC_ROOM], server.rooms[CHAT]
    assert len(cards(nyc)) == 1
    assert "Closed" in cards(nyc)[0].splitlines()[0]
    assert said(nyc, f"{KIM} has") == 2  # that she has it, and to Sol that she has it already
    assert said(nyc, f"{KIM} has") - said(nyc, "already") == 1
    assert said(nyc, f"{SOL} has") == 0
    assert said(chat, "we sing along") == said(nyc, "The worker has it") == 1
    assert serial(chat, "we sing along") < serial(nyc, "The worker has it")
    assert said(chat, "Are you all right?") == 1
    for person in (SOL, KIM):
        assert person not in "\n".join(chat.texts())
    nothing_leaked(server)


CLAIMED = Story(
    "claimed, answered, closed", KNOWN, before, (asks_in_nyc, _both_claim, _answers, _closes), _one_has_it
)


# -- both sides change and take back what they said ----------------------


def _says_more(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "the bluethroat is at the station")
    server.post(server.rooms[CHAT], MIA, "the bluethroat wears green")
    in_thread(server, SOL, "!reply stay where you are")
    in_thread(server, SOL, "!reply my own number is 555")


def _changes(server: Homeserver) -> None:
    chat, nyc = server.rooms[CHAT], server.rooms[NYC_ROOM]
    server.post(chat, MIA, "the bluethroat is at the harbour", edits=event_of(chat, MIA, "station"))
    server.post(nyc, SOL, "!reply go inside", edits=event_of(nyc, SOL, "stay where"))


def _takes_back(server: Homeserver) -> None:
    chat, nyc = server.rooms[CHAT], server.rooms[NYC_ROOM]
    server.delete(chat, MIA, event_of(chat, MIA, "wears green"))
    server.delete(nyc, SOL, event_of(nyc, SOL, "my own number"))


def _both_sides_read_the_same(server: Homeserver) -> None:
    nyc, chat = server.rooms[NYC_ROOM], server.rooms[CHAT]
    assert (said(nyc, "harbour"), said(nyc, "station"), said(nyc, "wears green")) == (1, 0, 0)
    assert (said(chat, "go inside"), said(chat, "stay where"), said(chat, "my own number")) == (1, 0, 0)
    assert "Withdrawn in part" in cards(nyc)[0]
    assert PRIVATE in cards(nyc)[0]
    assert said(nyc, "I removed it from the worker's chat too") == 1
    assert not [e for e in nyc.events if e.sender == ME and "wears green" in e.text and not e.removed]
    assert not [e for e in chat.events if e.sender == ME and "my own number" in e.text and not e.removed]
    nothing_leaked(server)


TAKEN_BACK = Story(
    "changed and taken back",
    KNOWN,
    before,
    (asks_in_nyc, _says_more, _changes, _takes_back),
    _both_sides_read_the_same,
)


# -- the words on the card itself are taken back, the talk goes on, the case is closed and opened again --


def _takes_back_the_first(server: Homeserver) -> None:
    chat = server.rooms[CHAT]
    server.delete(chat, MIA, event_of(chat, MIA, PRIVATE))


def _sol_closes(server: Homeserver) -> None:
    in_thread(server, SOL, "!close")


def _is_back(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "the bluethroat is in trouble again")


def _card_without_words(server: Homeserver) -> None:
    nyc, chat = server.rooms[NYC_ROOM], server.rooms[CHAT]
    assert not [e for e in nyc.events if e.sender == ME and PRIVATE in e.text and not e.removed]
    (shown,) = cards(nyc)
    assert "took back what they wrote" in shown
    assert shown.splitlines()[0].endswith("Waiting")
    assert said(nyc, "in trouble again") == 1
    assert [e.thread for e in nyc.events if "in trouble again" in e.text] == [card(nyc).id]
    assert said(chat, "is open again") == 1
    nothing_leaked(server)


REOPENED = Story(
    "taken back, closed, opened again",
    KNOWN,
    before,
    (asks_in_nyc, _takes_back_the_first, _sol_closes, _is_back),
    _card_without_words,
)


# -- everything at once, before the bot had time for any of it ----------------------


def _all_at_once(server: Homeserver) -> None:
    chat = server.rooms[CHAT]
    first = server.post(chat, MIA, f"#nyc {PRIVATE}")
    second = server.post(chat, MIA, "and a green coat")
    server.post(chat, MIA, "and a red coat", edits=second)
    server.delete(chat, MIA, second)
    server.delete(chat, MIA, first)


def _nothing_of_it_stays(server: Homeserver) -> None:
    for name in (NYC_ROOM, CHICAGO_ROOM, FALLBACK, LOBBY):
        for event in server.rooms[name].events:
            taken = any(words in event.text for words in (PRIVATE, "green coat", "red coat"))
            assert event.sender != ME or event.removed or not taken


AT_ONCE = Story("taken back at once", KNOWN, before, (_all_at_once,), _nothing_of_it_stays)


# -- closed by one supporter, opened again by the other, with a note -----------------------------------------


def _noted_and_closed(server: Homeserver) -> None:
    in_thread(server, SOL, "!claim")
    in_thread(server, SOL, "!note the bluethroat sleeps till noon")
    in_thread(server, SOL, "!close")


def _too_late(server: Homeserver) -> None:
    in_thread(server, KIM, "!reply too late to say this")
    in_thread(server, KIM, "!reopen")


def _in_time(server: Homeserver) -> None:
    in_thread(server, KIM, "!claim")
    in_thread(server, KIM, "!reply we are back with you")


def _goes_on_with_the_note(server: Homeserver) -> None:
    nyc, chat = server.rooms[NYC_ROOM], server.rooms[CHAT]
    (shown,) = cards(nyc)
    assert shown.splitlines()[0].endswith(f"With {KIM}")
    assert "> the bluethroat sleeps till noon" in shown
    assert said(nyc, "Nothing was sent") == said(nyc, f"{KIM} opened") == 1
    assert said(chat, "is open again") == said(chat, "we are back with you") == 1
    assert said(chat, "too late") == said(chat, "till noon") == 0
    nothing_leaked(server)


OPENED_AGAIN = Story(
    "closed and opened again by supporters",
    KNOWN,
    before,
    (asks_in_nyc, _noted_and_closed, _too_late, _in_time),
    _goes_on_with_the_note,
)


# -- another team tries its hand at a case ---------------------------------------------------------------


def _from_another_room(server: Homeserver) -> None:
    in_thread(server, SOL, "!claim")
    theirs, chicago = card(server.rooms[NYC_ROOM]), server.rooms[CHICAGO_ROOM]
    name = theirs.text.split()[1].rstrip(":")
    for each in (name, "never-was"):
        for command in ("claim", "release", "close", "reopen"):
            server.post(chicago, KIM, f"!{command} {each}")
    server.post(chicago, KIM, "!reply hear me", thread=theirs.id)
    server.post(chicago, KIM, "!reply hear me")
    server.post(chicago, KIM, "hear me", reply_to=theirs.id)
    server.post(chicago, KIM, "!cases")


def _out_of_reach(server: Homeserver) -> None:
    nyc, chicago, chat = server.rooms[NYC_ROOM], server.rooms[CHICAGO_ROOM], server.rooms[CHAT]
    assert cards(nyc)[0].splitlines()[0].endswith(f"With {SOL}")
    # The same answer waits for nobody twice: there may be fewer of them than questions.
    _hello, *answers = chicago.texts()
    kinds = ("There is no open case here", "Nothing was sent", "No open case here")
    assert {kind for kind in kinds for text in answers if kind in text} == set(kinds)
    assert all(any(kind in text for kind in kinds) for text in answers)
    assert said(chat, "hear me") == said(nyc, "hear me") == 0
    assert said(chat, "upporters have closed") == 0
    nothing_leaked(server)


ELSEWHERE = Story("a case of another room", KNOWN, before, (asks_in_nyc, _from_another_room), _out_of_reach)


# -- a supporter takes back a reply while it is on its way ----------------------


def _replies_and_takes_it_back(server: Homeserver) -> None:
    reply = in_thread(server, SOL, "!reply my own number is 555")
    server.delete(server.rooms[NYC_ROOM], SOL, reply)


def _nobody_is_told_that_it_never_arrived(server: Homeserver) -> None:
    nyc, chat = server.rooms[NYC_ROOM], server.rooms[CHAT]
    assert said(chat, "my own number") == 0
    assert said(nyc, "Nothing was sent") == 0
    assert said(nyc, "I removed it from the worker's chat too") == 1


UNSAID = Story(
    "a reply taken back on its way",
    KNOWN,
    before,
    (asks_in_nyc, _replies_and_takes_it_back),
    _nobody_is_told_that_it_never_arrived,
)

CASE_STORIES = (CLAIMED, TAKEN_BACK, REOPENED, AT_ONCE, OPENED_AGAIN, ELSEWHERE, UNSAID)
