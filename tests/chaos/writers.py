"""People who write in community rooms without encryption, each with nothing but an access token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import quote

from aiohttp import ClientSession, ClientTimeout

from bot.demo.homeserver import Homeserver


@dataclass
class Writer:
    """An account without a client: plain requests."""

    user: str
    _token: str = field(repr=False)
    _url: str
    _session: ClientSession
    _numbers: Iterator[int] = field(default_factory=count)

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The homeserver's answer; fails on any error."""
        where = f"{self._url}/_matrix/client/v3/{path}"
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.request(method, where, json=body, headers=headers) as answer:
            told = await answer.json()
            assert answer.status == 200, f"{method} {path}: {answer.status} {told}"
            return told

    async def write(self, room: str, text: str) -> str:
        """A message; gives its event id."""
        content = {"msgtype": "m.text", "body": text}
        where = f"rooms/{quote(room)}/send/m.room.message/w{next(self._numbers)}"
        return str((await self.ask("PUT", where, content))["event_id"])

    async def create_room(self, *invited: str, name: str = "community", **options: Any) -> str:
        body = {"preset": "public_chat", "name": name, "invite": invited, **options}
        return str((await self.ask("POST", "createRoom", body))["room_id"])

    async def join(self, room: str) -> None:
        await self.ask("POST", f"join/{quote(room)}", {})

    async def set_state(self, room: str, kind: str, content: dict[str, Any]) -> None:
        await self.ask("PUT", f"rooms/{quote(room)}/state/{kind}/", content)


@dataclass
class Crowd:
    """Makes writers; between `open_crowd` and its end."""

    server: Homeserver
    session: ClientSession

    async def enter(self, name: str) -> Writer:
        user = await self.server.register(name, f"pw-{name}")
        login = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": user},
            "password": f"pw-{name}",
        }
        async with self.session.post(f"{self.server.url}/_matrix/client/v3/login", json=login) as answer:
            told = await answer.json()
        return Writer(user, told["access_token"], self.server.url, self.session)


def crowd(server: Homeserver) -> Crowd:
    """Call it inside a running loop; `await crowd.session.close()` in the end."""
    return Crowd(server, ClientSession(timeout=ClientTimeout(total=120)))
