"""We promise that the house stays as drawn: who imports whom, who may speak, and how long a file may get."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.source import TOP, Module, modules

BOT = modules("bot")
TESTS = modules("tests")
FOLDERS = {
    "bot": "the front door, and what belongs to no verb",
    "bot/cli": "what an operator types",
    "bot/core": "decisions",
    "bot/core/categories": "one file per hashtag",
    "bot/core/commands": "one file per command family",
    "bot/data": "the shipped lists",
    "bot/demo": "a private homeserver and people on it",
    "bot/demo/stories": "what the demo plays",
    "bot/loops": "the four verbs",
    "bot/matrix": "Matrix",
    "bot/store": "disk",
    "bot/texts": "every phrase in every language",
}
BANNED = {
    "manager",
    "handler",
    "helper",
    "helpers",
    "util",
    "utils",
    "base",
    "common",
    "data",
    "info",
    "misc",
}
ALLOWED = {
    "data_dir",  # the setting's name in the configuration
    "data",  # a folder of the house
}


def each(found: Sequence[Module]) -> pytest.MarkDecorator:
    """The same promise of every file."""
    return pytest.mark.parametrize("module", found, ids=lambda module: str(module.path))


# -- who may import whom --------------------------------------------------------------------------------


def test_imports_follow_the_arrows() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_folder_has_a_place_in_the_house() -> None:
    found = {module.folder for module in BOT} | {
        path.relative_to(TOP).as_posix()
        for path in (TOP / "bot").rglob("*")
        if path.is_dir() and path.name != "__pycache__" and any(path.iterdir())
    }
    assert found == set(FOLDERS)


@pytest.mark.parametrize(
    ("package", "homes"),
    [
        ("nio", ("bot/matrix/",)),
        ("vodozemac", ("bot/matrix/",)),
        ("aiohttp", ("bot/matrix/",)),
        ("PIL", ("bot/matrix/pictures.py",)),  # a program of its own: the bot itself opens no picture
        ("aiosqlite", ("bot/store/",)),
        ("sqlite3", ("bot/store/", "bot/demo/")),  # the demo looks into its own homeserver's database
        ("babel", ("bot/texts/",)),
        ("phonenumbers", ("bot/core/", "bot/values.py")),  # numbers are also checked where a list is read
    ],
)
def test_a_library_is_known_to_one_folder_only(package: str, homes: tuple[str, ...]) -> None:
    assert [m.path for m in BOT if package in m.packages() and not m.path.startswith(homes)] == []


@each([m for m in BOT if m.path.startswith("bot/core/")])
def test_a_decision_reads_no_clock_no_dice_and_no_disk(module: Module) -> None:
    forbidden = {
        "time",
        "random",
        "secrets",
        "logging",
        "asyncio",
        "os",
        "socket",
        "subprocess",
        "pathlib",
        "io",
    }
    assert module.packages() & forbidden == frozenset()
    calls = set(module.calls())
    assert (
        calls & {"open", "print", "input", "datetime.now", "datetime.utcnow", "date.today", "uuid4"} == set()
    )


def test_nothing_imports_the_file_that_knows_everything() -> None:
    assert [m.path for m in BOT if "bot.app" in m.imported() and not m.path.startswith("bot/cli/")] == []


# -- who may read, speak and run ------------------------------------------------------------------------


def test_private_words_are_opened_only_where_they_are_read_or_sealed() -> None:
    may = ("bot/core/parse.py", "bot/core/guard.py", "bot/core/sensitive.py", "bot/matrix/", "bot/store/")
    opening = re.compile(r"\.(reveal|once)\(")
    assert [m.path for m in BOT if opening.search(m.text) and not m.path.startswith(may)] == []
    assert [m.path for m in BOT if "._words" in m.text and m.path != "bot/core/sensitive.py"] == []


def test_only_the_catalogues_put_words_into_the_bots_mouth() -> None:
    may = (
        "bot/texts/",
        "bot/core/speech.py",
        "bot/matrix/proof.py",  # sends itself random letters
        "bot/matrix/fitting.py",  # cuts what is too long for one event, and adds nothing
    )
    for module in BOT:
        if not module.path.startswith(may):
            assert {"Spoken", "Whispered"} & set(module.calls()) == set(), module.path


def test_words_of_anybody_go_into_a_community_room_as_an_approved_alert_and_in_no_other_way() -> None:
    """The one exception to "in public the bot says a phrase", and all the places that know of it.

    Supporters warn others in their own words: what they wrote has no phrase. So that this stays the only
    text of anybody's in public, it has a type of its own, one file that sends it, right behind the gate of
    approval and consent, and one that makes it.
    """
    named = {m.path for m in BOT if re.search(r"\bAnnounced\b", m.text)}
    assert named == {
        "bot/core/speech.py",  # what it is
        "bot/ports.py",
        "bot/texts/voice.py",  # the only one that makes it, of an `Alert`
        "bot/matrix/chat.py",
        "bot/matrix/seal.py",
        "bot/matrix/wording.py",  # into an event, escaped
    }
    sends = {m.path for m in BOT if any(call.endswith(".announce") for call in m.calls())}
    assert sends == {"bot/loops/alerts.py"}
    makes = {m.path for m in BOT if any(call.endswith("voice.alert") for call in m.calls())}
    assert makes == {"bot/loops/alerts.py"}
    gate = next(m.text for m in BOT if m.path == "bot/loops/alerts.py").partition("async def retract")[0]
    asked = [gate.index(word) for word in ("IN_PUBLIC", "agreed_to_alert(tx", "voice.alert(", ".announce(")]
    assert asked[1:] == sorted(asked[1:])
    assert gate.count(".announce(") == 1


def test_only_the_supervisor_starts_what_runs_beside() -> None:
    may = {
        "bot/loops/supervise.py": {"TaskGroup", "create_task"},
        "bot/loops/deliver.py": {"TaskGroup", "create_task"},
        "bot/loops/ahead.py": {"TaskGroup", "create_task"},
        # What several rely on is not broken off with the one of them who began it.
        "bot/store/connection.py": {"ensure_future"},
    }
    starters = {"create_task", "TaskGroup", "gather", "ensure_future", "run_coroutine_threadsafe", "Thread"}
    for module in BOT:
        if module.path.startswith("bot/demo/"):
            continue  # people and a homeserver, no part of the bot
        started = {call.rpartition(".")[2] for call in module.calls()} & starters
        assert started <= may.get(module.path, set()), module.path


def test_everything_is_caught_in_one_place_only() -> None:
    found = [f"{m.path}:{node.lineno}" for m in BOT for node in _catching_everything(m)]
    assert [place.partition(":")[0] for place in found] == ["bot/loops/supervise.py"], found


def _catching_everything(module: Module) -> Iterator[ast.ExceptHandler]:
    """Handlers that swallow whatever comes; one that puts things right and raises again swallows nothing."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = ast.unparse(node.type) if node.type else "everything"
        ends = node.body[-1]
        raises_again = isinstance(ends, ast.Raise) and ends.exc is None
        if re.search(r"\b(everything|Exception|BaseException)\b", caught) and not raises_again:
            yield node


