"""Promises of `sws-bot resources check`: an operator hears whether a list can be used, or where not."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import pytest

from bot.cli import CheckFailed, Exit, WrongUse
from bot.cli.resources import HELP, NAME, arguments, check, run, summary
from bot.lists import RESOURCES, load_resources

GOOD = """\
schema: 1
places: {nyc: {name: New York City}}
entries:
  - {id: one, name: One, description: Helps., topics: [legal], scope: global, url: "https://one.example",
     status: listed, publish: true, source: [], seen: "2026-01-01", checked: "2026-01-01"}
  - {id: two, name: Two, description: Helps., topics: [legal], scope: global, status: check, publish: false,
     source: [], seen: "2026-01-01"}
  - {id: three, name: Three, description: Helped., topics: [legal], scope: global, status: closed,
     publish: false, source: [], seen: "2026-01-01"}
"""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def parsed(*argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=NAME, description=HELP, exit_on_error=False)
    arguments(parser)
    return parser.parse_args(argv)


def test_a_good_list_is_summed_up_and_exits_well(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(parsed("check", str(good))) == Exit.GOOD
    assert capsys.readouterr().out.startswith("good: 3 entries in 1 places\n")


def test_the_list_that_ships_is_good(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(RESOURCES) == Exit.GOOD
    assert "not checked yet" in capsys.readouterr().out


def test_a_broken_list_fails_with_file_line_and_entry(good: Path) -> None:
    good.write_text(GOOD.replace("status: check", "status: open"), encoding="utf-8")
    with pytest.raises(CheckFailed) as caught:
        check(good)
    assert f"{good}, line 6: entries[two].status" in str(caught.value)


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"nothing\.yaml"):
        check(tmp_path / "nothing.yaml")
    with pytest.raises(WrongUse):
        check(tmp_path)


@pytest.mark.parametrize(("today", "stale"), [(date(2026, 2, 1), "0 stale"), (date(2026, 12, 1), "1 stale")])
def test_the_summary_counts_what_is_shown_stale_and_kept_back(good: Path, today: date, stale: str) -> None:
    lines = summary(load_resources(good), today)
    assert lines[1] == f"shown: 1 (0 not checked yet, {stale})"
    assert lines[2].endswith(": 1")
    assert lines[3] == "kept back: 1"
    assert ("check again: one" in lines) is (stale == "1 stale")


@pytest.mark.parametrize("argv", [(), ("check",), ("mend", "file"), ("check", "a", "b")])
def test_other_arguments_are_refused(argv: tuple[str, ...]) -> None:
    with pytest.raises((SystemExit, argparse.ArgumentError)):
        parsed(*argv)
