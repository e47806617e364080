"""We promise that nothing is lost and nothing is told twice, whenever and however often the bot is ended.

In three stories a crash is tried at every await of store and chat. In the others, and where several
crashes are tried together, moments are drawn from those that leave another world behind than the one
before: between two of these nothing was committed and nothing sent, so that other moments are one of them
over again. `python -m tests.promises` tries every await of every story, which takes a quarter of an hour.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.promises.alert_stories import ALERT_STORIES
from tests.promises.case_stories import CASE_STORIES
from tests.promises.checkin_stories import CHECKIN_STORIES
from tests.promises.consent_stories import CONSENT_STORIES
from tests.promises.crash import Fuse, Story, Theatre
from tests.promises.file_stories import FILE_STORIES
from tests.promises.forget_stories import FORGET_STORIES, OUT_OF_REACH
from tests.promises.life_stories import LIFE_STORIES
from tests.promises.limit_stories import LIMIT_STORIES
from tests.promises.shift_stories import SHIFT_STORIES
from tests.promises.stories import DOXXED, HELP, REPORT, STORIES, UNSAFE
from tests.promises.worker_stories import WORKER_STORIES

PAIRS = 15
WHOLE = (DOXXED, REPORT, HELP)
"""Played with a crash at every single await."""
ALL_STORIES = [
    *STORIES,
    *CASE_STORIES,
    *FILE_STORIES,
    *FORGET_STORIES,
    *OUT_OF_REACH,
    *CHECKIN_STORIES,
    *SHIFT_STORIES,
    *CONSENT_STORIES,
    *ALERT_STORIES,
    *LIFE_STORIES,
    *WORKER_STORIES,
    *LIMIT_STORIES,
]
named = pytest.mark.parametrize("story", ALL_STORIES, ids=lambda story: story.name)


def different(worlds: list[object]) -> list[int]:
    """The first moment of each world, and some of those between."""
    firsts = [place for place, world in enumerate(worlds) if place == 0 or world != worlds[place - 1]]
    between = [place for place in range(len(worlds)) if place % 31 == 4]
    return sorted({*firsts, *between, len(worlds) - 1})


@named
async def test_the_story_goes_well_when_nothing_goes_wrong(story: Story, tmp_path: Path) -> None:
    theatre = Theatre(story, tmp_path)
    await theatre.open()
    story.check(await theatre.play())


@named
async def test_a_crash_at_any_moment_changes_nothing_in_the_end(story: Story, tmp_path: Path) -> None:
    theatre = Theatre(story, tmp_path)
    await theatre.open()
    worlds = await theatre.moments()
    assert len(worlds) > 40
    for moment in range(len(worlds)) if story in WHOLE else different(worlds):
        fuse = Fuse(moment)
        server = await theatre.play(fuse)
        assert fuse.dead
        story.check(server)


@named
async def test_a_second_crash_on_the_way_back_changes_nothing_either(story: Story, tmp_path: Path) -> None:
    theatre = Theatre(story, tmp_path)
    await theatre.open()
    moments = different(await theatre.moments())
    dice = random.Random(story.name)
    for _ in range(PAIRS):
        first, second = Fuse(dice.choice(moments)), Fuse(dice.randrange(120))
        server = await theatre.play(first, second)
        assert first.dead
        story.check(server)


@pytest.mark.parametrize("story", [HELP, UNSAFE], ids=lambda story: story.name)
async def test_a_crash_while_much_goes_on_side_by_side_changes_nothing(story: Story, tmp_path: Path) -> None:
    theatre = Theatre(story, tmp_path, width=8)
    await theatre.open()
    for moment in different(await theatre.moments())[::3]:
        story.check(await theatre.play(Fuse(moment)))


async def test_many_crashes_one_after_the_other_only_take_time(tmp_path: Path) -> None:
    theatre = Theatre(STORIES[0], tmp_path)
    await theatre.open()
    for length in (3, 11, 23, 37, 61):
        fuses = [Fuse(length) for _ in range(12)]
        server = await theatre.play(*fuses, Fuse(length * 2), Fuse(length * 4))
        STORIES[0].check(server)
