"""We promise that a supporter room that drifts gets no case, stewards know, and repair is enough."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.core.model import History, JoinRule, RoomId, SupporterRoom, UserId
from tests.promises.stories import cards, said
from tests.stage import NYC, ROSA, Stage, knowledge, stage
from tests.wire import ME, Homeserver, Room

MIA, SOL, KIM, EVE = "@mia:test", UserId("@sol:test"), UserId("@kim:test"), UserId("@eve:test")
LOBBY, NYC_ROOM, FALLBACK = RoomId("!lobby:test"), RoomId("!nyc:test"), RoomId("!fallback:test")
CHAT, NEW_ROOM = RoomId("!chat:test"), RoomId("!new:test")

Change = Callable[[Homeserver, Room], None]
DRIFTS: dict[str, tuple[Change, Change]] = {
    "turns public": (
        lambda server, room: server.change(room, join_rule=JoinRule.PUBLIC),
        lambda server, room: server.change(room, join_rule=JoinRule.INVITE),
    ),
    "opens its history": (
        lambda server, room: server.change(room, history=History.SHARED),
        lambda server, room: server.change(room, history=History.JOINED),
    ),
    "lets guests in": (
        lambda server, room: server.change(room, guests=True),
        lambda server, room: server.change(room, guests=False),
    ),
    "silences the bot": (
        lambda server, room: server.change(room, may_speak=False),
        lambda server, room: server.change(room, may_speak=True),
    ),
    "is upgraded": (
        lambda server, room: server.change(room, replaced=True),
        lambda server, room: server.change(room, replaced=False),
    ),
    "gains a stranger": (
        lambda server, room: server.join(room, EVE),
        lambda server, room: server.leave(room, EVE),
    ),
    "asks a stranger in": (
        lambda server, room: server.invited(room, EVE),
        lambda server, room: server.leave(room, EVE),
    ),
}


@pytest.fixture(params=[True, False], ids=["with a fallback room", "without one"])
def with_fallback(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
async def bot(tmp_path: Path, with_fallback: bool) -> AsyncIterator[tuple[Stage, Homeserver]]:
    server = Homeserver()
    known = knowledge((SupporterRoom(NYC_ROOM, (NYC,)),), FALLBACK if with_fallback else None)
    server.room(LOBBY, MIA, encrypted=False, join_rule=JoinRule.PUBLIC)
    async with stage(tmp_path, server, known) as ready:
        await ready.quiet()
        for name in (NYC_ROOM, FALLBACK):
            server.join(server.room(name, SOL, KIM), ME)
        await ready.settle()
        yield ready, server


@pytest.mark.parametrize("drift", DRIFTS)
async def test_a_room_that_drifts_is_passed_by_told_of_and_serves_again_once_repaired(
    bot: tuple[Stage, Homeserver], with_fallback: bool, drift: str
) -> None:
    stage, server = bot
    goes_wrong, is_repaired = DRIFTS[drift]
    nyc, fallback = server.rooms[NYC_ROOM], server.rooms[FALLBACK]

    goes_wrong(server, nyc)
    await stage.quiet()
    assert "holding back" in server.heard_privately(ROSA), "stewards know before any case is due"

    server.post(server.rooms[LOBBY], MIA, "#swsdoxx #nyc my street is elm street")
    await stage.settle()
    assert cards(nyc) == []
    assert len(cards(fallback)) == with_fallback
    assert "elm street" not in server.heard_privately(ROSA)

    is_repaired(server, nyc)
    server.post(server.rooms[LOBBY], MIA, "#swshelp #nyc a ride please")
    await stage.settle()
    assert said(nyc, "a ride please") == 1
    assert said(nyc, "elm street") == (not with_fallback), (
        "what was held has come; what was told has not again"
    )


async def test_a_room_that_stays_wrong_is_told_of_once_for_each_change_and_not_by_every_sync(
    bot: tuple[Stage, Homeserver],
) -> None:
    stage, server = bot
    server.change(server.rooms[NYC_ROOM], guests=True)
    for _ in range(5):
        server.post(server.rooms[LOBBY], MIA, "good morning")
        await stage.pass_time(60_000)
    assert server.heard_privately(ROSA).count("holding back") == 1


async def test_a_case_whose_room_is_upgraded_finds_its_way_with_what_its_worker_says_after_that(
    bot: tuple[Stage, Homeserver], with_fallback: bool
) -> None:
    stage, server = bot
    nyc, fallback = server.rooms[NYC_ROOM], server.rooms[FALLBACK]
    chat = server.room(CHAT, MIA)
    server.invite_bot(chat, MIA, direct=True)
    await stage.settle()
    server.post(chat, MIA, "#nyc my street is elm street")
    await stage.settle()
    assert said(nyc, "elm street") == 1

    for _ in range(2):
        server.change(nyc, replaced=True)  # a change can be heard of twice
        await stage.quiet()
    server.post(chat, MIA, "my door is green")
    await stage.settle()
    assert said(nyc, "door is green") == 0
    assert (said(fallback, "elm street"), said(fallback, "door is green")) == (with_fallback, with_fallback)
    if with_fallback:
        return
    assert said(chat, "I keep it sealed") == 1

    new = server.room(NEW_ROOM, SOL, KIM, admins=(SOL,))
    server.invite_bot(new, SOL)
    await stage.settle()
    server.post(new, SOL, "!serve nyc")
    await stage.settle()
    code = server.heard_privately(ROSA).split("!confirm ")[1].split()[0].strip("`")
    server.post(server.private_chats(ROSA)[0], ROSA, f"!confirm {code}")
    await stage.settle()
    assert (said(new, "elm street"), said(new, "door is green")) == (1, 1)
    assert said(nyc, "elm street") == 1
    assert said(chat, "upporters have this too") == 1
