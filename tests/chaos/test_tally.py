"""We promise that the tally of the chaos counts what goes wrong: every fault put before it is seen."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest

from bot.core.model import Language
from bot.demo.homeserver import Homeserver
from bot.demo.people import Person
from bot.matrix.reading import Opened, Unread
from bot.texts.catalogue import Shipped
from tests.chaos.scene import SAID
from tests.chaos.tally import ACKNOWLEDGED, Count, Eyes, Tally, Telling

DARK = {"type": "m.room.encrypted", "event_id": "$dark", "content": {"sealed": True}}
STREET, TEAM, BOT, MIA = "!street:x", "!team:x", "@bot:x", "@mia:x"
RECEIPT = "Supporters of New York City have this. Anyone here who can help, please do."


@dataclass
class Bystander:
    """In the place of somebody's client."""

    name: str = "Rosa"
    words: str = ""
    key_at: int | None = None
    """At which look the key has come to what nobody could read before."""
    looks: int = 0

    def saw(self, words: str) -> bool:
        return words in self.words

    async def _ask(self, *_: object) -> dict[str, Any]:
        self.looks += 1
        return {"chunk": []}

    @property
    def _reader(self) -> Bystander:
        return self

    def open(self, event: dict[str, Any], _room: str) -> Opened | Unread:
        if self.key_at is None or self.looks < self.key_at:
            return Unread.NO_KEY
        return Opened({"content": {"body": "read at last"}}, "curve", None, "session", 0)


@dataclass
class World:
    """A homeserver's database, written by hand in the order in which things happened."""

    folder: Path
    numbers: Any = field(default_factory=count)

    def __post_init__(self) -> None:
        self.tally = Tally(Homeserver(self.folder))
        self.eyes = Eyes(cast("Person", Bystander()), TEAM)
        self.write("CREATE TABLE events (event_id, room_id, type, sender, stream_ordering)")
        self.write("CREATE TABLE event_json (event_id, room_id, json)")
        self.write("CREATE TABLE redactions (event_id, redacts)")

    def write(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.folder / "synapse.db")) as database, database:
            database.execute(statement, values)

    def event(self, room: str, words: str, sender: str = BOT) -> str:
        number = next(self.numbers)
        event = f"$e{number}"
        body = json.dumps({"content": {"msgtype": "m.text", "body": words}})
        self.write("INSERT INTO events VALUES (?, ?, 'm.room.message', ?, ?)", event, room, sender, number)
        self.write("INSERT INTO event_json VALUES (?, ?, ?)", event, room, body)
        return event

    def post(self, say: str = "#swshelp #nyc") -> tuple[str, str]:
        """Its mark and its event."""
        words = self.tally.words(STREET, MIA, say)
        return [*self.tally.posts][-1], self.event(STREET, words, MIA)

    def told(self, mark: str, thread: str | None = None) -> None:
        event = self.event(TEAM, "sealed")
        self.eyes.told[mark][event] = Telling(event, thread or event)

    def receipt(self) -> None:
        self.event(STREET, RECEIPT)

    async def count(self, **where: Any) -> Count:
        return await self.tally.count(self.eyes, **where)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """One post, told and then acknowledged."""
    made = World(tmp_path)
    mark, _ = made.post()
    made.told(mark)
    made.receipt()
    return made


async def test_where_nothing_went_wrong_it_says_so(world: World) -> None:
    counted = await world.count(disks=(world.folder / "bot",), logs=("a line",), sealed=(TEAM,))
    assert counted == Count(1, 1, (), (), (), (), 1, 0, 0)
    assert counted.good


async def test_a_post_that_nobody_was_told_is_lost(world: World) -> None:
    mark, _ = world.post()
    counted = await world.count()
    assert (counted.posts, counted.delivered, counted.lost) == (2, 1, (mark,))
    assert not counted.good


@pytest.mark.parametrize("thread", [None, "$card"])
async def test_a_post_told_in_two_events_is_doubled(world: World, thread: str | None) -> None:
    mark, *_ = world.tally.posts
    world.told(mark, thread)
    counted = await world.count()
    assert counted.doubled == (mark,)
    assert not counted.good


async def test_words_of_a_post_are_found_wherever_they_leaked(world: World) -> None:
    mark, *_ = world.tally.posts
    (world.folder / "bot").mkdir()
    (world.folder / "bot" / "sws.sqlite-wal").write_bytes(b"\x00" + mark.encode() + b"\x00")
    world.event(TEAM, f"in the clear: {mark}")
    outsider = cast("Person", Bystander(words=f"a card with {mark}"))
    places: dict[str, Any] = {
        "disks": (world.folder / "bot",),
        "logs": (f"told {mark}",),
        "sealed": (TEAM,),
        "outsiders": (outsider,),
    }
    for name, place in places.items():
        counted = await world.count(**{name: place})
        assert len(counted.leaked) == 1
        assert not counted.good
    assert len((await world.count(**places)).leaked) == 4


async def test_a_receipt_before_its_deed_is_unearned(world: World) -> None:
    mark, _ = world.post()
    world.receipt()
    world.told(mark)
    counted = await world.count()
    assert counted.unearned == 1
    assert not counted.good


async def test_a_receipt_without_a_deed_is_unearned(world: World) -> None:
    world.receipt()
    assert (await world.count()).unearned == 1


async def test_further_words_in_a_thread_earn_no_receipt(world: World) -> None:
    mark, _ = world.post()
    world.told(mark, thread="$card")
    world.receipt()
    assert (await world.count()).unearned == 1


async def test_deeds_of_an_earlier_run_earn_their_receipts_in_the_next(world: World) -> None:
    world.tally = world.tally.next()
    mark, _ = world.post()
    world.told(mark)
    counted = await world.count()
    assert counted.good
    assert (counted.posts, counted.receipts, counted.unearned) == (1, 1, 0)


async def test_a_run_in_which_no_room_hears_that_supporters_have_anything_is_not_good(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    mark, _ = world.post()
    world.told(mark)
    counted = await world.count()
    assert (counted.delivered, counted.lost, counted.receipts) == (1, (), 0)
    assert not counted.good


async def test_a_post_that_must_go_and_stands_is_counted_until_it_is_removed(world: World) -> None:
    mark, event = world.post("#swsdoxx #nyc")
    world.told(mark)
    assert (await world.count()).standing == (mark,)
    assert not (await world.count()).good
    world.write("INSERT INTO redactions VALUES ('$r', ?)", event)
    assert (await world.count()).good


async def test_a_message_that_a_supporter_cannot_read_is_counted(world: World) -> None:
    world.eyes.dark["$dark"] = DARK
    counted = await world.count(patience=0)
    assert counted.unreadable == 1
    assert not counted.good


async def test_a_message_whose_key_is_still_on_its_way_is_not(world: World) -> None:
    world.eyes.dark["$dark"] = DARK
    cast("Bystander", world.eyes.person).key_at = 2
    assert (await world.count()).good


def test_every_category_that_is_posted_has_a_receipt_that_is_recognised() -> None:
    """Else a receipt without a deed would be seen for some posts only."""
    words = Shipped()[Language.EN].forms
    for tag in {said.split()[0].removeprefix("#sws") for said in SAID}:
        told, promising_nothing = words[f"{tag}.with-supporters"], f"{tag}.please"
        assert all(ACKNOWLEDGED.search(each) for each in told)
        for id_ in (each for each in words if each.startswith(promising_nothing)):
            assert not any(ACKNOWLEDGED.search(each) for each in words[id_])
