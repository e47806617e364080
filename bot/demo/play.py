"""Plays the stories, then looks for their words where none may be, and says how many checks were good."""

from __future__ import annotations

import asyncio
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bot.demo import stories
from bot.demo.checks import Checks
from bot.demo.homeserver import NotInstalled, installed
from bot.demo.seen import NeverCame
from bot.demo.stories import alert, case, doxx, private, rooms
from bot.demo.stories import help as help_
from bot.demo.stories.story import Story
from bot.demo.town import ROOMS, Town, town

INTRODUCTION = """\
A private homeserver on this machine, seven people with their own encrypting clients, five rooms, and the bot.
On the left is what somebody’s own client decrypted; on the right what the homeserver holds of that message.
"""
CANARIES = (
    *(help_.WORDS, doxx.DETAILS, private.TROUBLE, private.HOSTEL, rooms.FRIGHT, rooms.QUESTION),
    *(case.FOLLOWED, case.QUESTION, case.NOTE, case.ASIDE, case.SECOND),
    alert.HAPPENED,
)
"""Words of the stories that were only ever written where there is encryption."""


class UnknownStory(Exception):
    """There is no story of that name; the message names those there are."""


async def _play(chosen: Sequence[Story], *, keep: bool) -> Checks:
    """The stories, on a stage that is gone afterwards (with `keep`: after Ctrl-C)."""
    checks = Checks()
    print(INTRODUCTION)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sws-demo-") as folder:
        async with town(Path(folder), checks) as place:
            print(f"Everything is up after {time.monotonic() - began:.0f} seconds.")
            for story in chosen:
                await _tell(story, place)
            await _leaves_no_words(place)
            print(f"\n{checks.summary()}")
            if keep:
                await _stay(place)
    return checks


async def _tell(story: Story, place: Town) -> None:
    place.show.headline(f"{story.name}: {story.headline}")
    try:
        await story.play(place)
    except NeverCame as why:
        place.checks.stopped(story.name, why)
        print("  The bot’s last log lines:\n" + place.bot.last_words())


async def _leaves_no_words(place: Town) -> None:
    """What was written encrypted is in clear on no disk: not the bot's, not the homeserver's."""
    place.show.headline("Afterwards: what is left on disk")
    code = await place.bot.stop()
    place.check("the bot ends in peace when asked to", holds=code == 0)
    for name, folder in (("bot’s folder", place.bot.folder), ("homeserver’s folder", place.server.folder)):
        found = await asyncio.to_thread(_holding, folder)
        place.check(f"no file in the {name} holds a word of it", holds=not found)
    log = "\n".join(place.bot.log)
    place.check("nor does the bot’s log", holds=not any(words in log for words in CANARIES))
    ids = [person.user for person in place.people]
    place.check("and the log names nobody", holds=not any(user in log for user in ids))


def _holding(folder: Path) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(words.encode() in path.read_bytes() for words in CANARIES)]


async def _stay(place: Town) -> None:
    await place.bot.start()
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)  # before anybody is told that this ends it
    place.show.headline("It stays up until Ctrl-C")
    print(f"  homeserver   {place.server.url}  (for any Matrix client on this machine)")
    for key, name in ROOMS.items():
        print(f"  room         {name}  {getattr(place, key)}")
    print("\n  Verify a new device with the recovery key: unverified ones cannot read what the bot says.")
    for person in place.people:
        print(f"  log in as    {person.user}  password {person.password}  recovery key {person.recovery_key}")
    await ended.wait()


def play(names: Sequence[str], *, keep: bool) -> bool:
    """Whether all checks were good. Raises `UnknownStory` and `NotInstalled`."""
    known = {story.name: story for story in stories.TABLE}
    for name in names:
        if name not in known:
            raise UnknownStory(f"there is no story {name}; there are: {', '.join(known)}")
    if not installed():
        raise NotInstalled
    # Asked to end, by whatever means, it clears up behind itself.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chosen = [known[name] for name in names] or list(stories.TABLE)
    return asyncio.run(_play(chosen, keep=keep)).good
