"""We promise that every deed is done as it was decided, once, and that what cannot be done is said."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.effects import JoinRoom, LeaveRoom, RemoveOriginal, RepairRoom, SayInRoom, WhisperInRoom
from bot.core.model import EventId, History, JoinRule, RoomId, Unsafe
from bot.core.phrases import Line, Phrase
from bot.core.results import Done, Refused, Why
from bot.ports import Forbidden, Gone, TryAgainLater
from tests.loops.scripted import CASE, KIM, MIA, SOL, Set, tell
from tests.wire import ME

HELLO = (Line(Phrase.RECEIPT_SOMEWHERE),)


async def test_words_for_everybody_are_said_in_the_room(here: Set) -> None:
    await here.do(SayInRoom(here.lobby.id, HELLO))
    [event] = [event for event in here.lobby.events if event.sender == ME]
    assert here.script.outcomes() == [(Done(event.id, here.lobby.id),)]


async def test_a_post_is_removed(here: Set) -> None:
    event = here.server.post(here.lobby, MIA, "too much")
    await here.do(RemoveOriginal(here.lobby.id, event))
    assert here.lobby.event(event).removed
    assert here.script.outcomes() == [(Done(room=here.lobby.id),)]


async def test_a_post_that_may_not_be_removed_is_reported_as_such(here: Set) -> None:
    here.lobby.may_remove = False
    event = here.server.post(here.lobby, MIA, "too much")
    await here.do(RemoveOriginal(here.lobby.id, event))
    assert here.script.outcomes() == [(Refused(Why.FORBIDDEN),)]


async def test_names_are_whispered_only_where_a_case_could_be_told(here: Set) -> None:
    nyc = here.server.room("!nyc", SOL)
    await here.serves(nyc, SOL)
    await here.do(WhisperInRoom(nyc.id, HELLO, thread=EventId("$card")))
    assert [event.thread for event in nyc.events] == ["$card"]
    nyc.joined.add(KIM)
    await here.do(WhisperInRoom(nyc.id, HELLO))
    await here.do(WhisperInRoom(here.lobby.id, HELLO))
    assert here.script.outcomes()[1:] == [
        (Refused(Why.UNSAFE, Unsafe.STRANGER),),
        (Refused(Why.UNSAFE, Unsafe.NOT_CONFIRMED),),
    ]
    assert here.lobby.texts() == []


async def test_an_invitation_is_accepted_and_no_longer_pending(here: Set) -> None:
    room = here.server.room("!new", SOL)
    here.server.invite_bot(room, SOL)
    await here.bot.quiet()
    assert await here.bot.count("invitations") == 1
    await here.do(JoinRoom(room.id))
    assert ME in room.joined
    assert await here.bot.count("invitations") == 0


async def test_an_invitation_is_declined_and_no_longer_pending(here: Set) -> None:
    room = here.server.room("!new", SOL)
    here.server.invite_bot(room, SOL)
    await here.do(LeaveRoom(room.id))
    assert ME not in room.joined | room.invited
    assert await here.bot.count("invitations") == 0


async def test_an_invitation_that_was_taken_back_is_forgotten(here: Set) -> None:
    room = here.server.room("!new", SOL)
    here.server.invite_bot(room, SOL)
    room.invited.discard(ME)
    await here.do(JoinRoom(room.id))
    assert here.script.outcomes() == [(Refused(Why.FORBIDDEN),)]
    assert await here.bot.count("invitations") == 0


async def test_a_repaired_room_is_told_at_once_what_was_held_for_it(here: Set) -> None:
    nyc = here.server.room("!nyc", SOL, history=History.SHARED)
    await here.serves(nyc, SOL)
    await here.do(tell(nyc), asked=False)
    assert nyc.texts() == []
    await here.do(RepairRoom(nyc.id))
    assert (nyc.history, nyc.join_rule) == (History.JOINED, JoinRule.INVITE)
    assert CASE in nyc.texts()[0]


DEEDS: dict[str, Any] = {
    "say": SayInRoom(RoomId("!lobby"), HELLO),
    "remove": RemoveOriginal(RoomId("!lobby"), EventId("$event1")),
    "leave": LeaveRoom(RoomId("!lobby")),
    "join": JoinRoom(RoomId("!lobby")),
    "repair": RepairRoom(RoomId("!lobby")),
}


@pytest.mark.parametrize("call", DEEDS)
@pytest.mark.parametrize(("error", "why"), [(Forbidden("no"), Why.FORBIDDEN), (Gone("away"), Why.GONE)])
async def test_what_cannot_be_done_is_said_and_not_tried_again(
    here: Set, call: str, error: Exception, why: Why
) -> None:
    here.server.fail(call, error)
    await here.do(DEEDS[call])
    assert here.script.outcomes() == [(Refused(why),)]
    assert here.server.calls[call] == 1
    assert await here.bot.count("outbox") == 0


@pytest.mark.parametrize("call", DEEDS)
async def test_what_cannot_be_done_now_is_done_later(here: Set, call: str) -> None:
    here.server.fail(call, TryAgainLater("busy"), times=3)
    await here.do(DEEDS[call])
    assert here.script.outcomes() == []
    await here.bot.settle()
    [(done,)] = here.script.outcomes()
    assert isinstance(done, Done)
    assert here.server.calls[call] == 4


async def test_an_answer_that_was_lost_is_not_said_twice(here: Set) -> None:
    here.server.fail("say", TryAgainLater("lost"), times=2, done_first=True)
    await here.do(SayInRoom(here.lobby.id, HELLO))
    await here.bot.settle()
    assert len(here.lobby.texts()) == 1
