"""SIGKILL at random moments while people post: every post reaches supporters once."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

from tests.chaos.scene import Scene, start_and_kill

PATIENCE = 20.0
"""Seconds in which it should be ready; a slow machine must not make it endless."""
AT_WORK = 1.0
"""Seconds after it is ready in which the bot is killed."""


@dataclass
class Killed:
    """How it went."""

    while_starting: int = 0
    while_ready: int = 0

    @property
    def kills(self) -> int:
        return self.while_starting + self.while_ready


async def kill_under_load(scene: Scene, kills: int, posts: int, writers: int = 5, seed: int = 1) -> Killed:
    """`writers` write side by side, one of them encrypted, while the bot is killed and started again.

    A quarter of the kills hit the start-up, the others the bot at work.
    """
    chance, done = random.Random(seed), Killed()
    written = asyncio.Semaphore(0)
    """So many posts may be written by now: they keep step with the kills."""

    async def write(place: int) -> None:
        for number in range(place, posts, writers):
            await written.acquire()
            await (scene.post_sealed() if place == 0 else scene.post(number))

    await scene.kill()
    async with asyncio.TaskGroup() as group:
        for place in range(writers):
            group.create_task(write(place))
        for number in range(kills):
            for _ in range(number * posts // kills, (number + 1) * posts // kills):
                written.release()
            if number % 4 == 0:
                await _while_starting(scene, chance, done)
            else:
                await _at_work(scene, chance, done)
    await scene.bot.start()
    return done


async def _while_starting(scene: Scene, chance: random.Random, done: Killed) -> None:
    if await start_and_kill(scene, chance.uniform(0.1, 2.0)):
        done.while_ready += 1
    else:
        done.while_starting += 1


async def _at_work(scene: Scene, chance: random.Random, done: Killed) -> None:
    starting = asyncio.create_task(scene.bot.start())
    await asyncio.wait([starting], timeout=PATIENCE)
    await asyncio.sleep(chance.uniform(0, AT_WORK))
    ready = starting.done()
    await scene.kill()
    await asyncio.gather(starting, return_exceptions=True)
    if ready:
        done.while_ready += 1
    else:
        done.while_starting += 1
