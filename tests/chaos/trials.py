"""Faults of machine, network and account while people post; each leaves the scene as it found it."""

from __future__ import annotations

import asyncio
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from bot.demo.process import BotFailed
from tests.chaos import broken_machine
from tests.chaos.bad_answers import some_posts
from tests.chaos.certificates import Authority
from tests.chaos.conversation import claimed_and_answered, jos_case, jos_chat
from tests.chaos.proxy import SENDS, Fault, in_front_of
from tests.chaos.scene import Scene, patched_environment

A_MOMENT, A_WHILE = 1.0, 3.0
"""Seconds for the bot to meet a fault."""


async def refused(scene: Scene, seconds: float = 3) -> None:
    """Nobody listens at the homeserver's address."""
    await scene.proxy.hide()
    await some_posts(scene, 4)
    await asyncio.sleep(seconds)
    await scene.proxy.show()


async def nameless(scene: Scene, seconds: float = 12) -> None:
    """The homeserver's name cannot be resolved any more: longer than names are remembered."""
    gone = scene.folder / broken_machine.NAMELESS
    gone.touch()
    scene.proxy.hang_up()
    await some_posts(scene, 4)
    for _ in range(int(seconds)):
        await asyncio.sleep(A_MOMENT)
        scene.proxy.hang_up()
    gone.unlink()


async def homeserver_down(scene: Scene, seconds: float = 5) -> None:
    """The homeserver is stopped and comes back."""
    await some_posts(scene, 2)
    await asyncio.to_thread(scene.server.stop)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(scene.server.start)
    await some_posts(scene, 2)


async def expired_certificate(scene: Scene) -> None:
    """The homeserver's certificate runs out and is renewed."""
    authority = Authority(scene.folder / "certificates")
    await scene.bot.stop()
    plain = scene.bot.config.read_text()
    async with in_front_of(scene.server.url, authority.good()) as proxy:
        scene.bot.config.write_text(plain.replace(scene.proxy.url, proxy.url))
        with patched_environment(SSL_CERT_FILE=str(authority.root)):
            await scene.bot.start()
        await some_posts(scene, 2)
        assert await scene.all_arrived()
        await proxy.hide()
        await proxy.show(authority.expired())
        await some_posts(scene, 2)
        await asyncio.sleep(A_WHILE)
        assert not await scene.all_arrived(patience=1), (
            "the bot talks to a server with an expired certificate"
        )
        await proxy.hide()
        await proxy.show(authority.good())
        assert await scene.all_arrived()
        await scene.bot.stop()
    scene.bot.config.write_text(plain)
    await scene.bot.start()


async def dead_token(scene: Scene, fault: Fault) -> None:
    """The bot ends and says why; nothing is lost meanwhile."""
    before = len(scene.bot.log)
    scene.proxy.play(fault)
    scene.proxy.hang_up()
    await some_posts(scene, 3)
    code = await ends_by_itself(scene)
    assert code == 2, f"the bot ended with {code}"
    words = "\n".join(scene.bot.log[before:])
    assert "run `sws-bot login --recovery-key`" in words, words
    scene.proxy.calm()
    await scene.bot.start()


async def ends_by_itself(scene: Scene, within: float = 30) -> int:
    process = scene.bot._process
    assert process is not None
    async with asyncio.timeout(within):
        code = await process.wait()
    await scene.bot.stop()
    return code


async def clock_jumps(scene: Scene) -> None:
    """Two days ahead, then three back, while requests fail and so are put off."""
    clock = scene.folder / broken_machine.CLOCK
    day = 24 * 60 * 60 * 1000
    for ahead in (2 * day, -1 * day, 0):
        scene.proxy.play(Fault.BAD_GATEWAY, SENDS, times=6)
        await some_posts(scene, 3)
        await asyncio.sleep(A_MOMENT)
        clock.write_text(str(ahead))
    clock.unlink()


