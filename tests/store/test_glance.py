"""We promise that a check can look into the store at any time, and leaves it as it was."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from bot.core.changes import SetAlias, SetRoom, TakeRoster
from bot.core.model import CitySlug, RoomId, RoomKind, UserId
from bot.store import glance, rooms
from bot.store.faults import DamagedDatabase
from bot.store.people import StoredPins
from bot.store.schema import MIGRATIONS, NewerDatabase
from bot.store.seal import StoreFault, WrongKey
from tests.stage import DAWN, KEY, NYC, HandClock, knowledge, stage
from tests.wire import Homeserver

ROOM, CHAT = RoomId("!supporters:test"), RoomId("!chat:test")
ANA, BO = UserId("@ana:test"), UserId("@bo:test")


async def fill(folder: Path) -> None:
    async with stage(folder, Homeserver(), knowledge()) as here:
        database = here.around.database
        async with database.transaction() as tx:
            await rooms.set_room(tx, SetRoom(ROOM, kind=RoomKind.SUPPORTER, cities=(NYC,)), DAWN)
            await rooms.take_roster(tx, TakeRoster(ROOM, frozenset({ANA, BO})), DAWN)
            await rooms.set_room(tx, SetRoom(CHAT, kind=RoomKind.PRIVATE, person=ANA), DAWN)
            await rooms.set_alias(tx, SetAlias("bigapple", NYC, ROOM), DAWN)
        await StoredPins(database, HandClock()).remember({ANA: "a key"})


async def test_before_the_first_run_there_is_nothing_to_see(tmp_path: Path) -> None:
    assert await glance.known(tmp_path / "none", KEY) is None
    assert not glance.running(tmp_path / "none")
    assert os.listdir(tmp_path) == []


async def test_what_was_set_up_in_chat_is_seen(tmp_path: Path) -> None:
    await fill(tmp_path)
    found = await glance.known(tmp_path, KEY)
    assert found is not None
    assert [room.room for room in found.standing.supporter_rooms] == [ROOM]
    assert found.standing.rosters[ROOM] == {ANA, BO}
    assert found.standing.aliases == {"bigapple": CitySlug("nyc")}
    assert {room.room: room.kind for room in found.rooms} == {
        ROOM: RoomKind.SUPPORTER,
        CHAT: RoomKind.PRIVATE,
    }
    assert found.pins == {ANA: "a key"}


async def test_a_running_bot_is_noticed_and_not_disturbed(tmp_path: Path) -> None:
    await fill(tmp_path)
    assert not glance.running(tmp_path)
    async with stage(tmp_path, Homeserver(), knowledge()) as here:
        assert glance.running(tmp_path)
        async with here.around.database.transaction() as tx:
            await rooms.set_room(tx, SetRoom(RoomId("!new:test"), kind=RoomKind.COMMUNITY), DAWN)
            found = await glance.known(tmp_path, KEY)
        assert found is not None
        assert len(found.rooms) == 2
    assert not glance.running(tmp_path)


async def test_looking_changes_nothing(tmp_path: Path) -> None:
    await fill(tmp_path)
    before = (tmp_path / "sws.sqlite").read_bytes()
    await glance.known(tmp_path, KEY)
    assert (tmp_path / "sws.sqlite").read_bytes() == before


async def test_another_key_opens_nothing(tmp_path: Path) -> None:
    await fill(tmp_path)
    with pytest.raises(WrongKey):
        await glance.known(tmp_path, bytes(32))


@pytest.mark.parametrize(
    ("version", "fault"), [(len(MIGRATIONS) + 1, NewerDatabase), (len(MIGRATIONS) - 1, StoreFault)]
)
async def test_another_version_of_the_tables_is_named(
    tmp_path: Path, version: int, fault: type[Exception]
) -> None:
    await fill(tmp_path)
    with sqlite3.connect(tmp_path / "sws.sqlite") as database:
        database.execute(f"PRAGMA user_version = {version}")
    database.close()
    with pytest.raises(fault, match=r"data_dir was last used by an? (newer|older) sws-bot"):
        await glance.known(tmp_path, KEY)


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "sws.sqlite").write_text("no database at all, only words" * 50)
    with pytest.raises(DamagedDatabase, match=r"sws\.sqlite is damaged"):
        await glance.known(tmp_path, KEY)
