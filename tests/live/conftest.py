"""One homeserver for the whole run, and one bot among people on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from bot.demo.homeserver import Homeserver

pytest.register_assert_rewrite("tests.live.stage", "tests.live.people", "tests.live.cases")

from tests.live.clock import ByHand, by_hand  # noqa: E402  # after the line that makes its asserts speak
from tests.live.stage import Stage, set_up  # noqa: E402  # the same


@pytest.fixture(scope="session")
def homeserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homeserver]:
    """A private Synapse for the whole run; its start and stop block, so that it belongs to no event loop."""
    server = Homeserver(tmp_path_factory.mktemp("synapse"))
    server.start()
    yield server
    server.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _stage(homeserver: Homeserver, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with set_up(homeserver, tmp_path_factory.mktemp("stage")) as stage:
        yield stage


@pytest.fixture
def stage(_stage: Stage) -> Iterator[Stage]:
    """The stage all tests share; the bot's log of a test that fails is shown with it."""
    before = len(_stage.bot.log)
    yield _stage
    print("\n".join(_stage.bot.log[before:]))  # noqa: T201


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _by_hand(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ByHand]:
    async with by_hand(tmp_path_factory.mktemp("clock")) as clock:
        yield clock


@pytest_asyncio.fixture(loop_scope="session")
async def clock(_by_hand: ByHand) -> AsyncIterator[ByHand]:
    """The clock of another stage. Each test begins a minute after the last: nobody there is in a hurry."""
    before = len(_by_hand.stage.bot.log)
    await _by_hand.minutes(1)
    yield _by_hand
    print("\n".join(_by_hand.stage.bot.log[before:]))  # noqa: T201
