"""We promise of one malformed event, key or answer that …"""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import vodozemac
from aiohttp import web

from bot.core.effects import Incoming
from bot.core.model import Message, Millis, RoomId, Trust, UserId
from bot.core.parse import read
from bot.core.sensitive import Sensitive
from bot.core.speech import Paragraph, Quote, Whispered
from bot.ports import Batch
from bot.store.codec import pack, unpack
from tests.hostile import corpus
from tests.matrix.wired import ROOM, Bot, connected
from tests.matrix.world import BOT, BOT_DEVICE, Answer, Phone, Someone
from tests.matrix.written import Writer, event, sync, to_device
from tests.matrix.written import text as plain_text

ROSA, MALLORY, ANA = (UserId(f"@{name}:sws.test") for name in ("rosa", "mallory", "ana"))
PLAIN = "!plain:sws.test"
TEAM = RoomId("!team:sws.test")
WORDS = Whispered((Paragraph("A case."), Quote(Sensitive("words of the case"))))


@dataclass
class Scene:
    """Rosa writes, Mallory attacks, Ana is a supporter who must get what the bot tells."""

    bot: Bot
    rosa: Someone
    mallory: Someone
    ana: Someone

    async def neighbour_survives(
        self, *bad: Any, to_us: tuple[Any, ...] = (), before: Writer | None = None, **more: Any
    ) -> tuple[Incoming, ...]:
        """Everything heard beside Rosa's two messages, which are heard whatever stands around them."""
        phone = Writer(self.rosa.devices["PHONE"], self.bot.server)
        key, sealed = phone.key(), phone.write("sealed help")
        body = sync(*bad, sealed, *bad, to_device=[*to_us, key, *to_us], **more)
        rooms = body["rooms"] = body["rooms"] or {}
        other = {"timeline": {"events": [*bad, plain_text(ROSA, "plain help"), *bad]}}
        rooms["join"] = {**rooms.get("join", {}), PLAIN: other}
        self.bot.server.syncs.append(body)
        return self.others(await self.bot.chat.pull("s0", Millis(0)))

    def others(self, batch: Batch) -> tuple[Incoming, ...]:
        messages = [each for each in batch.incoming if isinstance(each, Message)]
        heard = [(each.body.reveal(), each.trust) for each in messages if is_rosas(each)]
        assert sorted(heard) == [("plain help", Trust.PLAIN), ("sealed help", Trust.SIGNED)]
        kept = unpack(pack(batch.incoming), tuple[Incoming, ...])
        assert kept == batch.incoming
        for each in batch.incoming:
            if isinstance(each, Message):
                read(each.body)
        return tuple(each for each in batch.incoming if not is_rosas(each))

    async def telling_arrives(self, *roster: UserId) -> None:
        """Ana's phone can read what is told to the supporter room."""
        await self.bot.chat.tell(TEAM, WORDS, frozenset({ANA, *roster}), f"key {len(self.bot.server.sent)}")
        _, content = list(self.bot.server.sent.values())[-1]
        (key,) = [
            k for k in self.ana.devices["PHONE"].room_keys() if k["session_id"] == content["session_id"]
        ]
        session = vodozemac.InboundGroupSession(vodozemac.SessionKey(key["session_key"]))
        opened = session.decrypt(vodozemac.MegolmMessage.from_base64(content["ciphertext"]))
        assert "words of the case" in opened.plaintext.decode()


def is_rosas(each: Incoming) -> bool:
    return isinstance(each, Message) and each.sender == ROSA and each.body.reveal().endswith(" help")


def state(kind: str, content: Any, key: str = "") -> dict[str, Any]:
    return event(BOT, kind, content, state_key=key)


def team(*people: str) -> list[dict[str, Any]]:
    return [
        state("m.room.create", {"room_version": "11"}),
        state("m.room.encryption", {"algorithm": corpus.MEGOLM}),
        state("m.room.join_rules", {"join_rule": "invite"}),
        state("m.room.history_visibility", {"history_visibility": "joined"}),
        state("m.room.power_levels", {"users": {BOT: 50}}),
        *(state("m.room.member", {"membership": "join"}, person) for person in (BOT, *people)),
    ]


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    rosa, mallory, ana = Someone(ROSA, 1, "PHONE"), Someone(MALLORY, 2, "EVIL"), Someone(ANA, 3, "PHONE")
    for phone in (mallory.devices["EVIL"], ana.devices["PHONE"]):
        phone.offer()
    async with connected(folder, rosa, mallory, ana) as bot:
        bot.server.state |= {PLAIN: [], TEAM: team(ANA)}
        bot.server.state[ROOM] = [state("m.room.encryption", {"algorithm": corpus.MEGOLM})]
        yield Scene(bot, rosa, mallory, ana)


