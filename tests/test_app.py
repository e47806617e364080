"""We promise that the parts are put together in the right order, and a silent homeserver is waited for."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot import app, reload
from bot.config import Misconfigured, Settings, load
from bot.core.model import Millis, UserId
from bot.core.sensitive import Sensitive
from bot.lists import RESOURCES, ResourceFile
from bot.logs import LogJournal
from bot.loops.decide import once as decide_once
from bot.loops.deliver import deliver
from bot.loops.supervise import AtStop, Place
from bot.matrix import session
from bot.matrix.session import NotLoggedIn, Session
from bot.ports import Forbidden, TryAgainLater
from bot.systemd import Systemd
from tests.promises.stories import BOTH, FALLBACK, LOBBY, MIA, NYC_ROOM, before, cards
from tests.stage import KEY, Dice, HandClock, knowledge, stage
from tests.wire import Homeserver

CONFIG = (
    'homeserver: http://127.0.0.1:1\nuser_id: "@bot:sws.test"\ndata_dir: data\nstewards: ["@rosa:sws.test"]\n'
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "config.yaml").write_text(CONFIG)
    return load(tmp_path / "config.yaml")


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


def parts(settings: Settings, out: io.StringIO) -> app.Parts:
    return app.Parts(settings, KEY, LogJournal(KEY, out), HandClock(), Dice())


async def nothing() -> None:
    """A proof that succeeds at once."""


def log_in(settings: Settings, user: str = "@bot:sws.test") -> None:
    settings.data_dir.mkdir()
    made = Session("http://old.example.org", UserId(user), "DEVICE", Sensitive("token"), Sensitive("pickle"))
    session.write(settings.data_dir, made, KEY, bytes(12))


def events(out: io.StringIO) -> list[str]:
    return [json.loads(line)["event"] for line in out.getvalue().splitlines()]


def told(listener: socket.socket) -> list[bytes]:
    heard = []
    while True:
        try:
            heard.append(listener.recv(100))
        except BlockingIOError:
            return heard


# -- before anything is started ----------------------------------------------------------------------


async def test_without_a_login_the_operator_is_sent_to_log_in(settings: Settings, out: io.StringIO) -> None:
    with pytest.raises(NotLoggedIn, match="run `sws-bot login` first"):
        await app.run(settings, KEY, LogJournal(KEY, out), Systemd(None))


async def test_a_broken_resource_list_stops_the_start_with_its_line(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "ours.yaml").write_text("schema: 1\nentries: nothing\n")
    (tmp_path / "config.yaml").write_text(CONFIG + "resources: ours.yaml\n")
    with pytest.raises(Misconfigured, match=r"ours\.yaml, line 2: entries must be a "):
        await app.run(load(tmp_path / "config.yaml"), KEY, LogJournal(KEY, io.StringIO()), Systemd(None))


async def test_a_login_of_another_account_is_not_used(settings: Settings, out: io.StringIO) -> None:
    log_in(settings, "@other:sws.test")
    with pytest.raises(Misconfigured, match="a login of another account than user_id"):
        await app.run(settings, KEY, LogJournal(KEY, out), Systemd(None))


async def test_another_store_key_than_at_login_is_named(settings: Settings, out: io.StringIO) -> None:
    log_in(settings)
    with pytest.raises(NotLoggedIn, match="was not written with this store_key"):
        await app.run(settings, bytes(32), LogJournal(KEY, out), Systemd(None))


async def test_a_data_dir_that_cannot_be_used_is_named(settings: Settings, out: io.StringIO) -> None:
    settings.data_dir.write_text("a file")
    with pytest.raises(Misconfigured, match=r"data_dir .*/data cannot be used: Not a directory"):
        await app.run(settings, KEY, LogJournal(KEY, out), Systemd(None))


def test_the_login_is_used_where_the_configuration_says_the_homeserver_is(settings: Settings) -> None:
    log_in(settings)
    assert app._session(settings, KEY).homeserver == "http://127.0.0.1:1"


# -- starting -----------------------------------------------------------------------------------------


async def test_a_homeserver_that_does_not_answer_is_waited_for_ever_longer(
    settings: Settings, out: io.StringIO
) -> None:
    around = parts(settings, out)
    began, waits = around.clock.now(), list[int]()

    async def answers_at_last() -> str:
        waits.append(around.clock.now() - began)
        if len(waits) < 5:
            raise TryAgainLater("not yet")
        return "hello"

    assert await app._patiently(around, answers_at_last) == "hello"
    pauses = [later - earlier for earlier, later in pairwise(waits)]
    assert pauses == sorted(set(pauses))
    assert events(out) == ["waiting_for_homeserver"] * 4


async def test_a_homeserver_that_asks_for_a_pause_gets_it(settings: Settings, out: io.StringIO) -> None:
    around, tries = parts(settings, out), list[int]()

    async def slow_down() -> None:
        tries.append(around.clock.now())
        if len(tries) == 1:
            raise TryAgainLater("slow down", Millis(600_000))

    await app._patiently(around, slow_down)
    assert tries[1] - tries[0] >= 600_000


async def test_a_refusal_is_not_waited_for(settings: Settings, out: io.StringIO) -> None:
    async def refused() -> None:
        raise Forbidden

    with pytest.raises(Forbidden):
        await app._patiently(parts(settings, out), refused)
    assert events(out) == []


@pytest.mark.parametrize("sooner", ["synced", "heard_ourselves"])
async def test_ready_is_said_once_after_the_first_sync_and_the_proof_that_we_are_heard(
    listener: socket.socket, out: io.StringIO, sooner: str
) -> None:
    beat = app._Beat(LogJournal(KEY, out), Systemd(listener.getsockname()))
    steps = {"synced": beat.synced, "heard_ourselves": beat.heard_ourselves}
    steps.pop(sooner)()
    assert events(out) == []
    for step in steps.values():
        step()
    assert sorted(told(listener)) == [b"READY=1", b"WATCHDOG=1"]
    beat.synced()
    beat.synced()
    assert told(listener) == [b"WATCHDOG=1", b"WATCHDOG=1"]
    assert events(out) == ["ready"]


async def test_nothing_is_told_before_it_is_proven_that_somebody_could_read_it(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path, server, knowledge(BOTH, FALLBACK)) as here:
        await here.settle()
        before(server)
        await here.settle()
        server.post(server.rooms[LOBBY], MIA, "#swshelp #nyc a place for tonight")
        await here.sync()
        while await decide_once(here.around, here.core):
            pass
        beat = app._Beat(here.around.journal, Systemd(None))
        delivering = asyncio.create_task(app._once_proven(beat, partial(deliver, here.around)))
        await asyncio.sleep(0.05)
        assert cards(server.rooms[NYC_ROOM]) == []
        app._stop(here.around, Systemd(None), beat)
        await delivering
        assert cards(server.rooms[NYC_ROOM]) == []
        await here.settle()
        assert len(cards(server.rooms[NYC_ROOM])) == 1


async def test_a_stop_before_the_proof_is_a_quiet_end(tmp_path: Path) -> None:
    async with stage(tmp_path, Homeserver(), knowledge()) as here:
        beat = app._Beat(here.around.journal, Systemd(None))
        delivering = asyncio.create_task(app._once_proven(beat, partial(deliver, here.around)))
        app._stop(here.around, Systemd(None), beat)
        async with asyncio.timeout(10):
            await delivering


async def test_every_loop_runs_and_only_those_that_wait_for_news_are_dropped_at_the_end(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, Homeserver(), knowledge()) as here:
        lists = ResourceFile(RESOURCES)
        beat = app._Beat(here.around.journal, Systemd(None))
        loops = app._loops(here.around, lists, beat, nothing)
    assert {loop.place for loop in loops} == set(Place)
    assert len(loops) == len(Place)
    dropped = {loop.place for loop in loops if loop.at_stop is AtStop.DROP}
    assert dropped == {Place.RECEIVE, Place.CATCH_UP, Place.RELOAD, Place.PROVE, Place.AHEAD}


async def test_a_stop_tells_systemd_and_every_loop(tmp_path: Path, listener: socket.socket) -> None:
    async with stage(tmp_path / "store", Homeserver(), knowledge()) as here:
        beat = app._Beat(here.around.journal, Systemd(None))
        app._stop(here.around, Systemd(listener.getsockname()), beat)
        assert here.around.bells.stopping
        assert told(listener) == [b"STOPPING=1"]
        assert events(here.journal) == ["stopping"]


async def test_a_list_that_changed_is_known_once_it_was_looked_at(tmp_path: Path, out: io.StringIO) -> None:
    """What is asked for a hundred times a report looks at no file and is made once."""
    example = load(Path(__file__).parent.parent / "config.example.yaml")
    file = tmp_path / "resources.yaml"
    file.write_bytes(RESOURCES.read_bytes())
    lists = ResourceFile(file)
    async with stage(tmp_path / "store", Homeserver(), knowledge()) as here:
        of = here.around
        made = app._surroundings(
            parts(example, out), of.database, of.chat, of.voice, of.pins, lists, of.knowledge().desk
        )
        before = made.knowledge()
        file.write_bytes(RESOURCES.read_bytes() + b"\n# looked over again\n")
        assert made.knowledge() is before
        await reload.look(here.around, lists)
    after = made.knowledge()
    assert after.library is lists.current() is not before.library
    assert replace(after, library=before.library) == before


async def test_what_the_loops_know_is_what_the_configuration_says(tmp_path: Path, out: io.StringIO) -> None:
    example = load(Path(__file__).parent.parent / "config.example.yaml")
    lists = ResourceFile(RESOURCES)
    async with stage(tmp_path, Homeserver(), knowledge()) as here:
        of = here.around
        made = app._surroundings(
            parts(example, out), of.database, of.chat, of.voice, of.pins, lists, of.knowledge().desk
        )
    known = made.knowledge()
    assert known.me == example.user_id
    assert known.stewards == example.stewards
    assert known.invites_from == example.invites_from
    assert known.listed == example.supporter_rooms
    assert known.fallback == example.fallback_room
    assert known.atlas is example.atlas
    assert known.library is lists.current()
