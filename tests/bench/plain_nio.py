"""A bot as nio's own examples write one, for comparison: `python -m tests.bench.plain_nio ORDERS`.

`ignore_unverified_devices=True` and the rest of it are what this project exists to do without.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from nio import AsyncClient, AsyncClientConfig, MatrixRoom, RoomMessageText
from nio.store import SqliteStore


async def main() -> None:
    """`orders`: url, token, user, device, pickle_key, supporters (a room), store (a folder)."""
    orders: dict[str, Any] = json.loads(sys.argv[1])
    config = AsyncClientConfig(
        encryption_enabled=True, store_sync_tokens=True, store=SqliteStore, pickle_key=orders["pickle_key"]
    )
    client = AsyncClient(orders["url"], orders["user"], store_path=orders["store"], config=config)
    client.restore_login(orders["user"], orders["device"], orders["token"])
    if client.should_upload_keys:
        await client.keys_upload()
    ready = False

    async def send(room: str, words: str) -> None:
        content = {"msgtype": "m.text", "body": words}
        await client.room_send(room, "m.room.message", content, ignore_unverified_devices=True)

    async def heard(room: MatrixRoom, event: RoomMessageText) -> None:
        if ready and event.sender != client.user_id and "#sws" in event.body:
            await send(orders["supporters"], event.body)
            await send(room.room_id, "Supporters have this.")

    client.add_event_callback(heard, RoomMessageText)
    if client.loaded_sync_token:
        ready = True
    else:
        await client.sync(timeout=0, full_state=True)
        ready = True
    sys.stderr.write('{"event": "ready"}\n')
    sys.stderr.flush()
    await client.sync_forever(timeout=20000, full_state=True)


if __name__ == "__main__":
    asyncio.run(main())
