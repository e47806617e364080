"""What is measured: our bot, a plain nio bot and a relay without encryption, each a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from bot.demo.attached import environment
from bot.demo.homeserver import NAME, Homeserver
from bot.demo.process import BotProcess
from bot.matrix.session import CRYPTO
from tests.bench.clients import signed_in

SETTINGS = """\
invites_from: [{name}]
cities:
  nyc: {{name: New York City, country: "US"}}
supporter_rooms:
  "{supporters}": {{cities: [nyc]}}
fallback_room: "{fallback}"
"""


class Kind(Enum):
    """Who does the work."""

    OURS = "this bot"
    PLAIN_NIO = "plain nio"
    RELAY = "unencrypted relay"
    WIDE_RELAY = "unencrypted relay, 8 workers"

    @property
    def encrypted(self) -> bool:
        return self in (Kind.OURS, Kind.PLAIN_NIO)


@dataclass(slots=True)
class Subject:
    """One bot account, and how its process is started."""

    kind: Kind
    server: Homeserver
    folder: Path
    user: str
    password: str
    token: str
    device: str
    ours: BotProcess | None = None
    orders: dict[str, Any] = field(default_factory=dict)
    launcher: tuple[str, ...] = ("-m", "bot.demo.attached")
    """What starts it: where something is measured in the process, that is put around it."""
    _process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        if self.ours is not None:
            return self.ours.pid
        assert self._process is not None
        return self._process.pid

    async def set_up(self, supporters: str, fallback: str, steward: str) -> None:
        """Everything but starting it."""
        if self.kind is Kind.OURS:
            self.ours = BotProcess(self.folder, self.server.url, self.user, self.password, steward)
            await self.ours.set_up(SETTINGS.format(name=NAME, supporters=supporters, fallback=fallback))
            return
        self.folder.mkdir(parents=True)
        self.orders = {
            "url": self.server.url,
            "user": self.user,
            "token": self.token,
            "supporters": supporters,
            "width": 8 if self.kind is Kind.WIDE_RELAY else 1,
        }
        if self.kind is Kind.PLAIN_NIO:
            # A signed device, which no nio bot has: nobody would send it a key otherwise.
            made = await signed_in(self.server, self.user, self.password, self.folder)
            self.orders |= {
                "token": made.token.reveal(),
                "device": made.device,
                "pickle_key": made.pickle_key.reveal(),
                "store": str(self.folder / CRYPTO),
            }

    async def start(self) -> None:
        """Until it says that it is ready."""
        if self.ours is not None:
            self.ours.launcher = self.launcher
            await self.ours.start()
            return
        module = "plain_nio" if self.kind is Kind.PLAIN_NIO else "relay"
        arguments = (*self.launcher, f"tests.bench.{module}", json.dumps(self.orders))
        with (self.folder / "output.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=environment(),
                start_new_session=True,
            )
        async with asyncio.timeout(120):
            while '"ready"' not in (self.folder / "output.log").read_text():
                assert self._process.returncode is None, (self.folder / "output.log").read_text()[-2000:]
                await asyncio.sleep(0.05)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.ours is not None:
            await self.ours.stop(how)
            return
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()
        if process is not None:
            process._transport.close()  # type: ignore[attr-defined]  # else its pipe complains when collected


async def subject(kind: Kind, server: Homeserver, name: str, folder: Path) -> Subject:
    """A new account for it, logged in for the rooms it has to be in beforehand."""
    password = os.urandom(8).hex()
    user = await server.register(name, password)
    login = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user},
        "password": password,
    }
    told = await asyncio.to_thread(server.call, "POST", "/_matrix/client/v3/login", login)
    return Subject(kind, server, folder, user, password, told["access_token"], told["device_id"])
