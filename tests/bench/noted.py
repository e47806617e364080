"""Runs a subject as the demo does, and notes when it asked something, was answered, and kept something.

`python -m tests.bench.noted MODULE ARGUMENT…`; the file that `BENCH_NOTES` names gets a line for each: the
machine's steady clock, and what happened.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import aiosqlite

from bot.demo import attached

NOTES = "BENCH_NOTES"


def _noting(file: Path) -> Callable[[str], None]:
    notes = file.open("a", buffering=1)
    return lambda what: print(time.perf_counter(), what, file=notes)


def _watch(note: Callable[[str], None]) -> None:
    request, commit = aiohttp.ClientSession._request, aiosqlite.Connection.commit

    async def noted_request(session: Any, method: str, url: Any, **options: Any) -> Any:
        which = f"{method} {kind(str(url))}"
        note(f"asks {which}")
        answer = await request(session, method, url, **options)
        note(f"has {which}")
        return answer

    async def noted_commit(connection: Any) -> None:
        note("keeps")
        await commit(connection)
        note("kept")

    _put(aiohttp.ClientSession, "_request", noted_request)
    _put(aiosqlite.Connection, "commit", noted_commit)


def _put(where: type, name: str, done: Callable[..., Awaitable[Any]]) -> None:
    setattr(where, name, done)


def kind(url: str) -> str:
    """What a request is for, as far as this page tells them apart."""
    path = url.partition("?")[0]
    return next((kind for kind in ("sync", "sendToDevice", "send", "state") if f"/{kind}" in path), "else")


if __name__ == "__main__":
    _watch(_noting(Path(os.environ[NOTES])))
    attached.main(sys.argv)
