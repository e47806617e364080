"""A homeserver for one account, on loopback: what `sws-bot login` talks to, honest or not."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from aiohttp import web

PREFIX = "/_matrix/client/v3/"
UNKNOWN = {"errcode": "M_NOT_FOUND"}


class Refused(Exception):
    def __init__(self, status: int, **body: Any) -> None:
        super().__init__(status)
        self.status, self.body = status, body


class AccountServer:
    """`rules` replaces the answer of a path; it is given the honest one."""

    def __init__(self, user: str, password: str) -> None:
        self.user = user
        self.password = password
        self.devices: dict[str, str] = {}
        self.keys: dict[str, Any] = {}
        self.data: dict[str, Any] = {}
        self.cross_signing: dict[str, Any] = {}
        self.wants_proof: set[str] = set()
        self.stages = ["m.login.password"]
        self.rules: dict[str, Callable[[Any], Any]] = {}
        self.asked: list[str] = []
        self._numbers = count(1)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        where = request.path.removeprefix(PREFIX)
        self.asked.append(f"{request.method} {where}")
        words = await request.text()
        try:
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            honest = self._answer(request.method, where, json.loads(words) if words else {}, token)
            rule = self.rules.get(where)
            return web.json_response(rule(copy.deepcopy(honest)) if rule else honest)
        except Refused as refused:
            return web.json_response(refused.body, status=refused.status)

    def _answer(self, method: str, where: str, body: dict[str, Any], token: str) -> Any:
        if where == "login":
            return self._login(body) if method == "POST" else {"flows": [{"type": "m.login.password"}]}
        device = next((id_ for id_, known in self.devices.items() if known == token), None)
        if device is None:
            raise Refused(401, errcode="M_UNKNOWN_TOKEN")
        name, _, rest = where.partition("/")
        step: Callable[[str, str, dict[str, Any], str], Any] = getattr(self, f"_{name}")
        return step(method, rest, body, device)

    # -- devices -------------------------------------------------------------------------------------------

    def _login(self, body: dict[str, Any]) -> Any:
        if body["password"] != self.password or body["identifier"]["user"] != self.user:
            raise Refused(403, errcode="M_FORBIDDEN")
        device = f"DEVICE{next(self._numbers)}"
        self.devices[device] = f"token of {device}"
        return {"user_id": self.user, "device_id": device, "access_token": self.devices[device]}

    def _logout(self, _method: str, _rest: str, _body: dict[str, Any], device: str) -> Any:
        self._drop(device)
        return {}

    def _account(self, _method: str, _rest: str, _body: dict[str, Any], device: str) -> Any:
        return {"user_id": self.user, "device_id": device}

    def _devices(self, *_: Any) -> Any:
        return {"devices": [{"device_id": id_} for id_ in self.devices]}

    def _delete_devices(self, _method: str, _rest: str, body: dict[str, Any], _device: str) -> Any:
        self._prove("delete_devices", body)
        for device in body["devices"]:
            self._drop(device)
        return {}

    def _drop(self, device: str) -> None:
        del self.devices[device]
        self.keys.pop(device, None)

    def _prove(self, what: str, body: dict[str, Any]) -> None:
        if what in self.wants_proof and body.get("auth", {}).get("password") != self.password:
            raise Refused(401, session="s", flows=[{"stages": self.stages}])
        if what in self.wants_proof and body["auth"]["session"] != "s":
            raise Refused(403, errcode="M_FORBIDDEN")

    # -- keys ----------------------------------------------------------------------------------------------

    def _sync(self, *_: Any) -> Any:
        return {"next_batch": "1"}

    def _keys(self, _method: str, rest: str, body: dict[str, Any], device: str) -> Any:
        if rest == "upload":
            self.keys[device] = body["device_keys"]
            return {"one_time_key_counts": {"signed_curve25519": len(body["one_time_keys"])}}
        if rest == "device_signing/upload":
            self._prove("device_signing", body)
            self.cross_signing = {
                f"{part}s": {self.user: body[part]} for part in body if part.endswith("key")
            }
            return {}
        if rest == "signatures/upload":
            for id_, signed in body[self.user].items():
                made = self.keys[id_]["signatures"][self.user]
                made.update(signed["signatures"][self.user])
            return {}
        return {"device_keys": {self.user: self.keys}, **self.cross_signing}

    # -- account data --------------------------------------------------------------------------------------

    def _user(self, method: str, rest: str, body: dict[str, Any], _device: str) -> Any:
        kind = rest.partition("/account_data/")[2]
        if method == "PUT":
            self.data[kind] = body
            return {}
        if kind not in self.data:
            raise Refused(404, **UNKNOWN)
        return self.data[kind]
