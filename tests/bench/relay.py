"""A relay without encryption, for comparison: `python -m tests.bench.relay ORDERS`, orders as JSON.

It does the same sends as the bot (into the supporter room, then a word in the room it came from) and nothing
else: no encryption, no store, no check.
"""

from __future__ import annotations

import asyncio
import json
import sys
from itertools import count
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import ClientSession

V3 = "/_matrix/client/v3"
FILTER = json.dumps(
    {
        "presence": {"not_types": ["*"]},
        "account_data": {"not_types": ["*"]},
        "room": {
            "account_data": {"not_types": ["*"]},
            "ephemeral": {"not_types": ["*"]},
            "state": {"types": []},
            "timeline": {"types": ["m.room.message"], "limit": 500},
        },
    }
)


class Relay:
    """`orders`: url, token, user, supporters (a room) and width."""

    def __init__(self, orders: dict[str, Any], http: ClientSession) -> None:
        self._orders, self._http = orders, http
        self._waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._numbers = count()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(self._orders["width"]):
                group.create_task(self._work())
            group.create_task(self._listen())

    async def _listen(self) -> None:
        since = (await self._sync(None))["next_batch"]
        sys.stderr.write('{"event": "ready"}\n')
        sys.stderr.flush()
        while True:
            body = await self._sync(since)
            since = body["next_batch"]
            for room, section in body.get("rooms", {}).get("join", {}).items():
                for event in section.get("timeline", {}).get("events", []):
                    words = str(event["content"].get("body", ""))
                    if event["sender"] != self._orders["user"] and "#sws" in words:
                        self._waiting.put_nowait((room, words))

    async def _work(self) -> None:
        while True:
            room, words = await self._waiting.get()
            await self._send(self._orders["supporters"], words)
            await self._send(room, "Supporters have this.")

    async def _sync(self, since: str | None) -> Any:
        asked = {"filter": FILTER, "timeout": "20000" if since else "0", "set_presence": "offline"}
        if since:
            asked["since"] = since
        return await self._ask("GET", "/sync?" + urlencode(asked))

    async def _send(self, room: str, words: str) -> None:
        where = f"/rooms/{quote(room)}/send/m.room.message/r{next(self._numbers)}"
        await self._ask("PUT", where, {"msgtype": "m.text", "body": words})

    async def _ask(self, method: str, where: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._orders['token']}"}
        url = self._orders["url"] + V3 + where
        async with self._http.request(method, url, json=body, headers=headers) as answer:
            answer.raise_for_status()
            return await answer.json()


async def main() -> None:
    orders = json.loads(sys.argv[1])
    async with ClientSession() as http:
        await Relay(orders, http).run()


if __name__ == "__main__":
    asyncio.run(main())
