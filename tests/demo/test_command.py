"""We promise of `sws-bot demo` that …"""

from __future__ import annotations

import pytest

from bot.cli import Exit, main
from bot.demo import play as playing
from bot.demo import stories
from bot.demo.checks import Checks
from bot.demo.stories.story import Story


def _played(monkeypatch: pytest.MonkeyPatch, holds: bool) -> list[tuple[list[str], bool]]:
    """Stories are counted instead of played."""
    asked: list[tuple[list[str], bool]] = []

    async def play(chosen: list[Story], *, keep: bool) -> Checks:
        asked.append(([story.name for story in chosen], keep))
        checks = Checks(lambda _: None)
        checks.that("it went well", holds=holds)
        return checks

    monkeypatch.setattr(playing, "_play", play)
    return asked


def test_every_story_is_played_and_all_good_is_exit_0(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _played(monkeypatch, True)

    assert main(["demo"]) == Exit.GOOD
    assert asked == [([story.name for story in stories.TABLE], False)]


def test_one_failed_check_is_exit_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _played(monkeypatch, False)

    assert main(["demo"]) == Exit.CHECK_FAILED
    assert "✘" in capsys.readouterr().err


def test_stories_are_chosen_by_name_and_kept_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _played(monkeypatch, True)

    assert main(["demo", "--keep", "--story", "doxx", "--story", "help"]) == Exit.GOOD
    assert asked == [(["doxx", "help"], True)]


def test_an_unknown_story_names_the_ones_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--story", "unicorn"]) == Exit.WRONG_USE

    said = capsys.readouterr().err
    assert "unicorn" in said
    assert all(story.name in said for story in stories.TABLE)


def test_without_synapse_one_sentence_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(playing, "installed", lambda: False)

    assert main(["demo"]) == Exit.WRONG_USE
    assert capsys.readouterr().err == (
        'sws-bot: the demo needs a homeserver of its own: pip install "sws-bot[demo]"\n'
    )


def test_no_two_stories_have_one_name() -> None:
    names = [story.name for story in stories.TABLE]

    assert len(names) == len(set(names))
