"""We promise that whatever somebody hostile sends through a real homeserver, nobody else is lost."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

import pytest
import pytest_asyncio

from tests.hostile import corpus
from tests.live.stage import Stage
from tests.matrix.wired import Wired
from tests.matrix.world import Phone, Someone
from tests.matrix.written import Writer, to_device

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
V3 = "/_matrix/client/v3/"
DEVICE = "EVIL"
_NUMBERS = itertools.count(1)


def parts(*names: str) -> str:
    return V3 + "/".join(quote(name.encode("utf-8", "replace"), safe="") for name in names)


@dataclass
class Hostile:
    """Somebody who sends whatever they like, without a client."""

    stage: Stage
    user: str
    token: str
    someone: Someone
    room: str
    own: str
    taken: int = 0
    refused: int = 0
    bot_device: str = ""
    bot_keys: dict[str, Any] = field(default_factory=dict)

    @property
    def phone(self) -> Phone:
        return self.someone.devices[DEVICE]

    async def ask(self, method: str, where: str, body: Any = None) -> Any:
        return await asyncio.to_thread(self.stage.server.call, method, where, body, self.token)

    async def attack(self, method: str, where: str, body: Any) -> None:
        """The homeserver may refuse it; what it takes, the bot has to live with."""
        try:
            await self.ask(method, where, body)
        except (HTTPError, ValueError):
            self.refused += 1
        else:
            self.taken += 1

    async def send(self, room: str, kind: str, content: Any) -> None:
        await self.attack("PUT", parts("rooms", room, "send", kind, f"t{next(_NUMBERS)}"), content)

    async def set_state(self, kind: str, key: str, content: Any) -> None:
        await self.attack("PUT", parts("rooms", self.own, "state", kind, key), content)

    async def to_bot(self, kind: str, content: Any) -> None:
        messages = {self.stage.bot.user: {self.bot_device: content}}
        await self.attack("PUT", parts("sendToDevice", kind, f"t{next(_NUMBERS)}"), {"messages": messages})

    async def meet_the_bot(self) -> None:
        bot = self.stage.bot.user
        shown = await self.ask("POST", parts("keys", "query"), {"device_keys": {bot: []}})
        ((self.bot_device, device),) = shown["device_keys"][bot].items()
        self.bot_keys = device["keys"]

    async def writer(self) -> RealWriter:
        wanted = {"one_time_keys": {self.stage.bot.user: {self.bot_device: "signed_curve25519"}}}
        claimed = (await self.ask("POST", parts("keys", "claim"), wanted))["one_time_keys"]
        ((_, key),) = claimed[self.stage.bot.user][self.bot_device].items()
        return RealWriter(self, key["key"])


class RealWriter(Writer):
    """Like `Writer`, to the real bot."""

    def __init__(self, hostile: Hostile, one_time: str) -> None:
        keys = {f"{kind}:BOTDEVICE": hostile.bot_keys[f"{kind}:{hostile.bot_device}"] for kind in _KINDS}
        shown = Wired(uploads=[{"device_keys": {"keys": keys}}], one_time={"it": one_time})
        super().__init__(hostile.phone, shown, hostile.room)
        self._bot = hostile.stage.bot.user

    def olm(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        return super().olm({"recipient": self._bot, **payload})


_KINDS = ("curve25519", "ed25519")


@pytest_asyncio.fixture(loop_scope="session")
async def mallory(stage: Stage) -> AsyncIterator[Hostile]:
    """In an encrypted room with workers and the bot, and admin of an own room with the bot in it."""
    user = await stage.server.register(f"mallory{next(_NUMBERS)}", "pw")
    login = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user},
        "password": "pw",
        "device_id": DEVICE,
    }
    token = (await asyncio.to_thread(stage.server.call, "POST", parts("login"), login, ""))["access_token"]
    room = await stage.kim.create_room(encrypted=True, preset="private_chat", invite=[stage.bot.user, user])
    await stage.kim.wait_for_text(room, "Hello", stage.bot.user)
    it = Hostile(stage, user, token, Someone(user, 66, DEVICE), room, "")
    signing = {name.removesuffix("s"): key for name, key in it.someone.cross_signing().items()}
    await it.ask("POST", parts("keys", "device_signing", "upload"), signing)
    keys = it.phone.keys(it.someone.self_signing)
    del keys["unsigned"]
    await it.ask("POST", parts("keys", "upload"), {"device_keys": keys})
    await it.ask("POST", parts("rooms", room, "join"), {})
    made = await it.ask("POST", parts("createRoom"), {"room_version": "10", "invite": [stage.bot.user]})
    it.own = made["room_id"]
    await it.meet_the_bot()
    yield it
    for left in (room, it.own):
        await it.ask("POST", parts("rooms", left, "leave"), {})


async def all_of_it(it: Hostile) -> None:
    """Every row of the corpus that somebody without a homeserver of their own can send."""
    for kind, content in corpus.TIMELINE.values():
        await it.send(it.room, kind, content)
        await it.send(it.own, kind, content)
    for kind, key, content in corpus.STATE.values():
        await it.set_state(kind, key, content)
    for kind, content in corpus.TO_DEVICE.values():
        await it.to_bot(kind, content)
    curve = it.bot_keys[f"curve25519:{it.bot_device}"]
    for bad in corpus.OPENS_OUR_CHANNEL.values():
        content = to_device(it.phone, curve, 0, "")["content"]
        await it.to_bot("m.room.encrypted", {**content, "ciphertext": {curve: bad}})
    for changes in corpus.ROOM_KEYS.values():
        await it.to_bot("m.room.encrypted", (await it.writer()).key(**changes)["content"])
    writer = await it.writer()
    await it.to_bot("m.room.encrypted", writer.key()["content"])
    for inner in corpus.INSIDE.values():
        whole = {"room_id": it.room, **inner} if isinstance(inner, dict) else inner
        await it.send(it.room, "m.room.encrypted", writer.seal(whole)["content"])


async def bad_keys(it: Hostile) -> None:
    for name, bad in enumerate(corpus.ONE_TIME.values()):
        keys = {f"signed_curve25519:AAAA{name}": {"signatures": {it.user: {f"ed25519:{DEVICE}": "x"}}, **bad}}
        await it.attack("POST", parts("keys", "upload"), {"one_time_keys": keys})
    for bad in corpus.DEVICE_KEYS.values():
        shown = it.phone.keys(it.someone.self_signing)
        await it.attack("POST", parts("keys", "upload"), {"device_keys": bad and {**shown, **bad}})
    for bad in corpus.CROSS_SIGNING.values():
        shown = it.someone.cross_signing()["self_signing_keys"]
        body = {"self_signing_key": bad and {**shown, **bad}}
        await it.attack("POST", parts("keys", "device_signing", "upload"), body)


async def test_calls_for_help_between_hostile_events_all_reach_supporters(
    stage: Stage, mallory: Hostile
) -> None:
    async with stage.worker() as worker:
        await stage.kim.invite(mallory.room, worker.user)
        await worker.join(await worker.wait_for_membership("invite", room=mallory.room))

        async def neighbour() -> None:
            for number in range(6):
                await worker.send(mallory.room, f"#swshelp #nyc neighbour number {number}")
                await stage.card(stage.nyc, f"neighbour number {number}")

        await asyncio.gather(all_of_it(mallory), neighbour())
        await bad_keys(mallory)
        await worker.send(mallory.room, "#swsharassment #chicago the last of all neighbours")
        await stage.card(stage.chicago, "the last of all neighbours")
        await worker.wait_for_text(mallory.room, "please don't engage", stage.bot.user)
        assert stage.bot.running
        assert stage.bot.logged("failed") == 0
        assert mallory.taken >= 60
    print(f"{mallory.taken} taken by the homeserver, {mallory.refused} refused")  # noqa: T201


async def test_words_as_long_as_an_event_can_hold_reach_supporters_whole(stage: Stage) -> None:
    async with stage.worker() as worker:
        long = "help me, " + "a very long story, " * 2400 + "the end of it"
        await worker.send(stage.kitchen, f"#swshelp #nyc {long}")
        first = await stage.card(stage.nyc, "help me, a very long story")
        last = await stage.card(stage.nyc, "the end of it")
        assert first.id != last.id
        assert last.thread == first.id
        assert first.clean
        assert last.clean
