"""A proxy on loopback in front of a real homeserver, which plays the bad one on request."""

from __future__ import annotations

import asyncio
import json
import random
import re
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from yarl import URL

HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "content-length", "content-encoding"}
)
LATENESS = 1.0
ANYTHING = re.compile("")
SENDS = re.compile(r"/(send|sendToDevice|redact|createRoom|join)\b")
NOT_KEYS = re.compile(r"^(?!.*/sendToDevice/)")
SYNC = re.compile(r"/sync\?")
QUERY = re.compile(r"/keys/query$")
HISTORY = re.compile(r"/messages\?")


class Fault(StrEnum):
    """What a homeserver, or what stands in front of it, can do to a client."""

    BAD_GATEWAY = "502 with a web page"
    SLOW_DOWN = "429 with retry_after_ms"
    SLOW_DOWN_UNSAID = "429 without a time"
    DRIP = "an answer that drips for seconds (slow-loris)"
    PAGE = "200 with HTML instead of JSON"
    CUT = "200 with JSON cut in the middle"
    EMPTY = "200 with an empty object"
    RESET = "connection reset before the request"
    SWALLOWED = "connection reset after the request was accepted"
    LATE = "a second later than usual"
    NO_SUCH_THING = "404 that it does not know what is asked for"
    NOT_UNDERSTOOD = "400 for no reason"
    NO_IDENTITY = "somebody's devices shown without their identity"
    DEAD_TOKEN = "401: the token is dead"
    SOFT_LOGOUT = "401: soft logout"


@dataclass
class Weather:
    """A fault that is on: for which requests, and how many of them."""

    fault: Fault
    where: re.Pattern[str] = ANYTHING
    times: int = 1_000_000
    odds: int = 1
    """One request in so many is hit, by chance: a regular pace could hit one of each round for ever."""
    chance: random.Random = field(default_factory=lambda: random.Random(1))

    def hits(self, path: str) -> bool:
        if self.times <= 0 or not self.where.search(path):
            return False
        if self.chance.randrange(self.odds):
            return False
        self.times -= 1
        return True


@dataclass
class Proxy:
    """Between `homeserver_in_bad_weather()` and its end; passes everything on until told otherwise."""

    upstream: str
    tls: ssl.SSLContext | None = None
    port: int = 0
    played: Counter[Fault] = field(default_factory=Counter)
    nobody: str = ""
    """Whose identity is not shown under `NO_IDENTITY`."""
    _weather: list[Weather] = field(default_factory=list)
    _runner: web.AppRunner | None = None
    _site: web.TCPSite | None = None
    _client: ClientSession | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}"

    # -- the weather ---------------------------------------------------------------------------------------

    def play(
        self, fault: Fault, where: re.Pattern[str] = ANYTHING, times: int = 1_000_000, odds: int = 1
    ) -> None:
        self._weather.append(Weather(fault, where, times, odds))

    def calm(self) -> None:
        self._weather.clear()

    async def hide(self) -> None:
        """Refuse new connections and end those there are, as when the machine behind the name is gone."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        self.hang_up()

    def hang_up(self) -> None:
        """End every connection, and so every sync that waits."""
        server = self._runner.server if self._runner else None
        for connection in list(server.connections if server else ()):
            if connection.transport is not None:
                connection.transport.abort()

    async def show(self, tls: ssl.SSLContext | None = None) -> None:
        """Be there (again), on the same port; with `tls`, from now on with this certificate."""
        assert self._runner is not None
        self.tls = tls or self.tls
        self._site = web.TCPSite(
            self._runner,
            "localhost",
            self.port,
            ssl_context=self.tls,
            reuse_address=True,
        )
        await self._site.start()
        self.port = self.port or int(self._runner.addresses[0][1])

    # -- requests ------------------------------------------------------------------------------------------

    async def open(self) -> None:
        self._client = ClientSession(timeout=ClientTimeout(total=120), auto_decompress=False)
        app = web.Application(client_max_size=1 << 26)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await self.show()

    async def close(self) -> None:
        if self._runner is not None:
            self.hang_up()
            await self._runner.cleanup()
        if self._client is not None:
            await self._client.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        weather = next((each for each in self._weather if each.hits(request.path_qs)), None)
        if weather is None:
            return await self._pass_on(request, body)
        self.played[weather.fault] += 1
        return await _PLAYS[weather.fault](self, request, body)

    async def _pass_on(self, request: web.Request, body: bytes) -> web.Response:
        assert self._client is not None
        headers = {k: v for k, v in request.headers.items() if k.lower() not in HOP_BY_HOP | {"host"}}
        where = URL(self.upstream + request.raw_path, encoded=True)
        try:
            async with self._client.request(request.method, where, data=body, headers=headers) as answer:
                words = await answer.read()
                kept = {
                    k: v
                    for k, v in answer.headers.items()
                    if k.lower() not in HOP_BY_HOP - {"content-encoding"}
                }
                return web.Response(status=answer.status, body=words, headers=kept)
        except (ClientError, TimeoutError):
            return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")


Play = Callable[[Proxy, web.Request, bytes], Awaitable[web.StreamResponse]]


def _page(status: int) -> Play:
    async def play(_proxy: Proxy, _request: web.Request, _body: bytes) -> web.StreamResponse:
        return web.Response(status=status, text="<html><h1>nginx</h1></html>", content_type="text/html")

    return play


def _error(status: int, **parts: object) -> Play:
    async def play(_proxy: Proxy, _request: web.Request, _body: bytes) -> web.StreamResponse:
        return web.json_response(parts, status=status)

    return play


async def _drip(_proxy: Proxy, request: web.Request, _body: bytes) -> web.StreamResponse:
    """A byte now and then, never an end; whoever waits for it must lose patience by itself."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for letter in b'{"event_id": "$' + b"a" * 200:
        await response.write(bytes([letter]))
        await asyncio.sleep(0.5)
    return response


