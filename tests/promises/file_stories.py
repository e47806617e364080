"""Stories of pictures and files: what goes along, what waits for a yes, and what comes back."""

from __future__ import annotations

from bot.core.model import AttachmentKind, EventId, RoomId, SupporterRoom, Unfit
from tests.promises.crash import Story
from tests.promises.stories import (
    CHAT,
    FALLBACK,
    LOBBY,
    MIA,
    NYC_ROOM,
    PRIVATE,
    SOL,
    before,
    nothing_leaked,
    said,
)
from tests.stage import NYC, knowledge
from tests.wire import ME, Homeserver, Room, Sent

KNOWN = knowledge((SupporterRoom(NYC_ROOM, (NYC,)),), FALLBACK)
PICTURE = "[cleaned picture: the bluethroat's door]"
VOICE = "[as_it_is voice: the bluethroat's voice]"


def card(room: Room) -> Sent:
    return next(event for event in room.events if event.text.startswith("Case "))


def _report(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, f"{PRIVATE} #nyc")


def shown_nowhere_else(server: Homeserver, words: str, *rooms: RoomId) -> None:
    for room in server.rooms.values():
        assert (said(room, words) == 0) is (room.id not in rooms), room.id


# -- a picture, and the supporter's picture back ------------------------------------------------------------


def _picture(server: Homeserver) -> None:
    server.attach(server.rooms[CHAT], MIA, "the bluethroat's door", words="this is where")


def _back(server: Homeserver) -> None:
    room = server.rooms[NYC_ROOM]
    server.attach(room, SOL, "the way in", words="!reply come here", thread=card(room).id)
    server.attach(room, SOL, "a cake for us", words="", thread=card(room).id)


def _both_have_pictures(server: Homeserver) -> None:
    nyc, chat = server.rooms[NYC_ROOM], server.rooms[CHAT]
    assert [event.thread for event in nyc.events if event.text == PICTURE] == [card(nyc).id]
    assert said(nyc, "this is where") == 1
    assert said(chat, "upporters have your picture") == 1
    shown_nowhere_else(server, PICTURE, NYC_ROOM)
    assert said(chat, "[cleaned picture: the way in]") == said(chat, "> come here") == 1
    shown_nowhere_else(server, "the way in", CHAT)
    shown_nowhere_else(server, "a cake for us")
    assert said(nyc, "The worker has it") == 1
    nothing_leaked(server)


PICTURES = Story("pictures both ways", KNOWN, before, (_report, _picture, _back), _both_have_pictures)


# -- a voice message ----------------------------------------------------------------------------------------


def _voice(server: Homeserver) -> None:
    server.attach(server.rooms[CHAT], MIA, "the bluethroat's voice", AttachmentKind.VOICE)


def _yes(server: Homeserver) -> None:
    shown_nowhere_else(server, "the bluethroat's voice")
    chat = server.rooms[CHAT]
    question = next(event for event in chat.events if "I have not passed on" in event.text)
    server.post(chat, MIA, "yes", reply_to=question.id)


def _voice_is_told(server: Homeserver) -> None:
    nyc, chat = server.rooms[NYC_ROOM], server.rooms[CHAT]
    told = [event for event in nyc.events if VOICE in event.text]
    assert [event.thread for event in told] == [card(nyc).id]
    assert "I could not take out what may be hidden in it" in told[0].text
    assert said(nyc, "the worker is asked first") == 1
    assert said(chat, "I have not passed on") == 1
    assert said(chat, "upporters have your file") == 1
    assert said(nyc, "> yes") == 0
    shown_nowhere_else(server, VOICE, NYC_ROOM)
    nothing_leaked(server)


VOICES = Story("a voice message after a yes", KNOWN, before, (_report, _voice, _yes), _voice_is_told)


# -- a picture that cannot be cleaned, posted in the open ---------------------------------------------------


def _heic(server: Homeserver) -> None:
    words = "#swsdanger #nyc look at this bluethroat"
    server.attach(server.rooms[LOBBY], MIA, "a raw one", words=words, unfit=Unfit.NOT_CLEANABLE)


def _send(server: Homeserver) -> None:
    shown_nowhere_else(server, "a raw one")
    server.post(server.rooms[CHAT], MIA, "!send")
    server.post(server.rooms[CHAT], MIA, "!send")


def _raw_is_told(server: Homeserver) -> None:
    nyc, chat = server.rooms[NYC_ROOM], server.rooms[CHAT]
    assert said(nyc, "[as_it_is picture: a raw one]") == 1
    assert said(nyc, "the worker is asked first") == 1
    assert said(chat, "Nothing of yours is waiting") == 1
    assert said(chat, "upporters have your file") == 1
    shown_nowhere_else(server, "a raw one", NYC_ROOM)
    lobby = [event.text for event in server.rooms[LOBBY].events if event.sender == ME]
    assert not any("picture" in text or "file" in text for text in lobby)


