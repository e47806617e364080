"""The main stories: what people do, and what must be true when the bot has come to rest."""

from __future__ import annotations

import re

from bot.core.model import History, JoinRule, Millis, RoomId, SupporterRoom
from bot.core.spans import MINUTE
from tests.promises.crash import Story
from tests.stage import CHICAGO, NYC, ROSA, Stage, knowledge
from tests.wire import ME, Homeserver, Room

MIA, ADA, SOL, KIM = "@mia:test", "@ada:test", "@sol:test", "@kim:test"
LOBBY, CHAT, STEWARD = RoomId("!lobby:test"), RoomId("!chat:test"), RoomId("!steward:test")
NYC_ROOM, CHICAGO_ROOM, FALLBACK = RoomId("!nyc:test"), RoomId("!chicago:test"), RoomId("!fallback:test")
NEW_ROOM = RoomId("!new:test")
BOTH = (SupporterRoom(NYC_ROOM, (NYC,)), SupporterRoom(CHICAGO_ROOM, (CHICAGO,)))
KNOWN = knowledge(BOTH, FALLBACK)

PRIVATE = "the bluethroat sings at 12 elm street, call 212-555-0117"


def before(server: Homeserver) -> None:
    """A community room, two supporter rooms and the fallback, a worker's private chat and a steward's."""
    server.room(LOBBY, MIA, ADA, admins=(ADA,), encrypted=False, join_rule=JoinRule.PUBLIC)
    for name in (NYC_ROOM, CHICAGO_ROOM, FALLBACK):
        room = server.room(name, SOL, KIM)
        server.join(room, ME)
    for name, person in ((CHAT, MIA), (STEWARD, ROSA)):
        server.invite_bot(server.room(name, person), person, direct=True)
    server.room(NEW_ROOM, SOL, ADA, admins=(ADA,))


async def begun(bot: Stage, server: Homeserver) -> None:
    """The bot has found these rooms and come to rest in them."""
    await bot.settle()
    before(server)
    await bot.settle()


def asks_in_nyc(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, f"#nyc {PRIVATE}")


def cards(room: Room) -> list[str]:
    return [text for text in room.texts() if text.startswith("Case ")]


def said(room: Room, words: str) -> int:
    return sum(words in text for text in room.texts())


def serial(room: Room, words: str) -> int:
    """When something was first said: events are numbered in the order they happened."""
    ids = [event.id for event in room.events if event.sender == ME and words in event.text]
    return min(int(re.sub(r"\D", "", id_)) for id_ in ids)


def nothing_leaked(server: Homeserver, words: str = PRIVATE) -> None:
    """Nobody but supporters and the worker can read the words, and what supporters read names nobody."""
    for room in server.rooms.values():
        readers = room.joined | room.invited
        for event in room.events:
            if event.sender == ME and words in event.text:
                assert room.id in (NYC_ROOM, CHICAGO_ROOM, FALLBACK) or readers == {ME, MIA}
    for name in (NYC_ROOM, CHICAGO_ROOM, FALLBACK):
        text = "\n".join(server.rooms[name].texts())
        for secret in (MIA, LOBBY, CHAT, "$event"):
            assert secret not in text


# -- doxxed ---------------------------------------------------------------------------------------------


def _doxxed(server: Homeserver) -> None:
    server.post(server.rooms[LOBBY], MIA, f"#swsdoxx #nyc {PRIVATE}")


def _doxx_is_handled(server: Homeserver) -> None:
    lobby, nyc, chat = server.rooms[LOBBY], server.rooms[NYC_ROOM], server.rooms[CHAT]
    assert len(cards(nyc)) == 1
    assert PRIVATE in cards(nyc)[0]
    assert cards(server.rooms[CHICAGO_ROOM]) == cards(server.rooms[FALLBACK]) == []
    assert [event.removed for event in lobby.events if event.sender == MIA] == [True]
    assert len(lobby.texts()) == said(lobby, "being doxxed") == 1
    assert said(chat, "upporters of New York City have") == 1
    card = serial(nyc, "Case ")
    assert card < serial(chat, "upporters of New York City have")
    assert card < serial(lobby, "being doxxed")
    nothing_leaked(server)


DOXXED = Story("doxxed", KNOWN, before, (_doxxed,), _doxx_is_handled)


# -- a private report ------------------------------------------------------------------------------------


def _report(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, PRIVATE)


def _more(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "and the bluethroat saw a red car")


def _report_is_handled(server: Homeserver) -> None:
    fallback, chat, lobby = server.rooms[FALLBACK], server.rooms[CHAT], server.rooms[LOBBY]
    assert len(cards(fallback)) == 1
    assert PRIVATE in cards(fallback)[0]
    assert said(fallback, "and the bluethroat saw a red car") == 1
    root = next(event for event in fallback.events if event.text.startswith("Case "))
    assert [event.thread for event in fallback.events if "red car" in event.text] == [root.id]
    assert said(chat, "upporters have what you wrote") == 1
    assert serial(fallback, "Case ") < serial(chat, "upporters have what you wrote")
    assert lobby.texts() == []
    nothing_leaked(server)


