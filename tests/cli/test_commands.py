"""We promise that each command is one file in one table, and a fault one sentence with the right status."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import TABLE, CheckFailed, Exit, WrongUse, commands, main, parser
from bot.config import Misconfigured
from tests.source import TOP

every = pytest.mark.parametrize("command", commands(), ids=TABLE)


def test_every_file_of_the_folder_is_in_the_table() -> None:
    files = {path.stem for path in (TOP / "bot" / "cli").glob("*.py")} - {"__init__"}
    assert set(TABLE) == files


@every
def test_a_command_is_called_like_its_file_and_says_what_it_does(command: object) -> None:
    assert getattr(command, "NAME", "") in TABLE
    assert len(str(getattr(command, "HELP", ""))) > 10


@every
def test_every_command_takes_a_configuration_and_more_words(command: object) -> None:
    name = str(getattr(command, "NAME", ""))
    more = ["check", "list.yaml"] if name == "resources" else []
    args = parser().parse_args([name, *more, "--config", "x/y.yaml", "-vv"])
    assert (args.config, args.verbose) == (Path("x/y.yaml"), 2)
    assert parser().parse_args([name, *more]).config == Path("config.yaml")


def test_help_needs_neither_matrix_nor_disk_nor_words() -> None:
    program = (
        "import sys\nfrom bot.cli import parser\nparser().format_help()\n"
        "heavy = {'nio', 'aiosqlite', 'babel', 'phonenumbers', 'Crypto'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=TOP
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_running_bot_does_not_read_in_what_only_other_commands_need() -> None:
    program = (
        "import sys\nfrom bot import app\n"
        "idle = {'PIL', 'unittest', 'Crypto.PublicKey.ECC', 'bot.matrix.signing', 'bot.checkup'}\n"
        "idle &= set(sys.modules)\n"
        "sys.exit(str(idle) if idle else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=TOP
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_program_can_be_started_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--help"], capture_output=True, text=True, check=False, cwd=TOP
    )
    assert done.returncode == 0
    for name in TABLE:
        assert name in done.stdout


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (WrongUse("this and that"), Exit.WRONG_USE),
        (Misconfigured("this and that"), Exit.WRONG_USE),
        (CheckFailed("this and that"), Exit.CHECK_FAILED),
        (KeyboardInterrupt(), 130),
    ],
)
def test_a_fault_is_one_sentence_and_a_status(
    fault: BaseException, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(args: argparse.Namespace) -> int:
        raise fault

    monkeypatch.setattr("bot.cli.run.run", fails)
    assert main(["run"]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err == ("" if isinstance(fault, KeyboardInterrupt) else "sws-bot: this and that\n")


def test_v_says_where_a_fault_came_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "-v", "--config", str(tmp_path / "none.yaml")]) == 2
    sentence, place = capsys.readouterr().err.splitlines()
    assert sentence.endswith("does not exist")
    assert place.startswith("  Misconfigured at document.py:")


@pytest.mark.parametrize(
    "argv", [[], ["nonsense"], ["run", "--no-such-flag"], ["resources"], ["resources", "eat", "x"]]
)
def test_what_cannot_be_typed_ends_with_two(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    assert stopped.value.code == 2
    assert "usage: sws-bot" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["login", "check", "run"])
def test_without_a_configuration_the_missing_file_is_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, "--config", str(tmp_path / "none.yaml")]) == 2
    assert capsys.readouterr().err == f"sws-bot: {tmp_path / 'none.yaml'} does not exist\n"


@pytest.mark.parametrize("name", ["login", "check", "run"])
def test_a_mistake_in_the_configuration_is_one_sentence_with_its_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.yaml").write_text(
        'homeserver: https://m.example.org\nsteward: ["@rosa:example.org"]\n'
    )
    assert main([name, "--config", str(tmp_path / "config.yaml")]) == 2
    sentence = 'line 2: steward is not a setting; did you mean "stewards"?\n'
    assert capsys.readouterr().err == f"sws-bot: {tmp_path / 'config.yaml'}, {sentence}"


@pytest.mark.parametrize("name", ["check", "run"])
def test_without_a_store_key_the_places_for_it_are_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("CREDENTIALS_DIRECTORY", "SWS_STORE_KEY", "SWS_STORE_KEY_FILE"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "config.yaml").write_text(
        'homeserver: https://m.example.org\nuser_id: "@b:example.org"\n'
        'data_dir: d\nstewards: ["@r:example.org"]\n'
    )
    assert main([name, "--config", str(tmp_path / "config.yaml")]) == 2
    err = capsys.readouterr().err
    assert "the secret store_key is missing" in err
    assert str(tmp_path / "secrets" / "store_key") in err
    assert err.count("\n") == 1
