"""A homeserver on loopback that answers as it is told, and people who can encrypt for the bot on it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.core.model import Millis, RoomId
from bot.core.sensitive import Sensitive
from bot.matrix.chat import MatrixChat
from bot.matrix.session import Session
from tests.matrix.world import BOT, BOT_DEVICE, Pins, Server, Someone

ROOM = RoomId("!room:sws.test")
V3 = "/_matrix/client/v3/"
Reply = tuple[int, Any]


class Clock:
    def __init__(self) -> None:
        self.time = Millis(1_700_000_000_000)

    def now(self) -> Millis:
        return self.time

    async def sleep(self, length: Millis) -> None:
        raise AssertionError("the Chat never waits by itself")


class Notebook:
    """What was written down."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def event(self, name: str, **ids: str | int | Enum) -> None:
        self.events.append((name, ids))

    def fault(self, name: str, error: BaseException, **ids: str | int | Enum) -> None:
        self.events.append((name, ids))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.events]


@dataclass
class Wired:
    """Answers key requests truthfully (see `world.Server`), the rest from what the test put there."""

    keys: Server = field(default_factory=Server)
    whoami: dict[str, Any] = field(default_factory=lambda: {"user_id": BOT, "device_id": BOT_DEVICE})
    syncs: list[dict[str, Any]] = field(default_factory=list)
    state: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    pages: list[dict[str, Any]] = field(default_factory=list)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    uploads: list[dict[str, Any]] = field(default_factory=list)
    one_time: dict[str, str] = field(default_factory=dict)
    sent: dict[str, tuple[str, Any]] = field(default_factory=dict)
    created: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    instead: list[tuple[str, web.Response | Callable[[], None]]] = field(default_factory=list)
    """The next request whose path holds this text gets this answer."""

    async def serve(self, request: web.Request) -> web.Response:
        text = await request.text()
        where = unquote(request.path).removeprefix(V3)
        body = json.loads(text) if text else None
        self.asked.append((request.method, where, dict(request.query), body))
        for number, (part, answer) in enumerate(self.instead):
            if part in where:
                del self.instead[number]
                if isinstance(answer, web.Response):
                    return answer
                answer()
                break
        status, told = self._answer(request.method, where, text, body)
        return web.json_response(told, status=status)

    def _answer(self, method: str, where: str, text: str, body: Any) -> Reply:  # noqa: PLR0912 - a table
        parts = where.split("/")
        match [method, *parts]:
            case ["GET", "account", "whoami"]:
                return 200, self.whoami
            case ["GET", "sync"]:
                return 200, self.syncs.pop(0) if self.syncs else {"next_batch": "end"}
            case ["POST", "keys", "upload"]:
                return self._upload(body)
            case ["POST", "keys", _] | ["PUT", "sendToDevice", _, _]:
                answer = self.keys.answer("/" + where, text)
                return answer.status, json.loads(answer.body)
            case ["GET", "rooms", room, "state"]:
                return (200, self.state[room]) if room in self.state else _missing()
            case ["GET", "rooms", room, "state", kind, *key]:
                wanted = (kind, "".join(key))
                events = self.state.get(room, [])
                found = [
                    event["content"] for event in events if (event["type"], event["state_key"]) == wanted
                ]
                return (200, found[0]) if found else _missing()
            case ["GET", "rooms", _, "messages"]:
                return 200, self.pages.pop(0) if self.pages else {"chunk": []}
            case ["GET", "rooms", _, "event", event]:
                return (200, self.events[event]) if event in self.events else _missing()
            case ["GET", "joined_rooms"]:
                return 200, {"joined_rooms": list(self.state)}
            case ["POST", "createRoom"]:
                return self._create(body)
            case ["PUT", "rooms", _, "send", kind, transaction]:
                self.sent.setdefault(transaction, (kind, body))
                id_ = f"$sent-{transaction}"
                made = {"type": kind, "content": body, "sender": BOT, "event_id": id_, "origin_server_ts": 1}
                self.events.setdefault(id_, made)
                return 200, {"event_id": id_}
            case ["PUT", "rooms", _, "redact", *_]:
                return 200, {"event_id": "$redaction"}
            case ["POST", "join", room]:
                return 200, {"room_id": room}
            case ["PUT" | "POST", *_]:
                return 200, {}
            case _:
                return _missing()

    def _upload(self, body: dict[str, Any]) -> Reply:
        self.uploads.append(body)
        self.one_time |= {name: key["key"] for name, key in body.get("one_time_keys", {}).items()}
        return 200, {"one_time_key_counts": {"signed_curve25519": len(self.one_time)}}

    def _create(self, body: dict[str, Any]) -> Reply:
        self.created.append(body)
        room = f"!made{len(self.created)}:sws.test"
        create = {
            "type": "m.room.create",
            "state_key": "",
            "sender": BOT,
            "content": body["creation_content"],
        }
        self.state[room] = [create]
        return 200, {"room_id": room}

    def asked_for(self, part: str) -> list[tuple[str, str, dict[str, str], Any]]:
        return [request for request in self.asked if part in request[1]]


def _missing() -> Reply:
    return 404, {"errcode": "M_NOT_FOUND"}


def refusal(status: int, code: str | None = None, **more: Any) -> web.Response:
    return web.json_response({**({"errcode": code} if code else {}), **more}, status=status)


@dataclass
class Bot:
    chat: MatrixChat
    server: Wired
    clock: Clock
    journal: Notebook
    pins: Pins
    folder: Path


def session(url: str) -> Session:
    return Session(url, BOT, BOT_DEVICE, Sensitive("token"), Sensitive("pickle"))


@asynccontextmanager
async def listening(server: Wired) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_route("*", "/{anything:.*}", server.serve)
    running = TestServer(application)
    await running.start_server()
    try:
        yield str(running.make_url("")).rstrip("/")
    finally:
        await running.close()


@asynccontextmanager
async def bot_on(
    url: str, server: Wired, folder: Path, pins: Pins | None = None, clock: Clock | None = None
) -> AsyncIterator[Bot]:
    clock, journal, pins = clock or Clock(), Notebook(), pins or Pins()
    chat = MatrixChat(session(url), folder, pins, clock, journal)
    await chat.open()
    try:
        yield Bot(chat, server, clock, journal, pins, folder)
    finally:
        await chat.close()


@asynccontextmanager
async def connected(folder: Path, *people: Someone, server: Wired | None = None) -> AsyncIterator[Bot]:
    """A bot, opened, whose keys are uploaded."""
    server = server or Wired()
    server.keys.add(*people)
    async with listening(server) as url, bot_on(url, server, folder) as bot:
        await bot.chat.pull(None, Millis(0))
        yield bot