REPORT = Story("private report", KNOWN, before, (_report, _more), _report_is_handled)


# -- an unsafe room --------------------------------------------------------------------------------------


def _open_book(server: Homeserver) -> None:
    server.rooms[NYC_ROOM].history = History.SHARED
    _doxxed(server)


def _mended(server: Homeserver) -> None:
    room = server.rooms[NYC_ROOM]
    assert cards(room) == []
    assert said(server.rooms[CHAT], "no supporter has it yet") == 1
    assert said(server.rooms[CHAT], "upporters of New York City have") == 0
    assert said(server.rooms[LOBBY], "upporters are on it") == 0
    room.history = History.JOINED
    server.join(room, KIM)


def _held_is_told(server: Homeserver) -> None:
    nyc, chat, steward = server.rooms[NYC_ROOM], server.rooms[CHAT], server.rooms[STEWARD]
    assert len(cards(nyc)) == 1
    name = re.search(r"Case ([a-z]+-[a-z]+)", cards(nyc)[0])
    assert name is not None
    assert said(steward, f"Nobody has {name[1]}") == 1
    assert PRIVATE not in "\n".join(steward.texts())
    lobby = server.rooms[LOBBY]
    assert said(lobby, "being doxxed") >= 1
    assert said(chat, "supporters of New York City have") == 1
    assert serial(nyc, "Case ") < serial(chat, "supporters of New York City have")
    nothing_leaked(server)


UNSAFE = Story("unsafe room", knowledge(BOTH[:1]), before, (_open_book, _mended), _held_is_told)


# -- help, in two cities ----------------------------------------------------------------------------------


def _help(server: Homeserver) -> None:
    server.post(server.rooms[LOBBY], MIA, f"#swshelp #nyc #chicago {PRIVATE}")


def _help_is_handled(server: Homeserver) -> None:
    lobby, chat = server.rooms[LOBBY], server.rooms[CHAT]
    for name in (NYC_ROOM, CHICAGO_ROOM):
        assert len(cards(server.rooms[name])) == 1
        assert serial(server.rooms[name], "Case ") < serial(chat, "have what you wrote")
        assert serial(server.rooms[name], "Case ") < serial(lobby, "have this")
    assert said(lobby, "New York City") == 1
    assert said(chat, "have what you wrote") == 1
    nothing_leaked(server)


HELP = Story("help in two cities", KNOWN, before, (_help,), _help_is_handled)


# -- a new supporter room ---------------------------------------------------------------------------------


def _serve(server: Homeserver) -> None:
    server.post(server.rooms[NEW_ROOM], ADA, "!serve boston")


def _confirm(server: Homeserver) -> None:
    chat = server.rooms[STEWARD]
    code = re.search(r"!confirm ([a-z]+-[a-z]+)", "\n".join(chat.texts()))
    assert code is not None
    server.post(chat, ROSA, f"!confirm {code[1]}")


def _boston_asks(server: Homeserver) -> None:
    server.post(server.rooms[LOBBY], MIA, f"#swshelp #boston {PRIVATE}")


def _boston_is_served(server: Homeserver) -> None:
    assert len(cards(server.rooms[NEW_ROOM])) == 1
    assert cards(server.rooms[FALLBACK]) == []
    assert said(server.rooms[STEWARD], "!confirm") == 1


SERVE = Story(
    "a new supporter room",
    KNOWN,
    before,
    (_serve, _confirm, _boston_asks),
    _boston_is_served,
)


# -- a case that nobody claims -----------------------------------------------------------------------------


def _waits(server: Homeserver) -> None:
    server.at = Millis(server.at + 11 * MINUTE)


def _claims_in_fallback(server: Homeserver) -> None:
    room = server.rooms[FALLBACK]
    card = next(event for event in room.events if event.text.startswith("Case "))
    server.post(room, SOL, "!claim", thread=card.id)


def _everybody_was_asked_once(server: Homeserver) -> None:
    nyc, chicago, fallback = (server.rooms[name] for name in (NYC_ROOM, CHICAGO_ROOM, FALLBACK))
    assert [len(cards(room)) for room in (nyc, chicago, fallback)] == [1, 1, 1]
    assert said(nyc, "Can one of you take it?") == 1
    assert said(nyc, "so supporters of Chicago have it now") == 1
    assert said(chicago, "the fallback team has it now") == 1
    assert said(server.rooms[STEWARD], "Nobody has claimed") == 1
    assert said(server.rooms[CHAT], "I asked supporters of Chicago too") == 1
    assert said(server.rooms[CHAT], "I asked the fallback team too") == 1
    assert sum(said(room, "Can one of you take it?") for room in (chicago, fallback)) == 0
    for room in (nyc, chicago):
        (card,) = cards(room)
        assert card.splitlines()[0].endswith("Went on")
        assert "It is with the fallback team now" in card
        assert PRIVATE not in card
    nothing_leaked(server)


