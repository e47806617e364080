"""We promise an operator that init, login, check and run do on a real homeserver what the manual says."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot import checkup
from bot.checkup import Row, State
from bot.config import load
from bot.core.model import UserId
from bot.core.sensitive import Sensitive
from bot.credentials import Credentials
from bot.demo.homeserver import Homeserver, Limits
from bot.matrix import session
from bot.matrix.enrol import Account, enrol
from tests.source import TOP

pytestmark = pytest.mark.live
NUMBERS = itertools.count(1)
PASSWORD = "a password of the test"
V3 = "/_matrix/client/v3"


@dataclass
class Machine:
    """A folder with a configuration, and somebody who types commands there."""

    folder: Path
    homeserver: Homeserver
    bot: str
    rosa: str
    rosa_token: str
    socket: socket.socket
    lines: list[str] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    @property
    def environment(self) -> dict[str, str]:
        clean = {
            key: value for key, value in os.environ.items() if not key.startswith(("SWS_", "CREDENTIALS"))
        }
        return {**clean, "SWS_PASSWORD": PASSWORD, "NOTIFY_SOCKET": self.socket.getsockname()}

    async def types(self, *words: str) -> tuple[int, str, str]:
        process = await self._start(*words)
        out, err = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode or 0, out.decode(), err.decode()

    async def _start(self, *words: str) -> asyncio.subprocess.Process:
        command = [sys.executable, "-m", "bot", *words, "--config", str(self.config)]
        return await asyncio.create_subprocess_exec(
            *command, env=self.environment, cwd=TOP, stdin=-3, stdout=-1, stderr=-1
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """The bot, ready; and stopped afterwards, whatever happens."""
        process = await self._start("run")
        try:
            await self.hears(process, "ready")
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await asyncio.wait_for(process.wait(), 40)

    async def hears(self, process: asyncio.subprocess.Process, event: str) -> None:
        assert process.stderr
        while True:
            line = (await asyncio.wait_for(process.stderr.readline(), 60)).decode()
            assert line, f"it ended before {event}: {self.lines}"
            self.lines.append(line)
            assert line.startswith("{"), line
            if json.loads(line)["event"] == event:
                return

    def notified(self) -> list[bytes]:
        heard = []
        while True:
            try:
                heard.append(self.socket.recv(100))
            except BlockingIOError:
                return heard

    async def check(self) -> dict[str, Row]:
        settings = load(self.config)
        key = Credentials.beside(self.config, {}).store_key()
        rows = await checkup.check(settings, key, f"once{next(NUMBERS)}")
        return {row.what: row for row in rows}

    def bot_token(self) -> str:
        key = Credentials.beside(self.config, {}).store_key()
        return session.read(self.folder / "data", key).token.reveal()

    async def as_rosa(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return await asyncio.to_thread(self.homeserver.call, method, V3 + path, body, self.rosa_token)

    async def room(self, name: str, *, safe: bool, **more: Any) -> str:
        """A room of Rosa's with the bot invited; a safe one is fit for supporters."""
        state = [("m.room.history_visibility", "history_visibility", "joined" if safe else "shared")]
        if safe:
            state += [("m.room.encryption", "algorithm", "m.megolm.v1.aes-sha2")]
        state += [("m.room.guest_access", "guest_access", "forbidden")]
        body = {
            "preset": "private_chat",
            "name": name,
            "invite": [self.bot],
            "initial_state": [{"type": t, "state_key": "", "content": {k: v}} for t, k, v in state],
            **more,
        }
        return str((await self.as_rosa("POST", "/createRoom", body))["room_id"])


@asynccontextmanager
async def set_up(homeserver: Homeserver, folder: Path) -> AsyncIterator[Machine]:
    number = next(NUMBERS)
    bot = await homeserver.register(f"bot.operator{number}", PASSWORD)
    rosa = await homeserver.register(f"rosa.operator{number}", PASSWORD)
    account = Account(homeserver.url, UserId(rosa), Sensitive(PASSWORD), folder / "rosa", bytes(32))
    made, _ = await enrol(account, None, os.urandom, lambda _: None)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(folder / "notify"))
        listening.setblocking(False)
        machine = Machine(folder, homeserver, bot, rosa, made.token.reveal(), listening)
        flags = ["--homeserver", homeserver.url, "--user-id", bot, "--steward", rosa]
        assert (await machine.types("init", *flags))[0] == 0
        yield machine


