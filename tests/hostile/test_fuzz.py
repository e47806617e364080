"""We promise that no answer to a sync, whatever is in it, ends the bot or costs what stands beside it.

20,000 cases, the same in every run. 12,000 changes of a realistic answer, 3,000 of what is sealed in it and
500 answers of senseless JSON go all the way from the bytes on the wire to what is heard, by a bot with a key
for what is sealed; 500 more changes on into inbox and decisions. 4,000 changes go only through the reading of
events and words, which holds no keys and touches no disk.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.core.decide import passes_by
from bot.core.effects import Incoming
from bot.core.model import Message, Millis, RoomId, Trust, UserId
from bot.core.parse import read
from bot.logs import LogJournal
from bot.loops import decide, receive
from bot.loops.surroundings import Surroundings
from bot.matrix.chat import MatrixChat
from bot.matrix.translate import incoming, invitation, part
from bot.ports import Batch, TryAgainLater
from bot.store.codec import pack
from bot.store.connection import connect_for_real
from bot.store.database import Database
from tests.hostile.imagined import BOT, INNER, ROSA, changed, changes, inner_changes, soup, with_sealed
from tests.matrix.wired import Wired, session
from tests.matrix.world import Pins, Someone
from tests.matrix.written import Writer, sync
from tests.stage import CORE, KEY, Dice, HandClock, knowledge, voice

SETTINGS = settings(
    derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck), print_blob=False
)
NEIGHBOUR = "!neighbour:sws.test"
LIFE = 500
"""Cases until the bot starts anew: who is lied to about its keys makes ever more of them."""


class Wire:
    """In place of aiohttp's session: the same bytes, without a socket."""

    def __init__(self, server: Wired) -> None:
        self._server = server

    async def request(self, method: str, url: str, *, data: Any, **_: Any) -> Reply:
        where = url.split("/_matrix/client/v3/")[1].partition("?")[0]
        status, told = self._server._answer(method, where, data or "", json.loads(data) if data else None)
        return Reply(status, json.dumps(told).encode())

    async def close(self) -> None:
        """Nothing to close."""


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        return {}

    async def read(self) -> bytes:
        return self.body


@dataclass
class Fuzzed:
    """A bot that lives through all cases of a test."""

    folder: Path
    server: Wired
    around: Surroundings
    runner: asyncio.Runner
    chats: list[MatrixChat] = field(default_factory=list)
    known: int = 0
    heard: int = 0
    opened: int = 0
    """Sealed messages that were heard as their author's."""
    writer: Writer | None = None
    base: dict[str, Any] = field(default_factory=dict)
    """What is changed: a realistic answer with a message in it that the bot of now can decrypt."""

    async def live(self) -> MatrixChat:
        """The bot, now and then on a new login."""
        if self.known % LIFE == 0 and self.known // LIFE == len(self.chats):
            if self.chats:
                await self.chats[-1].close()
            around, home = self.around, self.folder / str(len(self.chats))
            self.server.uploads.clear()
            chat = MatrixChat(session("http://wire"), home, Pins(), around.clock, around.journal)
            chat.client.client_session = Wire(self.server)  # type: ignore[assignment]
            await chat.open()
            await self._meet_rosa(chat)
            self.chats.append(chat)
            self.around = replace(around, chat=chat)
        return self.chats[-1]

    async def _meet_rosa(self, chat: MatrixChat) -> None:
        """Her phone gives the bot a room key."""
        self.server.syncs = [{"next_batch": "s0"}]
        await chat.pull(None, Millis(0))
        self.writer = Writer(self.server.keys.people[UserId(ROSA)].devices["PHONE"], self.server)
        key = self.writer.key()
        self.server.syncs = [sync(to_device=[key])]
        assert (await chat.pull("s0", Millis(0))).keys_came
        self.base = with_sealed(self.writer.write("#swshelp #nyc sealed"), key)

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        self.runner.run(work)

    def answer(self, body: Any) -> str:
        """Send this next, with somebody's call for help in another room."""
        self.known += 1
        words = f"help {self.known}"
        if isinstance(body, dict):
            body["next_batch"] = f"s{self.known}"
            event: dict[str, Any] = {"type": "m.room.message", "sender": ROSA, "event_id": f"$n{self.known}"}
            event |= {"content": {"msgtype": "m.text", "body": words}, "origin_server_ts": 1_700_000_000_000}
            rooms = body["rooms"] = body["rooms"] if isinstance(body.get("rooms"), dict) else {}
            rooms["join"] = rooms["join"] if isinstance(rooms.get("join"), dict) else {}
            rooms["join"][NEIGHBOUR] = {"timeline": {"events": [event]}}
        self.server.syncs = [body]
        self.server.pages = [{"chunk": [], "end": "t1"}]
        self.server.keys.asked.clear()
        return words

    async def pull(self, body: Any) -> None:
        chat, words = await self.live(), self.answer(body)
        batch = await chat.pull("s0", Millis(0))
        self.heard += self.said(batch, words)
        messages = [each for each in batch.incoming if isinstance(each, Message)]
        self.opened += sum(message.trust is Trust.SIGNED for message in messages)
        # What could not be written down would come again with every sync.
        pack(batch.incoming)
        batch.bookmark.encode()

    async def pull_changed(self, wanted: Any) -> None:
        await self.live()
        await self.pull(changed(wanted, self.base))

    async def pull_sealed(self, wanted: Any) -> None:
        await self.live()
        assert self.writer is not None
        await self.pull(sync(self.writer.seal(changed(wanted, INNER))))

    @staticmethod
    def said(batch: Batch, words: str) -> int:
        return sum(isinstance(each, Message) and each.body.reveal() == words for each in batch.incoming)

    async def whole(self, wanted: Any) -> None:
        await self.live()
        body = changed(wanted, self.base)
        self.answer(body)
        await receive.once(self.around, passes_by, Millis(0))
        while await decide.once(self.around, CORE):
            continue

    async def rows(self, table: str) -> int:
        async with self.around.database.transaction() as tx:
            row = await tx.row(f"SELECT count(*) FROM {table}")  # noqa: S608
        return int(row[0]) if row else 0