UNCLAIMED = Story(
    "a case that nobody claims",
    KNOWN,
    before,
    (asks_in_nyc, _waits, _waits, _waits, _claims_in_fallback, _waits, _waits),
    _everybody_was_asked_once,
)

# -- a case that its own team takes after others were asked --------------------------------------------------


def _claims_where_it_was(server: Homeserver) -> None:
    nyc = server.rooms[NYC_ROOM]
    card = next(event for event in nyc.events if event.text.startswith("Case "))
    shown = next(text for text in nyc.texts() if text.startswith("Case "))
    assert shown.splitlines()[0].endswith("Went on")
    assert PRIVATE in shown
    assert "I asked supporters of Chicago too" in shown
    server.react(nyc, SOL, card.id)
    server.post(server.rooms[CHICAGO_ROOM], KIM, "!cases")


def _one_team_has_it(server: Homeserver) -> None:
    nyc, chicago = server.rooms[NYC_ROOM], server.rooms[CHICAGO_ROOM]
    assert [len(cards(room)) for room in (nyc, chicago, server.rooms[FALLBACK])] == [1, 1, 0]
    assert cards(nyc)[0].splitlines()[0].endswith(f"With {SOL}")
    assert PRIVATE in cards(nyc)[0]
    assert "It is with supporters of New York City now" in cards(chicago)[0]
    assert PRIVATE not in cards(chicago)[0]
    assert said(nyc, f"{SOL} has") == said(chicago, "was claimed where it came from") == 1
    assert SOL not in "\n".join(chicago.texts())
    assert said(server.rooms[STEWARD], "Nobody has claimed") == 0
    nothing_leaked(server)


TAKEN_AFTER_ALL = Story(
    "taken where it was first",
    KNOWN,
    before,
    (asks_in_nyc, _waits, _waits, _claims_where_it_was, _waits, _waits),
    _one_team_has_it,
)

# -- a case that turns urgent by what its worker says later --------------------------------------------------


def _in_danger(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "the bluethroat is at my door, help now")


def _four_minutes(server: Homeserver) -> None:
    server.at = Millis(server.at + 4 * MINUTE)


def _pressed_as_an_urgent_one(server: Homeserver) -> None:
    nyc, chicago = server.rooms[NYC_ROOM], server.rooms[CHICAGO_ROOM]
    assert ["Urgent" in card for room in (nyc, chicago) for card in cards(room)] == [True, True]
    assert said(nyc, "at my door") == said(nyc, "now sounds urgent") == 1
    assert said(nyc, "Can one of you take it?") == 1
    nothing_leaked(server)


TURNED = Story(
    "a case that turns urgent",
    KNOWN,
    before,
    (asks_in_nyc, _in_danger, _four_minutes, _four_minutes),
    _pressed_as_an_urgent_one,
)

# -- closed, and then the worker is in danger ---------------------------------------------------------------


def _closes(server: Homeserver) -> None:
    nyc = server.rooms[NYC_ROOM]
    card = next(event for event in nyc.events if event.text.startswith("Case "))
    server.post(nyc, SOL, "!close", thread=card.id)


def _open_and_pressed(server: Homeserver) -> None:
    nyc, chat = server.rooms[NYC_ROOM], server.rooms[CHAT]
    assert cards(nyc)[0].splitlines()[0].endswith("Urgent. Waiting")
    assert said(nyc, "at my door") == said(nyc, "now sounds urgent") == 1
    assert said(chat, "is open again") == said(nyc, "Can one of you take it?") == 1
    nothing_leaked(server)


BACK_IN_DANGER = Story(
    "closed, and then in danger",
    KNOWN,
    before,
    (asks_in_nyc, _closes, _in_danger, _four_minutes),
    _open_and_pressed,
)


# -- the city is put right by an edit ------------------------------------------------------------------------


def _mistypes_the_city(server: Homeserver) -> None:
    server.post(server.rooms[LOBBY], MIA, f"#swshelp #chicagoo {PRIVATE}")


def _puts_it_right(server: Homeserver) -> None:
    lobby = server.rooms[LOBBY]
    post = next(event for event in lobby.events if event.sender == MIA)
    server.post(lobby, MIA, f"#swshelp #chicago {PRIVATE}", edits=post.id)


def _with_the_right_team(server: Homeserver) -> None:
    chicago, fallback, chat = (server.rooms[room] for room in (CHICAGO_ROOM, FALLBACK, CHAT))
    assert [len(cards(room)) for room in (chicago, fallback)] == [1, 1]
    assert (said(chicago, PRIVATE), said(fallback, PRIVATE)) == (1, 0)
    assert "It is with supporters of Chicago now" in cards(fallback)[0]
    assert said(chat, "supporters of Chicago have what you wrote now") == 1
    nothing_leaked(server)


CORRECTED = Story(
    "the city is put right by an edit",
    KNOWN,
    before,
    (_mistypes_the_city, _puts_it_right),
    _with_the_right_team,
)

STORIES = (
    *(DOXXED, REPORT, UNSAFE, HELP, SERVE, UNCLAIMED, TAKEN_AFTER_ALL, TURNED, BACK_IN_DANGER),
    CORRECTED,
)