@pytest.fixture
async def machine(homeserver: Homeserver, tmp_path: Path) -> AsyncIterator[Machine]:
    async with set_up(homeserver, tmp_path) as made:
        yield made


# -- from init to ready -----------------------------------------------------------------------------


async def test_four_commands_lead_from_nothing_to_a_bot_that_is_ready(machine: Machine) -> None:
    status, out, err = await machine.types("login")
    assert (status, err) == (0, "")
    assert "recovery key" in out
    async with machine.running() as process:
        assert b"READY=1" in machine.notified()
        process.send_signal(signal.SIGTERM)
        await machine.hears(process, "stopped")
        assert await asyncio.wait_for(process.wait(), 30) == 0
        assert process.stdout
        assert await process.stdout.read() == b""
    assert b"STOPPING=1" in machine.notified()


async def test_the_log_of_a_run_names_nobody(machine: Machine) -> None:
    await machine.types("login")
    async with machine.running() as process:
        room = await machine.room("Canary Street", safe=False)
        await machine.as_rosa(
            "PUT", f"/rooms/{room}/send/m.room.message/1", {"msgtype": "m.text", "body": "canary"}
        )
        process.terminate()
        await machine.hears(process, "stopped")
    whole = "".join(machine.lines).lower()
    for word in (machine.rosa, machine.bot, room, "canary", PASSWORD, machine.bot_token(), "sws.test"):
        assert word.lower() not in whole


async def test_not_ready_before_the_login(machine: Machine) -> None:
    status, out, err = await machine.types("run")
    assert (status, out) == (2, "")
    assert err.endswith("run `sws-bot login` first\n")
    assert machine.notified() == []


async def test_a_second_bot_on_one_store_is_refused(machine: Machine) -> None:
    await machine.types("login")
    async with machine.running():
        status, _, err = await machine.types("run")
    assert status == 2
    assert err.startswith("sws-bot: another sws-bot uses data_dir ")
    assert err.count("\n") == 1


async def test_a_login_that_was_ended_elsewhere_stops_the_bot_for_good(machine: Machine) -> None:
    await machine.types("login")
    await asyncio.to_thread(machine.homeserver.call, "POST", V3 + "/logout", {}, machine.bot_token())
    status, _, err = await machine.types("run")
    assert (status, err.count("\n")) == (2, 1)
    assert "`sws-bot login --recovery-key`" in err


async def test_a_login_that_is_ended_while_the_bot_runs_stops_it_for_good(machine: Machine) -> None:
    await machine.types("login")
    async with machine.running() as process:
        await asyncio.to_thread(machine.homeserver.call, "POST", V3 + "/logout", {}, machine.bot_token())
        assert await asyncio.wait_for(process.wait(), 60) == 2


async def test_a_stop_while_the_homeserver_is_away_is_a_good_end(machine: Machine) -> None:
    await machine.types("login")
    text = machine.config.read_text()
    machine.config.write_text(text.replace(machine.homeserver.url, "http://127.0.0.1:9"))
    process = await machine._start("run")
    await machine.hears(process, "waiting_for_homeserver")
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 30) == 0
    assert b"READY=1" not in machine.notified()


# -- check --------------------------------------------------------------------------------------------


async def test_a_check_before_the_login_says_what_comes_next(machine: Machine) -> None:
    status, out, _ = await machine.types("check")
    assert status == 1
    assert "FAIL  login: there is no session" in out
    assert "-> sws-bot login" in out


async def test_a_check_is_the_same_for_people_and_for_programs(machine: Machine) -> None:
    await machine.types("login")
    status, out, _ = await machine.types("check", "--json")
    rows = json.loads(out)
    assert status == 0
    assert {row["what"]: row["state"] for row in rows}["identity"] == "good"
    _, table, _ = await machine.types("check")
    assert [line[6:].split(":")[0] for line in table.splitlines() if line[0] != " "] == [
        row["what"] for row in rows
    ]