@pytest.fixture
def fuzzed(tmp_path: Path) -> Iterator[Fuzzed]:
    server, clock, known = Wired(), HandClock(), knowledge()
    server.whoami["user_id"] = BOT
    server.keys.add(Someone(ROSA, 1, "PHONE"))
    server.state[NEIGHBOUR] = []
    with asyncio.Runner() as runner:
        database = runner.run(Database.open(tmp_path / "store", KEY, connect_for_real))
        journal = LogJournal(KEY, io.StringIO(), now=lambda: 0.0)
        nobody = MatrixChat(session("http://wire"), tmp_path / "nobody", Pins(), clock, journal)
        around = Surroundings(database, nobody, voice(known), Pins(), clock, Dice(), journal, lambda: known)
        bot = Fuzzed(tmp_path, server, around, runner)
        runner.run(bot.live())
        yield bot
        runner.run(bot.chats[-1].close())
        runner.run(database.close())


def play(cases: int, drawn: st.SearchStrategy[Any], case: Callable[[Any], None]) -> None:
    settings(SETTINGS, max_examples=cases)(given(drawn)(case))()


def test_a_realistic_answer_is_read_to_its_end(fuzzed: Fuzzed) -> None:
    fuzzed.run(fuzzed.pull_changed([]))
    assert (fuzzed.heard, fuzzed.opened) == (1, 1)


def test_no_change_of_an_answer_raises_or_costs_the_message_beside_it(fuzzed: Fuzzed) -> None:
    play(12_000, changes, lambda wanted: fuzzed.run(fuzzed.pull_changed(wanted)))
    assert fuzzed.heard == fuzzed.known >= 12_000
    assert fuzzed.opened > 6_000


def test_no_change_of_what_is_sealed_raises_or_costs_the_message_beside_it(fuzzed: Fuzzed) -> None:
    play(3_000, inner_changes, lambda wanted: fuzzed.run(fuzzed.pull_sealed(wanted)))
    assert fuzzed.heard == fuzzed.known >= 3_000
    assert fuzzed.opened > 750


def test_every_event_is_read_or_passed_over_whatever_became_of_it() -> None:
    read_events: list[int] = []

    def case(wanted: Any) -> None:
        read_events.append(sum(each is not None for each in everything_in(changed(wanted))))

    play(4_000, changes, case)
    assert len(read_events) >= 4_000
    assert max(read_events) >= 8


def everything_in(body: dict[str, Any]) -> Iterator[Incoming | None]:
    """What each event and invitation is to us, packed as it is on disk, and its words read."""
    for kind in ("join", "leave", "invite"):
        rooms = part(part(body, "rooms"), kind)
        for section in rooms.values() if isinstance(rooms, dict) else ():
            asked = part(part(section, "invite_state"), "events")
            yield invitation(asked, RoomId(NEIGHBOUR), UserId(BOT), Millis(0))
            events = part(part(section, "timeline"), "events")
            for event in events if isinstance(events, list) else ():
                found = incoming(event, RoomId(NEIGHBOUR), Trust.PLAIN)
                pack((found,) if found else ())
                if isinstance(found, Message):
                    read(found.body)
                yield found


def test_no_senseless_json_raises_anything_but_that_we_try_again(fuzzed: Fuzzed) -> None:
    def case(body: Any) -> None:
        with suppress(TryAgainLater):
            fuzzed.run(fuzzed.pull(body))

    play(500, soup, case)
    fuzzed.run(fuzzed.pull({}))
    assert fuzzed.heard >= 1


def test_whatever_is_heard_is_written_down_and_decided_and_the_bookmark_moves(fuzzed: Fuzzed) -> None:
    def case(wanted: Any) -> None:
        fuzzed.run(fuzzed.whole(wanted))

    fuzzed.server.syncs = [{"next_batch": "s0"}]
    fuzzed.runner.run(receive.once(fuzzed.around, passes_by, Millis(0)))
    play(500, changes, case)
    assert fuzzed.runner.run(fuzzed.rows("inbox")) == 0
    assert fuzzed.known >= 500