def rows(*tables: Any) -> pytest.MarkDecorator:
    (table,) = tables
    return pytest.mark.parametrize("bad", table.values(), ids=table.keys())


@rows(corpus.TIMELINE)
async def test_a_malformed_event_costs_itself(tmp_path: Path, bad: tuple[str, Any]) -> None:
    async with scene(tmp_path) as here:
        await here.neighbour_survives(event(MALLORY, *bad))
        await here.telling_arrives()


@rows(corpus.STATE)
async def test_malformed_state_costs_itself(tmp_path: Path, bad: tuple[str, str, Any]) -> None:
    kind, key, content = bad
    async with scene(tmp_path) as here:
        shown = event(MALLORY, kind, content, state_key=key)
        for room in (ROOM, PLAIN):
            here.bot.server.state[room].append(shown)
        await here.neighbour_survives(shown)
        await here.telling_arrives()


@rows(corpus.EVENTS)
async def test_what_is_no_event_costs_itself(tmp_path: Path, bad: Any) -> None:
    async with scene(tmp_path) as here:
        shown = (
            {**plain_text(MALLORY, "x"), **bad} if isinstance(bad, dict) and "event_id" not in bad else bad
        )
        if isinstance(bad, dict) and bad.get("state_key") == BOT:
            # Everything before it was said before we came, as far as anybody can tell.
            here.bot.server.syncs.append(sync(shown))
            await here.bot.chat.pull("s0", Millis(0))
            shown = None
        await here.neighbour_survives(shown)
        await here.telling_arrives()


@rows(corpus.TO_DEVICE)
async def test_a_malformed_message_to_our_device_costs_itself(tmp_path: Path, bad: tuple[str, Any]) -> None:
    kind, content = bad
    async with scene(tmp_path) as here:
        await here.neighbour_survives(to_us=({"type": kind, "sender": MALLORY, "content": content},))
        await here.telling_arrives()


@rows(corpus.OPENS_OUR_CHANNEL)
async def test_a_malformed_channel_to_our_device_costs_itself(tmp_path: Path, bad: Any) -> None:
    async with scene(tmp_path) as here:
        phone = here.mallory.devices["EVIL"]
        curve = here.bot.chat.client.olm.account.identity_keys["curve25519"]
        shown = to_device(phone, curve, 0, "")
        shown["content"]["ciphertext"][curve] = bad
        unkeyed = copy.deepcopy(shown)
        unkeyed["content"]["sender_key"] = corpus.ZERO
        await here.neighbour_survives(to_us=(shown, unkeyed))
        await here.telling_arrives()


@rows(corpus.ROOM_KEYS)
async def test_a_malformed_room_key_costs_itself(tmp_path: Path, bad: dict[str, Any]) -> None:
    async with scene(tmp_path) as here:
        writer = Writer(here.mallory.devices["EVIL"], here.bot.server)
        await here.neighbour_survives(writer.write("#swsdoxx"), to_us=(writer.key(**bad),))
        await here.telling_arrives()


@rows(corpus.INSIDE)
async def test_malformed_words_under_a_good_seal_cost_themselves(tmp_path: Path, bad: Any) -> None:
    async with scene(tmp_path) as here:
        writer = Writer(here.mallory.devices["EVIL"], here.bot.server)
        key = writer.key()
        inner = {"room_id": ROOM, **bad} if isinstance(bad, dict) else bad
        others = await here.neighbour_survives(writer.seal(inner), to_us=(key,))
        assert others == ()
        await here.telling_arrives()


@rows(corpus.SYNCS)
async def test_a_malformed_part_of_an_answer_costs_that_part(tmp_path: Path, bad: dict[str, Any]) -> None:
    async with scene(tmp_path) as here:
        rooms = bad.get("rooms", {})
        more = {key: part for key, part in bad.items() if key not in ("rooms", "to_device")}
        phone = Writer(here.rosa.devices["PHONE"], here.bot.server)
        body = {**sync(phone.write("sealed help"), to_device=[phone.key()]), **more}
        body["rooms"] = {**body["rooms"], **rooms}
        body["rooms"]["join"][PLAIN] = {"timeline": {"events": [plain_text(ROSA, "plain help")]}}
        here.bot.server.syncs.append(body)
        here.others(await here.bot.chat.pull("s0", Millis(0)))
        if "to_device" in bad:
            here.bot.server.syncs.append({**sync(), **bad})
            await here.bot.chat.pull("s1", Millis(0))
        await here.telling_arrives()


