"""A stage with a script, in a folder of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.loops.scripted import Set, scripted


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Set]:
    async with scripted(tmp_path / "data") as ready:
        yield ready
