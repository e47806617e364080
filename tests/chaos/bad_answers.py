"""Requests that fail in every way while people post; each leaves the scene as it found it."""

from __future__ import annotations

import asyncio
import re

from tests.chaos.conversation import WITHIN, claimed_and_answered, jos_case, jos_chat
from tests.chaos.proxy import ANYTHING, HISTORY, NOT_KEYS, SENDS, SYNC, Fault
from tests.chaos.scene import Scene

A_MOMENT, A_WHILE = 1.0, 3.0
"""Seconds for the bot to meet a fault."""
REQUESTS = (
    Fault.BAD_GATEWAY,
    Fault.SLOW_DOWN,
    Fault.SLOW_DOWN_UNSAID,
    Fault.PAGE,
    Fault.CUT,
    Fault.EMPTY,
    Fault.RESET,
    Fault.SWALLOWED,
    Fault.LATE,
)
"""Faults of single requests, after which the next may work."""


async def some_posts(scene: Scene, count: int) -> None:
    """One of four encrypted."""
    for number in range(count):
        await (scene.post_sealed() if number % 4 == 0 else scene.post(number))


async def one_fault(scene: Scene, fault: Fault, posts: int = 6) -> None:
    """One request in two fails in this way, until the bot has met it often enough."""
    scene.proxy.play(fault, where=_may_meet(fault), odds=2, times=25)
    await some_posts(scene, posts)


async def every_fault(scene: Scene, posts: int = 8) -> None:
    """All at once, each as often as it comes."""
    everything_fails(scene)
    await some_posts(scene, posts)


async def private_report(scene: Scene) -> None:
    """Written to the bot alone, claimed and answered, while requests fail in every way."""
    await scene.post_sealed()
    assert await scene.all_arrived(WITHIN)
    chat = await jos_chat(scene)
    everything_fails(scene)
    await scene.jo.write(chat, scene.tally.words(chat, scene.jo.user))
    assert await scene.all_arrived(WITHIN)
    await claimed_and_answered(scene, jos_case(scene), chat)


def everything_fails(scene: Scene) -> None:
    """Two requests in five, until each fault was met four times. A telling takes five that work."""
    for place, fault in enumerate(REQUESTS):
        scene.proxy.play(fault, where=_may_meet(fault), odds=14 + place, times=4)
    scene.proxy.play(Fault.SWALLOWED, SENDS, times=5)


def _may_meet(fault: Fault) -> re.Pattern[str]:
    """The right answer to a key sent is an empty object: that one nobody can tell from a lie."""
    return NOT_KEYS if fault is Fault.EMPTY else ANYTHING


async def answers_lost(scene: Scene, posts: int = 6) -> None:
    """The homeserver takes every message, and the bot does not hear of it; then it is killed, too."""
    scene.proxy.play(Fault.SWALLOWED, SENDS)
    await some_posts(scene, posts)
    await asyncio.sleep(A_WHILE)
    await scene.kill()
    scene.proxy.calm()
    await scene.bot.start()


async def gap_refused(scene: Scene, posts: int = 55) -> None:
    """More than a sync shows was written while the bot was away, and the rest is refused at first."""
    await scene.kill()
    for number in range(posts):
        await scene.post(number * len(scene.streets))
    for fault in (Fault.NO_SUCH_THING, Fault.NOT_UNDERSTOOD):
        scene.proxy.play(fault, HISTORY, times=1)
    await scene.bot.start()
    assert await scene.all_arrived(WITHIN)
    assert scene.proxy.played[Fault.NOT_UNDERSTOOD], "nothing had to be asked for again"


async def drip(scene: Scene) -> None:
    """Answers that never end: what is sent, and then a sync."""
    scene.proxy.play(Fault.DRIP, SENDS, times=1)
    await some_posts(scene, 3)
    await asyncio.sleep(A_MOMENT)
    scene.proxy.play(Fault.DRIP, SYNC, times=1)
    await some_posts(scene, 3)
