"""What goes to and fro about a case: Jo is the worker, Sam the supporter who takes it on."""

from __future__ import annotations

import os

from tests.chaos.scene import Scene, until

WITHIN = 180.0


async def jos_chat(scene: Scene) -> str:
    """The private chat that she and the bot have to themselves."""
    return await scene.jo.chat_with(scene.bot.user, besides={scene.kitchen})


def jos_case(scene: Scene) -> str:
    """The card of the case that her last words went into."""
    posts = {**scene.tally.before, **scene.tally.posts}
    told = [
        mark for mark, post in posts.items() if post.writer == scene.jo.user and scene.sams_eyes.told[mark]
    ]
    return next(iter(scene.sams_eyes.told[told[-1]].values())).case


async def claimed_and_answered(scene: Scene, case: str, chat: str) -> None:
    """Sam takes it on and answers, Jo writes back; then he gives it back for the next time."""
    sam, jo, nyc = scene.sam, scene.jo, scene.nyc
    await _after(scene, case, "!claim", f"{sam.user} has ")
    answer, back = (f"we come {os.urandom(4).hex()}" for _ in range(2))
    await sam.write(nyc, f"!reply {answer}", case)
    await until(lambda: jo.saw(answer), "a supporter's answer to reach the worker", WITHIN)
    assert any(each.room == chat for each in jo.seen.values() if answer in each.body)
    await jo.write(chat, back)
    await until(lambda: sam.saw(back), "the worker's words to reach the supporter", WITHIN)
    await _after(scene, case, "!release", "")


async def _after(scene: Scene, case: str, command: str, words: str) -> None:
    """Sam writes a command in the thread of a case and waits for what is said there to it."""
    before = _said(scene, case, words)
    await scene.sam.write(scene.nyc, command, case)
    await until(lambda: _said(scene, case, words) > before, f"an answer to {command}", WITHIN)


def _said(scene: Scene, case: str, words: str) -> int:
    return sum(
        (each.thread, each.sender) == (case, scene.bot.user) and words in each.body
        for each in scene.sam.seen.values()
    )
