"""We promise that nobody's report waits for what is wrong with somebody else's words, room or invitation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.changes import SetRoom
from bot.core.model import Message, RoomId, Trust, UserId
from bot.core.sensitive import Sensitive
from bot.ports import TryAgainLater
from bot.store import ledger, rooms
from tests.promises.stories import ADA, KNOWN, LOBBY, MIA, NYC_ROOM, begun, cards
from tests.stage import NYC, ROSA, Stage, stage
from tests.wire import Homeserver

DANGER = "#swsdanger #nyc someone is outside"


class Town:
    def __init__(self, bot: Stage, server: Homeserver) -> None:
        self.bot, self.server = bot, server

    def post(self, words: str, person: str = MIA, room: str = LOBBY) -> None:
        self.server.post(self.server.rooms[RoomId(room)], person, words)

    def told(self) -> int:
        return len(cards(self.server.rooms[RoomId(NYC_ROOM)]))


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await begun(bot, server)
        yield Town(bot, server)


async def test_a_row_of_a_room_that_cannot_be_opened_holds_up_that_room_alone(town: Town) -> None:
    other = town.server.room("!other:test", ADA, encrypted=False)
    database = town.bot.around.database
    async with database.transaction() as tx:
        await rooms.set_room(tx, SetRoom(other.id, cities=(NYC,)), town.bot.clock.time)
        name = tx.seal.name("room", other.id)
        await tx.rows("UPDATE rooms SET sealed = zeroblob(100) WHERE id = ?", name)
    database.opened.clear()
    town.post("good morning", ADA, other.id)
    town.post(DANGER)
    await town.bot.quiet()
    assert town.told() == 1
    assert "WrongKey" in town.bot.journal.getvalue()


async def test_whoever_invited_the_bot_is_heard_although_the_room_cannot_be_joined_yet(town: Town) -> None:
    """Also after a restart, at which open invitations are considered again."""
    room = town.server.room("!far:test", ROSA)
    town.server.invite_bot(room, ROSA)
    town.server.fail("join", TryAgainLater("its server is away"), times=10_000, room=room)
    await town.bot.quiet()
    await town.bot.start()
    town.post(DANGER, ROSA)
    await town.bot.quiet()
    assert town.told() == 1
    assert "IntegrityError" not in town.bot.journal.getvalue()


@pytest.mark.parametrize("people", [1, 3 * ledger.AT_ONCE])
async def test_no_number_of_questions_stands_before_a_report(town: Town, people: int) -> None:
    for number in range(3 * ledger.AT_ONCE):
        town.post("!city nyc", f"@p{number % people}:test")
    town.post(DANGER)
    before = town.server.calls["power"]
    await town.bot.sync()
    while not town.told():
        assert await town.bot._step()
    assert town.server.calls["power"] - before <= 2


async def test_a_bug_among_what_is_behind_does_not_end_the_round(town: Town) -> None:
    for _ in range(2 * ledger.AT_ONCE):
        town.post("!city nyc", ADA)
    town.post("good morning", ROSA)
    await town.bot.sync()
    database = town.bot.around.database
    async with database.transaction() as tx:
        await tx.rows("UPDATE inbox SET sealed = zeroblob(100) WHERE seq = (SELECT max(seq) FROM inbox)")
    database.opened.clear()
    before = town.server.calls["power"]
    assert await town.bot._step()
    assert town.server.calls["power"] - before == 1


@pytest.mark.parametrize("late", [True, False])
async def test_what_is_shown_twice_is_one_case_also_when_it_could_be_read_only_later(
    town: Town, late: bool
) -> None:
    lobby = town.server.rooms[RoomId(LOBBY)]
    if late:
        event = town.server.post_without_key(lobby, MIA, DANGER)
        await town.bot.settle()
        town.server.bring_key(event)
    else:
        event = town.server.post(lobby, MIA, DANGER)
    await town.bot.settle()
    assert await town.bot.count("cases") == 1
    again = Message(event, lobby.id, UserId(MIA), town.server.at, Sensitive(DANGER), Trust.SIGNED)
    town.server.news.append(again)
    await town.bot.settle()
    assert await town.bot.count("cases") == 1