RAW = Story("what cannot be cleaned", KNOWN, before, (_heic, _send), _raw_is_told)


# -- words under pictures are changed, then pictures are taken back -----------------------------------------


def _two_pictures(server: Homeserver) -> None:
    chat, nyc = server.rooms[CHAT], server.rooms[NYC_ROOM]
    server.attach(chat, MIA, "a green door")
    server.attach(chat, MIA, "a bell", words="ring once")
    server.attach(nyc, SOL, "a map", words="!reply come by bus", thread=card(nyc).id)


def _attached(room: Room, person: str) -> list[EventId]:
    """What this person wrote before anything was changed, oldest first."""
    return [event.id for event in room.events if event.sender == person]


def _changes_the_words(server: Homeserver) -> None:
    chat, nyc = server.rooms[CHAT], server.rooms[NYC_ROOM]
    *_, door, bell = _attached(chat, MIA)
    server.attach(chat, MIA, "a green door", words="the bluethroat's own", edits=door)
    server.attach(chat, MIA, "a bell", words="ring twice", edits=bell)
    server.attach(nyc, SOL, "a map", words="!reply come by train", edits=_attached(nyc, SOL)[-1])


def _takes_back_pictures(server: Homeserver) -> None:
    chat, nyc = server.rooms[CHAT], server.rooms[NYC_ROOM]
    assert (said(nyc, "a green door]"), said(nyc, "bluethroat's own")) == (1, 1)
    assert (said(nyc, "a bell]"), said(nyc, "ring once"), said(nyc, "ring twice")) == (1, 0, 1)
    assert (said(chat, "a map]"), said(chat, "by bus"), said(chat, "by train")) == (1, 0, 1)
    server.delete(chat, MIA, _attached(chat, MIA)[-3])
    server.delete(nyc, SOL, _attached(nyc, SOL)[-2])


def _one_picture_is_left(server: Homeserver) -> None:
    chat, nyc = server.rooms[CHAT], server.rooms[NYC_ROOM]
    assert said(nyc, "a green door]") == said(nyc, "bluethroat's own") == 1
    for words in ("a bell]", "ring once", "ring twice"):
        shown_nowhere_else(server, words)
    assert said(chat, "a map]") == said(chat, "by train") == 0
    assert said(nyc, "Withdrawn in part") == said(nyc, "I removed it from the worker's chat too") == 1
    nothing_leaked(server)


CAPTIONS = Story(
    "words under pictures",
    KNOWN,
    before,
    (_report, _two_pictures, _changes_the_words, _takes_back_pictures),
    _one_picture_is_left,
)

# -- another picture in the place of one -----------------------------------------------------------------


def _wrong_pictures(server: Homeserver) -> None:
    chat, nyc = server.rooms[CHAT], server.rooms[NYC_ROOM]
    server.attach(chat, MIA, "my own face", words="look here")
    server.attach(nyc, SOL, "our own door", words="!reply come by bus", thread=card(nyc).id)


def _right_pictures(server: Homeserver) -> None:
    """One is put in the place of another, and one is so in the same breath."""
    chat, nyc = server.rooms[CHAT], server.rooms[NYC_ROOM]
    server.attach(chat, MIA, "a green door", words="look there", edits=_attached(chat, MIA)[-1])
    server.attach(nyc, SOL, "a map", words="!reply come by bus", edits=_attached(nyc, SOL)[-1])
    at_once = server.attach(chat, MIA, "my own hand")
    server.attach(chat, MIA, "a red bell", edits=at_once)


def _only_the_right_ones(server: Homeserver) -> None:
    chat, nyc = server.rooms[CHAT], server.rooms[NYC_ROOM]
    for shows in ("my own face", "my own hand", "our own door", "look here"):
        shown_nowhere_else(server, shows)
    assert said(nyc, "a green door]") == said(nyc, "a red bell]") == said(nyc, "look there") == 1
    assert said(chat, "a map]") == said(chat, "come by bus") == 1
    pictures = [e for e in nyc.events if "cleaned picture" in e.text]
    assert {event.thread for event in pictures} == {card(nyc).id}
    nothing_leaked(server)


REPLACED = Story(
    "another picture in the place of one",
    KNOWN,
    before,
    (_report, _wrong_pictures, _right_pictures),
    _only_the_right_ones,
)

FILE_STORIES = (PICTURES, VOICES, RAW, CAPTIONS, REPLACED)