async def disk_full(scene: Scene, seconds: float = 4) -> None:
    """No file of the bot's may grow, nor be written beyond its first bytes."""
    await some_posts(scene, 2)
    before = resource.prlimit(scene.bot.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(scene.bot.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    # A new key for each message: what comes in cannot be kept.
    for _ in range(3):
        scene.new_key()
        await scene.post_sealed()
    await some_posts(scene, 3)
    await asyncio.sleep(seconds)
    resource.prlimit(scene.bot.pid, resource.RLIMIT_FSIZE, before)
    assert await scene.all_arrived()
    # What was learned while nothing could be written must be known after a restart, too.
    await scene.kill()
    await scene.bot.start()
    for _ in range(2):
        await scene.post_sealed()


async def disk_read_only(scene: Scene, seconds: float = 4) -> None:
    """Databases can be read and not written; then again."""
    await some_posts(scene, 2)
    flag = scene.folder / broken_machine.READ_ONLY
    flag.touch()
    for _ in range(3):
        scene.new_key()
        await scene.post_sealed()
    await some_posts(scene, 3)
    await asyncio.sleep(seconds)
    assert not await scene.all_arrived(patience=1), "what is told on a read-only disk is told again later"
    flag.unlink()


@contextmanager
def locked(*databases: str) -> Iterator[None]:
    """Somebody else, a backup perhaps, holds these databases."""
    held = [sqlite3.connect(path, isolation_level=None) for path in databases]
    try:
        for each in held:
            each.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        for each in held:
            each.close()


async def database_locked(scene: Scene, seconds: float = 7) -> None:
    """Longer than SQLite waits by itself."""
    with locked(*map(str, scene.bot.data.rglob("*.sqlite")), *map(str, scene.bot.data.rglob("*.db"))):
        scene.new_key()
        await some_posts(scene, 5)
        await asyncio.sleep(seconds)


async def refuses_to_start(scene: Scene, words: str) -> None:
    before = len(scene.bot.log)
    with pytest.raises(BotFailed, match="ended with 2 "):
        await scene.bot.start()
    said = [line for line in scene.bot.log[before:] if not line.startswith("{")]
    assert len(said) == 1, said
    assert words in said[0], said


async def database_newer(scene: Scene) -> None:
    await scene.bot.stop()
    with closing(sqlite3.connect(scene.bot.data / "sws.sqlite")) as database:
        (known,) = database.execute("PRAGMA user_version").fetchone()
        database.execute("PRAGMA user_version = 99")
        await some_posts(scene, 2)
        await refuses_to_start(scene, "newer")
        database.execute(f"PRAGMA user_version = {known}")
    await scene.bot.start()


async def database_damaged(scene: Scene) -> None:
    """Refused with a sentence, whatever page is hit; with the good file back, nothing is lost."""
    await scene.bot.stop()
    file = scene.bot.data / "sws.sqlite"
    good = file.read_bytes()
    await some_posts(scene, 2)
    for at in (0, 4096, len(good) // 2 // 4096 * 4096):
        file.write_bytes(good[:at] + b"\xff" * 4096 + good[at + 4096 :])
        await refuses_to_start(scene, "damaged")
    file.write_bytes(good)
    await scene.bot.start()


async def crypto_store_lost(scene: Scene) -> None:
    """Clear words, a new device by the recovery key, and open cases go on where they were."""
    await some_posts(scene, 4)
    assert await scene.all_arrived()
    chat, earlier = await jos_chat(scene), jos_case(scene)
    await scene.bot.stop()
    shutil.rmtree(scene.bot.data / "crypto")
    await refuses_to_start(scene, "`sws-bot login --recovery-key` to make a new device")
    await scene.bot.command(
        "login", "--recovery-key", SWS_PASSWORD=scene.bot.password, SWS_RECOVERY_KEY=scene.bot.recovery_key
    )
    await some_posts(scene, 2)
    await scene.bot.start()
    await some_posts(scene, 2)
    await claimed_and_answered(scene, earlier, chat)


async def away(scene: Scene, messages: int, keys: int) -> None:
    """While the bot is away, so many messages pile up, so many of them with a key of their own."""
    await scene.kill()
    for number in range(messages):
        if number < keys:
            scene.new_key()
            await scene.post_sealed()
        else:
            await scene.post(number)
    await scene.bot.start()
