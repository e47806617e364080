"""One homeserver for the whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.demo.homeserver import Homeserver


@pytest.fixture(scope="session")
def homeserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homeserver]:
    """A private Synapse for the whole run; its start and stop block, so that it belongs to no event loop."""
    server = Homeserver(tmp_path_factory.mktemp("synapse"))
    server.start()
    yield server
    server.stop()
