"""People whose devices are signed, so that they are given keys, and who read nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from bot.demo.homeserver import Homeserver
from bot.matrix.signing import SigningKey
from tests.matrix.world import Phone, Someone

V3 = "/_matrix/client/v3"


@dataclass(frozen=True, slots=True)
class Silent:
    """An account, and a login of it to enter rooms by."""

    server: Homeserver
    user: str
    login: dict[str, Any]

    async def join(self, room: str) -> None:
        await _call(self.server, f"join/{room}", {}, self.login)


async def silent(server: Homeserver, name: str, devices: int) -> Silent:
    """A new account with so many devices, each with one-time keys."""
    password = f"pw-{name}"
    user = await server.register(name, password)
    logins = [await _log_in(server, user, password) for _ in range(devices)]
    person = Someone(user, hash(name) % 200, *(login["device_id"] for login in logins))
    await _call(server, "keys/device_signing/upload", _identity(person), logins[0])
    for login in logins:
        await _call(
            server, "keys/upload", _keys(person.devices[login["device_id"]], person.self_signing), login
        )
    return Silent(server, user, logins[0])


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
