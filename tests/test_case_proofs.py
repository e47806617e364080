"""We promise that the table of what proves which promise about cases names tests that are there and fit."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.case_proofs import POINTS, Point, main, table
from tests.live.people import Client
from tests.promises.case_stories import CASE_STORIES
from tests.promises.life_stories import LIFE_STORIES
from tests.promises.test_crash_anywhere import ALL_STORIES
from tests.source import TOP

FOLDER = TOP / "tests"
ABOUT_CASES = (
    "core/test_cases.py",
    "live/test_cases.py",
    "live/test_case_life.py",
    "live/test_awkward_workers.py",
    "live/test_as_time_passes.py",
    "live/test_workers_controls.py",
)
each_point = pytest.mark.parametrize("point", POINTS, ids=lambda point: point.about)
Test = ast.FunctionDef | ast.AsyncFunctionDef


def _tests(named: str) -> Iterator[Test]:
    """Those of a file, or the one that is named."""
    file, _, name = named.partition("::")
    tree = ast.parse((FOLDER / file).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, Test) and node.name.startswith("test_") and name in ("", node.name):
            yield node


def _clients(test: Test) -> set[Client]:
    """Which clients workers have in it; a worker is strict where nothing else is said."""
    written = ast.unparse(test)
    if "parametrize('client', Client)" in written:
        return set(Client)
    calls = [ast.unparse(each) for each in ast.walk(test) if isinstance(each, ast.Call)]
    entering = [call for call in calls if call.startswith("stage.worker(")]
    return {Client.DEFAULT if "Client.DEFAULT" in call else Client.STRICT for call in entering}


@each_point
def test_every_test_that_is_named_is_there(point: Point) -> None:
    for named in (*point.decided, *point.live):
        assert list(_tests(named)), named
    assert point.stories
    assert set(point.stories) <= set(ALL_STORIES)


@each_point
def test_live_two_supporters_and_both_kinds_of_client_take_part(point: Point) -> None:
    found = [test for named in point.live for test in _tests(named)]
    with_both = [
        test for test in found if all(f"stage.{name}" in ast.unparse(test) for name in ("nia", "rosa"))
    ]
    assert set().union(*map(_clients, with_both)) == set(Client)


@pytest.mark.parametrize("file", ABOUT_CASES)
def test_every_test_about_cases_has_its_promise(file: str) -> None:
    named = {each for point in POINTS for each in (*point.decided, *point.live)}
    assert [test.name for test in _tests(file) if f"{file}::{test.name}" not in named] == []


def test_every_story_of_a_case_has_its_promise() -> None:
    named = [story for point in POINTS for story in point.stories]
    assert [story.name for story in (*CASE_STORIES, *LIFE_STORIES) if story not in named] == []


def test_a_test_that_is_not_there_and_one_supporter_alone_would_be_noticed() -> None:
    assert list(_tests("live/test_cases.py::test_of_something_else")) == []
    (alone,) = _tests("live/test_posts.py::test_talk_among_supporters_stays_among_them")
    assert "stage.rosa" not in ast.unparse(alone)
    assert _clients(alone) == {Client.STRICT}


def test_the_tests_of_a_promise_are_named_as_pytest_takes_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["5"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert "tests/live/test_attachments.py" in told
    assert all((TOP / each.partition("::")[0]).is_file() for each in told)
    assert "1 to 10" in str(main(["11"]))
    assert len(list(table())) == len(POINTS) + 2
