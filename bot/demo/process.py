"""The real bot as a child process, through its own command line, in a folder of its own."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.demo.attached import environment

PATIENCE = 120.0
"""Seconds until something the bot should do counts as not done."""
UNBROKEN = ("-m", "bot.demo.attached")
"""Starts `run` on this machine as it is."""


class BotFailed(Exception):
    """A command of the bot ended otherwise than it should; the message holds what it printed."""


@dataclass(slots=True)
class BotProcess:
    """One installation: `config.yaml`, `secrets/` and the data directory under `folder`."""

    folder: Path
    homeserver: str
    user: str
    password: str = field(repr=False)
    steward: str
    log: list[str] = field(default_factory=list)
    """Every line it wrote to its log, over all its runs."""
    recovery_key: str = field(default="", repr=False)
    launcher: tuple[str, ...] = UNBROKEN
    """What starts `run`: the chaos tests put a broken machine around it."""
    _process: asyncio.subprocess.Process | None = None
    _reader: asyncio.Task[None] | None = None
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def pid(self) -> int:
        """Of the running bot."""
        assert self._process is not None  # noqa: S101 - who asks has started it
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def set_up(self, settings: str) -> None:
        """`init`, the rest of the settings (YAML) appended, then `login`."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = ("--homeserver", self.homeserver, "--user-id", self.user, "--data-dir", "data")
        await self.command("init", *flags, "--steward", self.steward)
        with self.config.open("a") as file:
            file.write("\n" + settings)
        printed = await self.command("login", SWS_PASSWORD=self.password)
        key = re.search(r"^ +((?:\w{4} ?){10,})$", printed, re.MULTILINE)
        self.recovery_key = key[1].strip() if key else ""

    async def command(self, name: str, *arguments: str, good: int = 0, **secrets: str) -> str:
        """Run one command to its end and give what it printed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", name, "--config", str(self.config), *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**environment(), **secrets},
        )
        try:
            async with asyncio.timeout(PATIENCE):
                out, err = await process.communicate()
        except BaseException:
            process.kill()
            raise
        printed = out.decode() + err.decode()
        if process.returncode != good:
            raise BotFailed(f"`sws-bot {name}` ended with {process.returncode}:\n{printed}")
        return printed

    async def start(self) -> None:
        """`run`, until it says that it is ready."""
        self._ready.clear()
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, *self.launcher, "bot", "run", "--config", str(self.config)),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(),
            start_new_session=True,
        )
        self._reader = asyncio.create_task(self._read_log(self._process))
        ended = asyncio.create_task(self._process.wait())
        ready = asyncio.create_task(self._ready.wait())
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.wait((ended, ready), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
            ended.cancel()
        if not self._ready.is_set():
            code = await self.stop()
            raise BotFailed(f"`sws-bot run` ended with {code} before it was ready:\n" + self.last_words())

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """SIGTERM lets it finish what is in hand. Gives its exit status."""
        process, self._process = self._process, None
        if process is None:
            return 0
        with suppress(ProcessLookupError):
            process.send_signal(how)
        try:
            async with asyncio.timeout(30):
                code = await process.wait()
        except TimeoutError:
            process.kill()
            code = await process.wait()
        if self._reader is not None:
            await self._reader
        process._transport.close()  # type: ignore[attr-defined]  # else its pipe complains when collected
        return code

    def logged(self, event: str) -> int:
        """How often this event is in the log."""
        return sum(json.loads(line).get("event") == event for line in self.log if line.startswith("{"))

    def last_words(self) -> str:
        return "\n".join(self.log[-20:])

    async def _read_log(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None  # noqa: S101 - it was asked for just above
        async for line in process.stderr:
            self.log.append(line.decode(errors="replace").rstrip("\n"))
            if self.logged_ready(self.log[-1]):
                self._ready.set()

    @staticmethod
    def logged_ready(line: str) -> bool:
        return line.startswith("{") and json.loads(line).get("event") == "ready"