@rows(corpus.BODIES)
async def test_json_that_python_cannot_read_costs_itself(tmp_path: Path, bad: str) -> None:
    async with scene(tmp_path) as here:
        phone = Writer(here.rosa.devices["PHONE"], here.bot.server)
        body = sync(phone.write("sealed help"), to_device=["BAD", phone.key(), "BAD"])
        body["rooms"]["join"][PLAIN] = {
            "timeline": {"events": ["BAD", plain_text(ROSA, "plain help"), "BAD"]}
        }
        words = json.dumps(body).replace('"BAD"', bad)
        answer = web.Response(text=words, content_type="application/json")
        here.bot.server.instead = [("sync", answer)]
        here.others(await here.bot.chat.pull("s0", Millis(0)))
        await here.telling_arrives()


# -- keys ----------------------------------------------------------------------------------------------------


def spoilt(part: tuple[str, ...], bad: Any) -> Callable[[str, Any], Any]:
    """Answers about keys in which one part of Mallory's is changed."""

    def spoil(where: str, body: Any) -> Any:
        if "keys/query" not in where or MALLORY not in body["device_keys"]:
            return body
        here = body
        for step in part[:-1]:
            here = here[step]
        here[part[-1]] = None if bad is None else {**here[part[-1]], **bad}
        return Answer(body)

    return spoil


@rows(corpus.DEVICE_KEYS)
async def test_a_members_malformed_device_keeps_nobody_else_from_reading(tmp_path: Path, bad: Any) -> None:
    async with scene(tmp_path) as here:
        here.bot.server.state[TEAM] = team(ANA, MALLORY)
        here.bot.server.keys.spoil = spoilt(("device_keys", MALLORY, "EVIL"), bad)
        await here.telling_arrives(MALLORY)
        await here.neighbour_survives(plain_text(MALLORY, "x"))


@rows(corpus.CROSS_SIGNING)
@pytest.mark.parametrize("part", ["self_signing_keys", "user_signing_keys"])
async def test_a_members_malformed_signing_key_keeps_nobody_else_from_reading(
    tmp_path: Path, part: str, bad: Any
) -> None:
    async with scene(tmp_path) as here:
        here.bot.server.state[TEAM] = team(ANA, MALLORY)
        here.bot.server.keys.spoil = spoilt((part, MALLORY), bad)
        await here.telling_arrives(MALLORY)
        await here.neighbour_survives(plain_text(MALLORY, "x"))


@rows(corpus.CROSS_SIGNING)
async def test_a_strangers_malformed_identity_keeps_nobody_from_being_heard(tmp_path: Path, bad: Any) -> None:
    async with scene(tmp_path) as here:
        here.bot.server.keys.spoil = spoilt(("master_keys", MALLORY), bad)
        writer = Writer(here.mallory.devices["EVIL"], here.bot.server)
        (heard,) = await here.neighbour_survives(writer.write("x"), to_us=(writer.key(),))
        assert isinstance(heard, Message)
        # Nothing rests on what the master key's own object is signed with.
        harmless = bad is not None and bad.keys() <= {"signatures", "unsigned"}
        assert heard.trust is (Trust.SIGNED if harmless else Trust.UNSIGNED)
        await here.telling_arrives()


@rows(corpus.ONE_TIME)
async def test_a_members_malformed_one_time_key_keeps_nobody_else_from_reading(
    tmp_path: Path, bad: dict[str, Any]
) -> None:
    async with scene(tmp_path) as here:
        here.bot.server.state[TEAM] = team(ANA, MALLORY)
        here.mallory.devices["EVIL"].one_time.clear()
        here.mallory.devices["EVIL"].offer(**bad)
        await here.telling_arrives(MALLORY)
        assert here.mallory.devices["EVIL"].room_keys() == []
        await here.neighbour_survives(plain_text(MALLORY, "x"))


async def test_a_number_or_nesting_without_end_in_an_answer_about_keys_costs_nobody_their_keys(
    tmp_path: Path,
) -> None:
    for spoil in ('"unsigned": ' + "[" * 3000 + "]" * 3000, '"unsigned": ' + "9" * 5000):
        async with scene(tmp_path / str(len(spoil))) as here:
            here.bot.server.state[TEAM] = team(ANA, MALLORY)
            honest = here.bot.server.keys.answer(
                "/keys/query", json.dumps({"device_keys": {ANA: [], MALLORY: []}})
            )
            words = honest.body.replace('"unsigned": {"device_display_name": "Phone of somebody"}', spoil)
            answer = web.Response(text=words, content_type="application/json")
            here.bot.server.instead = [("keys/query", answer)]
            await here.telling_arrives(MALLORY)


def test_the_corpus_is_as_large_as_was_promised() -> None:
    tables = [table for name, table in vars(corpus).items() if name.isupper() and isinstance(table, dict)]
    assert sum(map(len, tables)) >= 180


def test_the_world_of_these_tests_has_the_devices_it_speaks_of() -> None:
    assert isinstance(Someone(MALLORY, 2, "EVIL").devices["EVIL"], Phone)
    assert BOT_DEVICE == "BOTDEVICE"