async def _cut(proxy: Proxy, request: web.Request, body: bytes) -> web.StreamResponse:
    whole = await proxy._pass_on(request, body)
    words = whole.body if isinstance(whole.body, bytes) else b"{}"
    return web.Response(body=words[: len(words) // 2], content_type="application/json")


async def _reset(_proxy: Proxy, request: web.Request, _body: bytes) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _swallow(proxy: Proxy, request: web.Request, body: bytes) -> web.StreamResponse:
    await proxy._pass_on(request, body)
    return await _reset(proxy, request, body)


async def _late(proxy: Proxy, request: web.Request, body: bytes) -> web.StreamResponse:
    await asyncio.sleep(LATENESS)
    return await proxy._pass_on(request, body)


async def _without_identity(proxy: Proxy, request: web.Request, body: bytes) -> web.StreamResponse:
    whole = await proxy._pass_on(request, body)
    told = json.loads(whole.body if isinstance(whole.body, bytes) else b"{}")
    for part in ("master_keys", "self_signing_keys", "user_signing_keys"):
        told.get(part, {}).pop(proxy.nobody, None)
    return web.json_response(told)


_DEAD = {"errcode": "M_UNKNOWN_TOKEN", "error": "Unrecognised access token"}
_PLAYS: dict[Fault, Play] = {
    Fault.BAD_GATEWAY: _page(502),
    Fault.SLOW_DOWN: _error(429, errcode="M_LIMIT_EXCEEDED", error="Too many requests", retry_after_ms=300),
    Fault.SLOW_DOWN_UNSAID: _error(429, errcode="M_LIMIT_EXCEEDED", error="Too many requests"),
    Fault.DRIP: _drip,
    Fault.PAGE: _page(200),
    Fault.CUT: _cut,
    Fault.EMPTY: _error(200),
    Fault.RESET: _reset,
    Fault.SWALLOWED: _swallow,
    Fault.LATE: _late,
    Fault.NO_SUCH_THING: _error(404, errcode="M_UNRECOGNIZED", error="Unrecognized request"),
    Fault.NOT_UNDERSTOOD: _error(400, errcode="M_UNKNOWN", error="Bad request"),
    Fault.NO_IDENTITY: _without_identity,
    Fault.DEAD_TOKEN: _error(401, **_DEAD, soft_logout=False),
    Fault.SOFT_LOGOUT: _error(401, **_DEAD, soft_logout=True),
}


@asynccontextmanager
async def in_front_of(upstream: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[Proxy]:
    """`async with in_front_of(homeserver.url) as proxy:` and give the bot `proxy.url`."""
    proxy = Proxy(upstream, tls)
    await proxy.open()
    try:
        yield proxy
    finally:
        await proxy.close()
