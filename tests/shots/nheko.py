"""Debian's nheko, logged in as one of the people of the demo, on a screen of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.demo.homeserver import Homeserver
from bot.demo.people import Person
from bot.matrix.trust import Verdict, judge, verdict
from tests.shots.look import bright, slate
from tests.shots.screen import Screen, ScreenFailed, screen, started, within

PHONE: Final = (440, 900)
SETTINGS: Final = """\
[General]
run_without_secure_secrets_service=true

[auth]
access_token={token}
device_id={device}
home_server={url}
user_id=@{user}

[user]
theme=light
presence=Offline
desktop_notifications=false
typing_notifications=false
font_size=11
window\\tray=false
"""
"""What its own login screen would have written; the format wants a second @ before the first. Its secrets
lie in this file too: no keyring is there, and account and server are gone afterwards."""


@dataclass(frozen=True, slots=True)
class Nheko:
    """The running client of one person."""

    person: Person
    screen: Screen
    home: Path

    async def open_room(self, room: str) -> None:
        """As a click on a link to the room does it: a second start hands the link to the first."""
        link = f"matrix:roomid/{room.removeprefix('!')}?action=view"
        env = environment(self.screen, self.home)
        async with started("nheko", link, env=env, log=self.home / "link.log") as handing, within("a room"):
            await handing.wait()
        await self.screen.settle()

    async def open_thread(self) -> None:
        """By the mark beside the last message that is in one."""
        await self._click_mark(98, 80)

    async def close_thread(self) -> None:
        """By the mark above the field to write in."""
        await self._click_mark(32, 6)

    async def _click_mark(self, left: int, right: int) -> None:
        """The lowest one between these distances from the right border."""
        shown, width = await self.screen.settle(), self.screen.width
        place = shown.lowest(width - left, width - right, bright)
        if place is None:
            raise ScreenFailed("no message on the screen is in a thread")
        await self.screen.click(*place)

    async def sign(self, server: Homeserver, login: Mapping[str, Any]) -> None:
        """Answer its question about this new device with the recovery key, and see that it signed it."""
        middle, button = self.screen.width // 2, None
        async with within("the question how to sign this device"):
            while button is None:
                shown = await self.screen.settle()
                button = shown.lowest_row(middle - 60, middle + 60, slate)
        await self.screen.click(middle, button - 4)
        await self.screen.type(self.person.recovery_key)
        async with within("a device that its owner signed"):
            while not await asyncio.to_thread(_signed, server, login):
                await self.screen.settle()


def environment(on: Screen, home: Path) -> dict[str, str]:
    """A home of its own: what it keeps goes there, and its second start finds the first one there."""
    places = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "CACHE")}
    tmp = str(home / "tmp")
    own = {"HOME": str(home), "TMPDIR": tmp, "XDG_RUNTIME_DIR": tmp, "LANG": "C.UTF-8", "TZ": "UTC"}
    return {**on.environment, **places, **own}


def settings(login: Mapping[str, Any], url: str) -> str:
    return SETTINGS.format(
        token=login["access_token"], device=login["device_id"], url=url, user=login["user_id"]
    )


@asynccontextmanager
async def nheko(server: Homeserver, person: Person, folder: Path) -> AsyncIterator[Nheko]:
    """A new device of this person, which it signed itself with the recovery key that we printed."""
    home = folder / person.name
    for place in (home / "tmp", home / "config" / "nheko"):
        place.mkdir(parents=True, mode=0o700)
    login = await asyncio.to_thread(_log_in, server, person)
    (home / "config" / "nheko" / "nheko.conf").write_text(settings(login, server.url))
    async with screen(home) as on, started("nheko", env=environment(on, home), log=home / "nheko.log"):
        client = Nheko(person, on, home)
        await on.wait_for_window("^nheko$")
        await on.resize(*PHONE)
        await client.sign(server, login)
        yield client


def _log_in(server: Homeserver, person: Person) -> dict[str, Any]:
    who = {"type": "m.id.user", "user": person.user}
    body = {"type": "m.login.password", "identifier": who, "password": person.password}
    login: dict[str, Any] = server.call("POST", "/_matrix/client/v3/login", body)
    return login


def _signed(server: Homeserver, login: Mapping[str, Any]) -> bool:
    user, token = login["user_id"], login["access_token"]
    told = server.call("POST", "/_matrix/client/v3/keys/query", {"device_keys": {user: []}}, token)
    person = judge(told).get(user)
    if person is None:
        return False
    return verdict(person.devices.get(login["device_id"]), person.master, person.master) is Verdict.SIGNED
