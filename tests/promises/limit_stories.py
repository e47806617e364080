"""Folded while the homeserver lets only a few through: ended anywhere, nobody misses their receipt."""

from __future__ import annotations

import re

from bot.core.model import Millis
from bot.ports import TryAgainLater
from tests.promises.crash import Story
from tests.promises.stories import BOTH, CHAT, FALLBACK, LOBBY, MIA, NYC_ROOM, before, cards, nothing_leaked
from tests.stage import knowledge
from tests.wire import ME, Homeserver, Room


def _asks_twice(server: Homeserver) -> None:
    """The second post is told while the limit holds back what is said about the first."""
    for call in ("say", "whisper"):
        server.fail(call, TryAgainLater("slow down", Millis(30_000)))
    for words in ("the wren", "the heron"):
        server.post(server.rooms[LOBBY], MIA, f"#swshelp #nyc {words}")


def _answers_are_lost(server: Homeserver) -> None:
    """One post is told between what was said of the other, unheard by us, and the next try of it."""
    server.fail("tell", TryAgainLater("no answer"), room=server.rooms[NYC_ROOM])
    for call in ("say", "whisper"):
        server.fail(call, TryAgainLater("no answer"), done_first=True)
    for words in ("the wren", "the heron"):
        server.post(server.rooms[LOBBY], MIA, f"#swshelp #nyc {words}")


def _last(room: Room, words: str) -> int:
    """When something was last said: events are numbered in the order they happened."""
    ids = [event.id for event in room.events if event.sender == ME and words in event.text]
    return max(int(re.sub(r"\D", "", id_)) for id_ in ids)


def _both_are_answered(server: Homeserver) -> None:
    nyc, chat, lobby = (server.rooms[name] for name in (NYC_ROOM, CHAT, LOBBY))
    assert len(cards(nyc)) == 2
    for room, words in ((chat, "upporters of New York City have what"), (lobby, "New York City have this")):
        assert 1 <= sum(words in text for text in room.texts()) <= 2
        assert _last(room, words) > _last(nyc, "Case ")
    nothing_leaked(server)


ASKS_TWICE = Story(
    "twice under a limit", knowledge(BOTH, FALLBACK), before, (_asks_twice,), _both_are_answered
)
LOST_ANSWERS = Story(
    "twice, and answers are lost", knowledge(BOTH, FALLBACK), before, (_answers_are_lost,), _both_are_answered
)
LIMIT_STORIES = (ASKS_TWICE, LOST_ANSWERS)
