"""We promise that somebody is spoken to in a chat of their own, the one there is, and in no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.changes import ForgetRoom, SetRoom
from bot.core.effects import Decision, Incoming, LeaveRoom, Plan, SayPrivately
from bot.core.model import Membership, Presence, RoomKind, Unsafe, UserId
from bot.core.phrases import Line, Phrase
from bot.core.results import Done, Refused, Why
from bot.core.view import View
from bot.loops.private_chats import MOST_CHATS
from bot.ports import Forbidden, NotSafe, TryAgainLater
from tests.loops.scripted import KIM, MIA, ORIGIN, SOL, Set, scripted
from tests.wire import Room

HELLO, BYE = (Line(phrase) for phrase in (Phrase.RECEIPT_SOMEWHERE, Phrase.NOT_ENCRYPTED_HERE))


def say(line: Line = HELLO, person: UserId = MIA) -> SayPrivately:
    return SayPrivately(person, (line,))


async def own_chat(here: Set, name: str = "!mine", person: UserId = MIA, **how: bool) -> Room:
    """One that the person opened."""
    room = here.server.room(name, person, admins=(), **how)
    await here.plan(changes=(SetRoom(room.id, kind=RoomKind.PRIVATE, person=person),))
    return room


async def test_without_a_chat_one_is_opened_and_the_person_asked_in(here: Set) -> None:
    await here.do(say())
    [chat] = here.server.private_chats(MIA)
    assert (chat.invited, len(chat.texts())) == ({MIA}, 1)
    assert here.script.outcomes() == [(Done(chat.events[0].id, chat.id),)]


async def test_the_chat_there_is_is_used_again(here: Set) -> None:
    for line in (HELLO, BYE):
        await here.do(say(line))
    [chat] = here.server.private_chats(MIA)
    assert len(chat.texts()) == 2


async def test_the_chat_the_person_opened_is_used(here: Set) -> None:
    chat = await own_chat(here)
    await here.do(say())
    assert len(chat.texts()) == 1
    assert here.server.private_chats(MIA) == []


async def test_two_people_have_two_chats(here: Set) -> None:
    await here.do(say(), say(person=SOL))
    assert [len(here.server.private_chats(person)) for person in (MIA, SOL)] == [1, 1]


async def test_two_plans_at_once_open_one_chat(here: Set) -> None:
    plans = (Plan("a", (say(),), ORIGIN), Plan("b", (say(BYE),), ORIGIN))
    await here.plan(*plans)
    [chat] = here.server.private_chats(MIA)
    assert [event.key for event in chat.events] == list(dict.fromkeys(event.key for event in chat.events))
    assert len(chat.texts()) == 2


@pytest.mark.parametrize("drift", ["left", "third", "invited", "plain", "gone", "out"])
async def test_when_the_chat_is_not_safe_any_more_a_new_one_is_opened(here: Set, drift: str) -> None:
    chat = await own_chat(here)
    match drift:
        case "left":
            chat.joined.discard(MIA)
        case "third":
            chat.joined.add(KIM)
        case "invited":
            chat.invited.add(KIM)
        case "plain":
            chat.encrypted = False
        case "gone":
            del here.server.rooms[chat.id]
        case "out":
            here.server.fail("whisper", Forbidden("we were put out"), room=chat)
    await here.do(say())
    assert chat.texts() == []
    [new] = here.server.private_chats(MIA)
    assert len(new.texts()) == 1


async def test_the_new_chat_is_the_one_used_from_then_on(here: Set) -> None:
    chat = await own_chat(here, encrypted=False)
    await here.do(say())
    await here.do(say(BYE))
    assert chat.texts() == []
    [new] = here.server.private_chats(MIA)
    assert len(new.texts()) == 2


async def test_an_older_chat_that_is_safe_is_better_than_a_new_one(here: Set) -> None:
    good = await own_chat(here, "!good")
    here.bot.clock.time += 5  # type: ignore[assignment]
    bad = await own_chat(here, "!bad", encrypted=False)
    await here.do(say())
    await here.do(say(BYE))
    assert (len(good.texts()), bad.texts(), here.server.private_chats(MIA)) == (2, [], [])


async def test_of_two_chats_the_one_they_wrote_in_is_answered_in(here: Set) -> None:
    older = await own_chat(here, "!older")
    here.bot.clock.time += 5  # type: ignore[assignment]
    newer = await own_chat(here, "!newer")
    here.bot.clock.time += 5  # type: ignore[assignment]
    here.server.post(older, MIA, "are you there")
    await here.bot.quiet()
    await here.do(say())
    assert (len(older.texts()), newer.texts()) == (1, [])


async def test_when_even_a_new_chat_is_not_safe_it_is_said_so(here: Set) -> None:
    here.server.fail("whisper", NotSafe(Unsafe.STRANGER), times=9)
    await here.do(say())
    assert here.script.outcomes() == [(Refused(Why.UNSAFE, Unsafe.STRANGER),)]
    assert len(here.server.private_chats(MIA)) == 1


@pytest.mark.parametrize("why", [Unsafe.IDENTITY_CHANGED, Unsafe.IDENTITY_MISSING])
async def test_no_new_chat_is_opened_for_somebody_we_cannot_be_sure_of(here: Set, why: Unsafe) -> None:
    await own_chat(here)
    here.server.fail("whisper", NotSafe(why), times=9)
    await here.do(say())
    assert here.script.outcomes() == [(Refused(Why.UNSAFE, why),)]
    assert here.server.private_chats(MIA) == []


async def test_not_knowing_opens_no_new_chat_but_is_tried_again(here: Set) -> None:
    chat = await own_chat(here)
    here.server.fail("whisper", NotSafe(Unsafe.UNKNOWN), times=3)
    await here.do(say())
    assert here.script.outcomes() == []
    await here.bot.settle()
    assert len(chat.texts()) == 1
    assert here.server.private_chats(MIA) == []


async def test_somebody_who_cannot_be_asked_in_is_not_tried_for_ever(here: Set) -> None:
    here.server.fail("open_private_chat", Forbidden("their homeserver says no"), times=9)
    await here.do(say())
    assert here.script.outcomes() == [(Refused(Why.FORBIDDEN),)]


async def test_an_answer_that_was_lost_opens_no_second_chat(here: Set) -> None:
    here.server.fail("open_private_chat", TryAgainLater("lost"), times=2, done_first=True)
    await here.do(say())
    await here.bot.settle()
    [chat] = here.server.private_chats(MIA)
    assert len(chat.texts()) == 1


def leaves(react: Presence) -> Callable[[Incoming, View], Decision]:
    """What the core decides on somebody who leaves their chat."""

    def decide(incoming: Incoming, view: View) -> Decision:
        if isinstance(incoming, Membership) and (incoming.person, incoming.presence) == (MIA, react):
            return Decision((ForgetRoom(incoming.room),), (Plan("leave", (LeaveRoom(incoming.room),)),))
        return Decision()

    return decide


@pytest.mark.parametrize("times", [1, 2, 4])
async def test_who_left_or_declined_however_often_is_asked_into_another_chat(here: Set, times: int) -> None:
    left = []
    for _ in range(times):
        await here.do(say())
        [chat] = here.server.private_chats(MIA)
        here.script.react = leaves(Presence.GONE)
        here.server.leave(chat, MIA)
        await here.bot.quiet()
        here.script.react = None
        left.append(chat)
        assert here.server.private_chats(MIA) == []
    await here.do(say(BYE))
    [new] = here.server.private_chats(MIA)
    assert new not in left
    assert len(new.texts()) == 1
    assert [len(chat.texts()) for chat in left] == times * [1]


async def test_a_homeserver_that_shows_no_chat_is_not_asked_for_more_and_more_of_them(here: Set) -> None:
    here.server.fail("facts", Forbidden("no"), times=999)
    for _ in range(2):
        await here.do(say())
    assert here.script.outcomes() == 2 * [(Refused(Why.FORBIDDEN),)]
    assert len(here.server.private_chats(MIA)) == MOST_CHATS


async def test_a_crash_after_they_came_back_finds_the_chat_that_was_opened_for_that(here: Set) -> None:
    await here.do(say())
    [chat] = here.server.private_chats(MIA)
    here.script.react = leaves(Presence.GONE)
    here.server.leave(chat, MIA)
    await here.bot.quiet()
    here.script.react = None
    here.server.fail("open_private_chat", TryAgainLater("lost"), times=3, done_first=True)
    here.server.fail("whisper", TryAgainLater("lost"), times=3)
    await here.do(say(BYE))
    await here.bot.settle()
    [new] = here.server.private_chats(MIA)
    assert (len(new.texts()), len(here.server.rooms)) == (1, 3)


async def test_the_chat_is_remembered_across_a_restart(tmp_path: Path) -> None:
    async with scripted(tmp_path / "data") as first:
        await first.do(say())
    async with scripted(tmp_path / "data", server=first.server) as again:
        await again.do(say(BYE))
        [chat] = again.server.private_chats(MIA)
    assert len(chat.texts()) == 2
