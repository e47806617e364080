"""Two people, and what one sync with some events of theirs comes to."""

from __future__ import annotations

from typing import Any

from bot.core.model import Millis
from tests.matrix.wired import Bot
from tests.matrix.world import Someone
from tests.matrix.written import sync

ROSA = "@rosa:sws.test"
MALLORY = "@mallory:sws.test"
NOW = Millis(0)
ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


def rosa() -> Someone:
    return Someone(ROSA, 1, "PHONE")


def mallory() -> Someone:
    return Someone(MALLORY, 2, "EVIL")


async def heard(bot: Bot, *events: dict[str, Any], **more: Any) -> tuple[Any, ...]:
    """What one sync with these events comes to."""
    bot.server.syncs.append(sync(*events, **more))
    return (await bot.chat.pull("s0", NOW)).incoming
