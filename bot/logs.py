"""What may be written down: events, numbers, hashed ids; of a failure its type and place, never its text."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
import sys
import time
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

NAME = re.compile(r"[a-z][a-z0-9_.]*")
HERE = Path(__file__).parent


class LogJournal:
    """One JSON line for each event. The key is this installation's own: its hashes mean nothing elsewhere."""

    def __init__(self, key: bytes, out: TextIO, now: Callable[[], float] = time.time) -> None:
        self._key = hashlib.sha256(b"journal" + key).digest()
        self._out = out
        self._now = now

    def event(self, name: str, **ids: str | int | Enum) -> None:
        """Note that `name` happened. Plain strings are ids and are hashed; numbers and named cases stay."""
        self._write(name, {key: self._seen(value) for key, value in ids.items()})

    def fault(self, name: str, error: BaseException, **ids: str | int | Enum) -> None:
        """Note a failure as its type and the place it came from; its text is never read."""
        seen = {key: self._seen(value) for key, value in ids.items()}
        self._write(name, {**seen, "error": type(error).__qualname__, "place": " < ".join(places(error))})

    def complaint(self, record: logging.LogRecord) -> None:
        """A warning of some library: who warned and where, not what it said."""
        kind = (
            record.exc_info[0].__qualname__
            if record.exc_info and record.exc_info[0]
            else record.levelname.lower()
        )
        self._write(
            "library", {"from": record.name, "error": kind, "place": f"{record.filename}:{record.lineno}"}
        )

    def _seen(self, value: str | int | Enum) -> str | int:
        if isinstance(value, Enum):
            return str(value.value) if isinstance(value.value, (str, int)) else value.name
        if isinstance(value, int):
            return value
        return hashlib.blake2b(value.encode(), key=self._key, digest_size=6).hexdigest()

    def _write(self, name: str, fields: dict[str, str | int]) -> None:
        if not NAME.fullmatch(name):
            raise ValueError("an event name is lower-case words joined by _ or .")
        if "time" in fields or "event" in fields:
            raise ValueError('the name of an id is taken: not "time" or "event"')
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._now()))
        print(json.dumps({"time": at, "event": name, **fields}), file=self._out, flush=True)


def places(error: BaseException) -> list[str]:
    """Where it came from, innermost first: the last place in any code, then the last three in ours."""
    frames: list[tuple[Path, int]] = []
    step: TracebackType | None = error.__traceback__
    while step is not None:
        frames.append((Path(step.tb_frame.f_code.co_filename), step.tb_lineno))
        step = step.tb_next
    ours = [f"{path.relative_to(HERE)}:{line}" for path, line in frames if path.is_relative_to(HERE)][-3:][
        ::-1
    ]
    if frames and not frames[-1][0].is_relative_to(HERE):
        ours.insert(0, f"{frames[-1][0].name}:{frames[-1][1]}")
    return ours


class _Guard(logging.Handler):
    """Stands where log lines would be written and lets only the place of a warning through."""

    def __init__(self, journal: LogJournal) -> None:
        super().__init__(logging.WARNING)
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        self._journal.complaint(record)


def guard(journal: LogJournal) -> None:
    """Take over everything that could print: logging, warnings, and failures that nobody caught."""
    root = logging.getLogger()
    root.handlers[:] = [_Guard(journal)]
    root.setLevel(logging.WARNING)
    for name in ("nio", "aiohttp", "aiohttp.access", "peewee", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        journal.fault("stopped_by_bug", error)

    def unraisable(arguments: Any) -> None:
        if arguments.exc_value is not None:
            journal.fault("lost_bug", arguments.exc_value)

    sys.excepthook = uncaught
    sys.unraisablehook = unraisable


def guard_loop(journal: LogJournal, loop: asyncio.AbstractEventLoop) -> None:
    """The same for what an event loop would print."""

    def failed(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            journal.fault("lost_bug", error)
        else:
            journal.event("lost_bug")

    loop.set_exception_handler(failed)