def test_keys_are_never_sent_to_devices_nobody_signed() -> None:
    assert [m.path for m in BOT if "ignore_unverified_devices=True" in m.text] == []


# -- how it reads ---------------------------------------------------------------------------------------


@each([*BOT, *TESTS])
def test_the_first_line_of_a_file_says_what_it_is_for(module: Module) -> None:
    first = module.text.split("\n", 1)[0]
    assert first.startswith('"""'), "line one is not a docstring"
    assert module.doc.split("\n\n", 1)[0].count("\n") == 0, "the first sentence is longer than a line"
    assert module.doc.split("\n", 1)[0].endswith((".", "?", "…")), "the first line is not a sentence"


@each([*BOT, *TESTS])
def test_no_file_is_too_long_to_hold_in_mind(module: Module) -> None:
    assert module.text.count("\n") <= 500


@each(BOT)
def test_a_function_fits_the_screen(module: Module) -> None:
    long = [
        f"{function.name}: {length} lines"
        for function in module.functions()
        if (length := (function.end_lineno or 0) - function.lineno + 1) > 45
    ]
    assert long == []


@each(BOT)
def test_names_say_what_things_are(module: Module) -> None:
    named = [
        Path(module.path).stem,
        *(c.name for c in module.classes()),
        *(f.name for f in module.functions()),
    ]
    bad = [name for name in named if name not in ALLOWED and BANNED & set(_words(name))]
    assert bad == []


def _words(name: str) -> list[str]:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")


@each(BOT)
def test_nothing_is_kept_where_everybody_can_change_it(module: Module) -> None:
    assert [ast.unparse(node) for node in module.tree.body if _makes_a_changing_value(node)] == []
    assert [node for node in ast.walk(module.tree) if isinstance(node, (ast.Global, ast.Nonlocal))] == []


def _makes_a_changing_value(node: ast.stmt) -> bool:
    """Does a line at the top of a file make something that can be changed later: a list, a set, an object?

    A dict or list in capitals with `Final`, `Mapping` or `Sequence` is one that mypy keeps as it is.
    """
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
        return False
    value = getattr(node, "value", None) if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
    if isinstance(value, (ast.List, ast.Set, ast.ListComp, ast.SetComp)):
        return True
    if isinstance(value, ast.Call):
        called = ast.unparse(value.func).rpartition(".")[2]
        return called in {"list", "dict", "set", "defaultdict", "deque", "Lock", "Event", "Queue", "open"}
    if isinstance(value, (ast.Dict, ast.DictComp)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]  # type: ignore[attr-defined]
        return not all(
            ast.unparse(target).isupper() or ast.unparse(target).startswith("_") for target in targets
        )
    return False


@each([*BOT, *TESTS])
def test_nothing_is_left_for_later(module: Module) -> None:
    words = (
        "TO" + "DO",
        "FIX" + "ME",
        "XX" + "X",
        "NotImplemented" + "Error",
        "place" + "holder",
        "for " + "now:",
    )
    assert [word for word in words if re.search(rf"\b{re.escape(word)}", module.text)] == []


def test_there_is_at_least_as_much_test_as_code() -> None:
    assert sum(m.text.count("\n") for m in TESTS) >= sum(m.text.count("\n") for m in BOT)


@each(TESTS)
def test_no_test_waits_skips_or_is_expected_to_fail(module: Module) -> None:
    calls = set(module.calls())
    assert calls & {"time.sleep", "pytest.skip", "pytest.xfail", "mock.patch", "unittest.mock.patch"} == set()
    assert not re.search(r"mark\.(skip|xfail|skipif)\b(?!\))", module.text.replace("(skip|xfail|skipif)", ""))
    slept = re.findall(r"asyncio\.sleep\(([0-9.]+)\)", module.text)
    assert [length for length in slept if float(length) >= 1] == []
