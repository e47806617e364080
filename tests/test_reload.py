"""We promise that a changed resource list is read while we run, and a broken one is reported and not used."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import reload
from bot.core.model import Language
from bot.lists import RESOURCES, ResourceFile
from tests.stage import ROSA, Stage, catalogues, knowledge, stage
from tests.wire import Homeserver

TOLD = catalogues()[Language.EN].words("steward.list-broken")
GOOD = RESOURCES.read_text(encoding="utf-8")


@pytest.fixture
def server() -> Homeserver:
    return Homeserver()


@pytest.fixture
async def here(tmp_path: Path, server: Homeserver) -> AsyncIterator[Stage]:
    async with stage(tmp_path / "store", server, knowledge()) as life:
        yield life


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "resources.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def change(file: Path, text: str) -> None:
    before = file.stat().st_mtime_ns
    file.write_text(text, encoding="utf-8")
    os.utime(file, ns=(before + 1_000_000, before + 1_000_000))


def gone(file: Path) -> None:
    file.unlink()


async def test_a_good_change_is_used_and_nobody_is_told(here: Stage, server: Homeserver, file: Path) -> None:
    lists = ResourceFile(file)
    before = lists.current()
    change(file, GOOD + "\n# a comment\n")
    await reload.look(here.around, lists)
    await here.quiet()
    assert lists.current() is not before
    assert server.private_chats(ROSA) == []
    await reload.look(here.around, lists)
    assert here.journal.getvalue().count('"resources_read"') == 1


async def test_a_broken_change_keeps_the_last_good_list_and_tells_the_stewards_once(
    here: Stage, server: Homeserver, file: Path
) -> None:
    lists = ResourceFile(file)
    before = lists.current()
    change(file, "schema: 1\nentries: hunter2\n")
    for _ in range(3):
        await reload.look(here.around, lists)
        await here.quiet()
    assert lists.current() is before
    assert server.heard_privately(ROSA).count(TOLD) == 1
    assert "hunter2" not in server.heard_privately(ROSA)
    assert "hunter2" not in here.journal.getvalue()
    assert '"resources_broken"' in here.journal.getvalue()


async def test_a_file_that_goes_away_is_a_broken_change(here: Stage, server: Homeserver, file: Path) -> None:
    lists = ResourceFile(file)
    gone(file)
    await reload.look(here.around, lists)
    await here.quiet()
    assert len(lists.current().entries) > 0
    assert TOLD in server.heard_privately(ROSA)


async def test_each_broken_version_is_told_again(here: Stage, server: Homeserver, file: Path) -> None:
    lists = ResourceFile(file)
    for text in ("broken: once\n", "broken: twice\n"):
        change(file, text)
        await reload.look(here.around, lists)
        await here.pass_time(1000)
    assert server.heard_privately(ROSA).count(TOLD) == 2


async def test_the_watch_looks_until_it_is_stopped(here: Stage, file: Path) -> None:
    lists = ResourceFile(file)
    began = here.clock.now()

    class Stopping(ResourceFile):
        looks = 0

        def current(self) -> object:  # type: ignore[override]
            self.looks += 1
            if self.looks == 3:
                here.around.bells.stop()
            return lists.current()

    watched = Stopping(file)
    await reload.watch(here.around, watched)
    assert watched.looks == 3
    assert here.clock.now() - began == 3 * reload.EVERY
