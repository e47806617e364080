"""We promise that nothing anybody wrote, and no id, ends up in what the program writes down."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import Unsafe
from bot.document import Misconfigured, read
from bot.logs import LogJournal, guard, guard_loop
from bot.ports import Journal

WORDS = "hunter2 lives at 12 Elm Street"
PERSON = "@ana:example.org"


class Paper:
    """A journal and what stands in it."""

    def __init__(self, key: bytes = b"k" * 32) -> None:
        self.out = io.StringIO()
        self.journal = LogJournal(key, self.out, now=lambda: 0.0)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def guarded(paper: Paper) -> Iterator[Paper]:
    """Logging as the program sets it up, and as it was again afterwards."""
    root = logging.getLogger()
    loggers = [logging.getLogger(name) for name in ("nio", "aiohttp", "aiohttp.access", "peewee", "asyncio")]
    before = [(logger, logger.handlers[:], logger.level, logger.propagate) for logger in [root, *loggers]]
    hooks = sys.excepthook, sys.unraisablehook, logging.raiseExceptions
    guard(paper.journal)
    yield paper
    logging.captureWarnings(capture=False)
    sys.excepthook, sys.unraisablehook, logging.raiseExceptions = hooks
    for logger, handlers, level, propagate in before:
        logger.handlers[:] = handlers
        logger.setLevel(level)
        logger.propagate = propagate


def raised(words: str = WORDS) -> Exception:
    with pytest.raises(RuntimeError) as caught:
        _raise(words)
    return caught.value


def _raise(words: str) -> None:
    raise RuntimeError(words)


# -- events ----------------------------------------------------------------------------------------


def test_an_event_is_one_line_with_a_time_and_a_name(paper: Paper) -> None:
    paper.journal.event("ready")
    assert paper.lines() == [{"time": "1970-01-01T00:00:00Z", "event": "ready"}]


def test_ids_are_hashed_and_numbers_and_named_cases_are_not(paper: Paper) -> None:
    paper.journal.event("held", person=PERSON, tries=3, why=Unsafe.STRANGER)
    [line] = paper.lines()
    assert line["tries"] == 3
    assert line["why"] == "stranger"
    assert PERSON not in paper.out.getvalue()
    assert "ana" not in paper.out.getvalue()


def test_one_id_has_one_hash_here_and_another_in_every_other_installation() -> None:
    here, there = Paper(), Paper(b"o" * 32)
    for paper in (here, here, there):
        paper.journal.event("seen", person=PERSON)
    first, second = (line["person"] for line in here.lines())
    assert first == second
    assert there.lines()[0]["person"] != first


def test_the_store_key_cannot_be_tried_out_on_the_hashes_of_another_purpose(paper: Paper) -> None:
    paper.journal.event("seen", person=PERSON)
    direct = hashlib.blake2b(PERSON.encode(), key=b"k" * 32, digest_size=6).hexdigest()
    assert paper.lines()[0]["person"] != direct


@pytest.mark.parametrize("name", [WORDS, "Ready", "", "a b", "a\nb", "é"])
def test_an_event_name_cannot_be_made_of_what_somebody_wrote(paper: Paper, name: str) -> None:
    with pytest.raises(ValueError, match="an event name is lower-case words"):
        paper.journal.event(name)
    assert paper.out.getvalue() == ""


def test_an_id_cannot_stand_in_for_the_time_or_the_name(paper: Paper) -> None:
    with pytest.raises(ValueError, match="is taken"):
        paper.journal.event("seen", event=PERSON)
    with pytest.raises(ValueError, match="is taken"):
        paper.journal.event("seen", time=PERSON)


def test_the_journal_is_what_the_loops_ask_for(paper: Paper) -> None:
    journal: Journal = paper.journal
    journal.event("ready")
    assert paper.lines()[0]["event"] == "ready"


# -- failures --------------------------------------------------------------------------------------


def test_two_failures_with_different_words_leave_the_same_line(paper: Paper) -> None:
    for words in (WORDS, "something else entirely"):
        paper.journal.fault("broke", raised(words))
    first, second = paper.lines()
    assert first == second
    assert first["error"] == "RuntimeError"


def test_a_failure_says_where_in_our_code_it_came_from(paper: Paper) -> None:
    with pytest.raises(Misconfigured) as fault:
        read(Path("/nowhere"))
    paper.journal.fault("broke", fault.value)
    assert paper.lines()[0]["place"].startswith("document.py:")


def test_a_failure_in_a_library_says_its_file_and_our_line(paper: Paper) -> None:
    with pytest.raises(TypeError) as fault:
        LogJournal(b"", io.StringIO(), now=json.dumps).event("x")  # type: ignore[arg-type]
    paper.journal.fault("broke", fault.value)
    assert "logs.py:" in paper.lines()[0]["place"]


def test_a_failure_that_was_never_raised_still_has_a_type(paper: Paper) -> None:
    paper.journal.fault("broke", ValueError(WORDS), person=PERSON)
    [line] = paper.lines()
    assert line["error"] == "ValueError"
    assert line["place"] == ""


# -- everything else that could print --------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["nio", "nio.crypto.log", "aiohttp.client", "peewee", "asyncio", "anything.else"]
)
def test_a_library_can_complain_but_not_tell(
    guarded: Paper, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    logger = logging.getLogger(name)
    logger.debug(WORDS)
    logger.info(WORDS)
    logger.warning("a token: %s", WORDS)
    assert [line["event"] for line in guarded.lines()] == ["library"]
    assert guarded.lines()[0]["from"] == name
    assert guarded.lines()[0]["place"].startswith("test_logs.py:")
    assert "hunter2" not in guarded.out.getvalue()
    assert capfd.readouterr() == ("", "")


def test_a_library_that_logs_a_failure_is_quoted_by_type_only(guarded: Paper) -> None:
    logging.getLogger("nio").error("%s", WORDS, exc_info=raised())
    [line] = guarded.lines()
    assert line["error"] == "RuntimeError"
    assert "hunter2" not in guarded.out.getvalue()


def test_a_log_line_that_cannot_be_put_together_is_no_leak(
    guarded: Paper, capfd: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("nio").warning("%d", WORDS)
    assert "hunter2" not in guarded.out.getvalue() + "".join(capfd.readouterr())


def test_a_warning_is_quoted_by_place_only(guarded: Paper) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn(WORDS, stacklevel=1)
    assert [line["from"] for line in guarded.lines()] == ["py.warnings"]
    assert "hunter2" not in guarded.out.getvalue()


def test_a_failure_nobody_caught_prints_no_words(guarded: Paper, capfd: pytest.CaptureFixture[str]) -> None:
    error = raised()
    sys.excepthook(type(error), error, error.__traceback__)
    assert guarded.lines()[0]["event"] == "stopped_by_bug"
    assert "hunter2" not in guarded.out.getvalue() + "".join(capfd.readouterr())


async def test_a_failure_in_a_forgotten_callback_prints_no_words(
    paper: Paper, capfd: pytest.CaptureFixture[str]
) -> None:
    loop = asyncio.get_running_loop()
    guard_loop(paper.journal, loop)

    def fails() -> None:
        raise RuntimeError(WORDS)

    loop.call_soon(fails)
    loop.call_exception_handler({"message": WORDS})
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    loop.set_exception_handler(None)
    assert sorted(line.get("error", "") for line in paper.lines()) == ["", "RuntimeError"]
    assert "hunter2" not in paper.out.getvalue() + "".join(capfd.readouterr())


PROGRAM = f"""
import asyncio, logging, sys
from bot.logs import LogJournal, guard
guard(LogJournal(b"k" * 32, sys.stderr))
class Broken:
    def __del__(self):
        raise RuntimeError("{WORDS}")
Broken()
logging.getLogger("nio").critical("{WORDS}")
async def main():
    asyncio.get_running_loop().call_soon(lambda: 1 / 0)
    raise ValueError("{WORDS}")
asyncio.run(main())
"""


def test_a_program_that_dies_of_a_bug_leaves_no_words_behind() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "hunter2" not in done.stderr
    events = [json.loads(line)["event"] for line in done.stderr.splitlines()]
    assert events[:2] == ["lost_bug", "library"]
    assert events[-1] == "stopped_by_bug"
