"""We promise of the demo's count that …"""

from __future__ import annotations

from bot.demo.checks import Checks


def test_it_says_each_check_with_its_mark() -> None:
    said: list[str] = []
    checks = Checks(said.append)

    checks.that("the sky is up", holds=True)
    checks.that("the sea is dry", holds=False)

    assert said == ["  ✔ the sky is up", "  ✘ the sea is dry"]


def test_the_summary_counts_all_and_names_the_failed_ones() -> None:
    checks = Checks(lambda _: None)
    for sentence, holds in (("one", True), ("two", False), ("three", True)):
        checks.that(sentence, holds=holds)

    assert checks.summary() == "3 checks, 2 good\n  ✘ two"
    assert not checks.good


def test_all_good_is_good() -> None:
    checks = Checks(lambda _: None)
    checks.that("one", holds=True)

    assert checks.summary() == "1 checks, 1 good"
    assert checks.good


def test_nothing_checked_is_not_good() -> None:
    assert not Checks(lambda _: None).good


def test_a_story_that_stops_is_a_failed_check() -> None:
    checks = Checks(lambda _: None)

    checks.stopped("doxx", RuntimeError("Lee waited for a card"))

    assert checks.failed == ["the story “doxx” plays to its end: Lee waited for a card"]
