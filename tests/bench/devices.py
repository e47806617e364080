"""What a supporter room of many devices costs: the first telling after a start, and those after it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.demo.homeserver import Homeserver
from bot.matrix.signing import SigningKey
from tests.bench.meters import quantile, quiet
from tests.bench.rounds import HELP, NEVER, Street, people_and_rooms
from tests.bench.subjects import Kind
from tests.matrix.world import Phone, Someone

EACH = 10
"""Devices of one supporter."""
STEADY = 10
PAUSE = 1.0
V3 = "/_matrix/client/v3"


@dataclass(frozen=True, slots=True)
class Telling:
    """Seconds until a supporter could read it."""

    first: float
    steady: float
    """The median of some that followed."""


async def tellings(server: Homeserver, kind: Kind, devices: int, folder: Path) -> Telling:
    """A supporter room with so many devices in it; the subject is started, comes to rest, and has to tell."""
    name = f"{kind.name.lower().replace('_', '-')}-{devices}"
    async with people_and_rooms(server, kind, name, folder, workers=4) as here:
        await asyncio.gather(
            *(_supporter(server, here, f"s{number}-{name}") for number in range(max(1, devices // EACH)))
        )
        try:
            await here.subject.start()
            async with here.supporter.listening(here.supporters):
                await quiet(here.subject.pid)
                first = await _one(here)
                rest = [await _one(here) for _ in range(STEADY)]
        finally:
            await here.subject.stop()
    return Telling(first, quantile(rest, 0.5))


async def _one(here: Street) -> float:
    worker = here.workers[here.said % len(here.workers)]
    mark, made = await here.sealed(worker, HELP)
    began = asyncio.get_running_loop().time()
    await worker.put(here.community, made)
    came = await here.told(mark)
    await asyncio.sleep(PAUSE)
    return NEVER if came is None else came - began


async def _supporter(server: Homeserver, here: Street, name: str) -> None:
    """An account in the supporter room whose devices are signed, and read nothing."""
    password = f"pw-{name}"
    user = await server.register(name, password)
    logins = [await _log_in(server, user, password) for _ in range(EACH)]
    person = Someone(user, hash(name) % 200, *(login["device_id"] for login in logins))
    await _call(server, "keys/device_signing/upload", _identity(person), logins[0])
    for login in logins:
        await _call(
            server, "keys/upload", _keys(person.devices[login["device_id"]], person.self_signing), login
        )
    await here.supporter.ask("POST", f"{V3}/rooms/{here.supporters}/invite", {"user_id": user})
    await _call(server, f"join/{here.supporters}", {}, logins[0])


def _identity(person: Someone) -> dict[str, Any]:
    return {part.removesuffix("s"): whose for part, whose in person.cross_signing().items()}


def _keys(phone: Phone, signer: SigningKey) -> dict[str, Any]:
    for _ in range(5):
        phone.offer()
    one_time = {name: key for offered in phone.one_time for name, key in offered.items()}
    return {"device_keys": phone.keys(signer), "one_time_keys": one_time}


async def _log_in(server: Homeserver, user: str, password: str) -> dict[str, Any]:
    who = {"type": "m.id.user", "user": user}
    body = {"type": "m.login.password", "identifier": who, "password": password}
    told: dict[str, Any] = await asyncio.to_thread(server.call, "POST", f"{V3}/login", body)
    return told


async def _call(server: Homeserver, where: str, body: dict[str, Any], login: dict[str, Any]) -> None:
    await asyncio.to_thread(server.call, "POST", f"{V3}/{where}", body, login["access_token"])