async def test_a_room_that_is_safe_is_called_safe_and_others_are_told_how_to_become_so(
    machine: Machine,
) -> None:
    good, bad = await machine.room("Supporters", safe=True), await machine.room("Leaky", safe=False)
    elsewhere = "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM"
    rooms = f'supporter_rooms:\n  "{good}": {{cities: [nyc]}}\n  "{bad}": {{cities: [nyc]}}\n'
    cities = "cities: {nyc: {name: New York City}, newark: {name: Newark}}\n"
    machine.config.write_text(machine.config.read_text() + cities + rooms + f'fallback_room: "{elsewhere}"\n')
    await machine.types("login")
    async with machine.running():
        community = await machine.room("Community", safe=False)
        rows = await _checked(
            machine, f"supporter room {good} (Supporters)", f"community room {community} (Community)"
        )
    safe = rows[f"supporter room {good} (Supporters)"]
    assert (safe.state, safe.says) == (State.GOOD, "serves nyc; safe; people in it: 1")
    leaky = rows[f"supporter room {bad} (Leaky)"]
    assert leaky.state is State.FAULT
    assert "it is not encrypted" in leaky.says
    assert "later members could read older messages" in leaky.says
    assert "!roomcheck fix" in leaky.fix
    assert rows[f"supporter room {elsewhere}"].fix.startswith("invite the bot")
    assert "the configuration names no supporter room" in rows["city newark"].says
    open_room = rows[f"community room {community} (Community)"]
    assert open_room.state is State.CARE
    assert "belongs to no city; not encrypted; the bot may not remove posts" in open_room.says
    assert "make the bot a moderator" in open_room.fix
    assert rows["rate limit"].says == "not measured: that would slow down the running bot"


async def _checked(machine: Machine, *wanted: str) -> dict[str, Row]:
    """The check, once the bot has come into these rooms."""
    for _ in range(60):
        rows = await machine.check()
        if all(what in rows and "nobody confirmed" not in rows[what].says for what in wanted):
            return rows
        await asyncio.sleep(0.5)
    raise AssertionError(f"{wanted} never showed: {rows}")


async def test_a_check_of_a_dead_login_and_of_a_silent_homeserver_say_which_it_is(machine: Machine) -> None:
    await machine.types("login")
    text = machine.config.read_text()
    machine.config.write_text(text.replace(machine.homeserver.url, "http://127.0.0.1:9"))
    silent = (await machine.check())["homeserver"]
    assert (silent.state, "no connection" in silent.says) == (State.FAULT, True)
    machine.config.write_text(text)
    await asyncio.to_thread(machine.homeserver.call, "POST", V3 + "/logout", {}, machine.bot_token())
    assert (await machine.check())["login"].fix == "sws-bot login"


async def test_a_device_that_nobody_signed_is_a_care_for_its_neighbours(machine: Machine) -> None:
    await machine.types("login")
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": machine.bot},
        "password": PASSWORD,
    }
    told = await asyncio.to_thread(machine.homeserver.call, "POST", V3 + "/login", body)
    keys = {"device_keys": _device(machine.bot, str(told["device_id"]))}
    await asyncio.to_thread(machine.homeserver.call, "POST", V3 + "/keys/upload", keys, told["access_token"])
    rows = await machine.check()
    assert rows["identity"].state is State.GOOD
    assert rows["other devices"].state is State.CARE


def _device(user: str, id_: str) -> dict[str, Any]:
    import vodozemac

    from bot.matrix.signatures import canonical

    account = vodozemac.Account()
    thing: dict[str, Any] = {
        "user_id": user,
        "device_id": id_,
        "algorithms": ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
        "keys": {
            f"curve25519:{id_}": account.curve25519_key.to_base64(),
            f"ed25519:{id_}": account.ed25519_key.to_base64(),
        },
    }
    thing["signatures"] = {user: {f"ed25519:{id_}": account.sign(canonical(thing)).to_base64()}}
    return thing


async def test_the_limit_of_an_ordinary_account_is_measured(tmp_path: Path) -> None:
    """On a homeserver with Synapse's own limits."""
    server = Homeserver(tmp_path / "synapse", Limits.SYNAPSE)
    await asyncio.to_thread(server.start)
    try:
        async with set_up(server, tmp_path) as machine:
            await machine.types("login")
            async with machine.running():
                pass
            row = (await machine.check())["rate limit"]
    finally:
        await asyncio.to_thread(server.stop)
    assert row.state is State.CARE
    assert "the homeserver asks to wait" in row.says
    assert "override_ratelimit" in row.fix
