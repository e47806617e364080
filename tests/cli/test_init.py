"""We promise that `sws-bot init` leaves a configuration that works and a key of one owner, or nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.cli import main
from bot.cli.init import Answers, written
from bot.config import SETTINGS, load
from bot.credentials import Credentials

FLAGS = [
    "--homeserver",
    "https://matrix.example.org",
    "--user-id",
    "@sws:example.org",
    "--steward",
    "@rosa:example.org",
]
Init = Callable[..., tuple[int, str, str]]


@pytest.fixture
def init(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Init:
    """Types `sws-bot init` with flags; gives status, output and errors."""

    def types(*flags: str) -> tuple[int, str, str]:
        status = main(["init", "--config", str(tmp_path / "config.yaml"), *flags])
        out, err = capsys.readouterr()
        return status, out, err

    return types


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Somebody at a terminal who answers questions in order; gives the questions asked."""

    def by(*answers: str) -> list[str]:
        asked: list[str] = []
        left: Iterator[str] = iter(answers)

        def ask(question: str) -> str:
            asked.append(question)
            return next(left)

        monkeypatch.setattr("builtins.input", ask)
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        return asked

    return by


def test_flags_are_enough(init: Init, tmp_path: Path) -> None:
    status, out, err = init(*FLAGS, "--steward", "@ana:example.org", "--data-dir", "/var/lib/sws-bot")
    assert (status, err) == (0, "")
    assert "Next: sws-bot login" in out
    settings = load(tmp_path / "config.yaml")
    assert settings.homeserver == "https://matrix.example.org"
    assert settings.user_id == "@sws:example.org"
    assert settings.stewards == ("@rosa:example.org", "@ana:example.org")
    assert settings.data_dir == Path("/var/lib/sws-bot")


def test_the_store_key_works_and_is_for_its_owner_alone(init: Init, tmp_path: Path) -> None:
    _, out, _ = init(*FLAGS)
    key = tmp_path / "secrets" / "store_key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(Credentials.beside(tmp_path / "config.yaml", {}).store_key()) == 32
    assert key.read_text().strip() not in out
    assert key.read_text().strip() not in (tmp_path / "config.yaml").read_text()


def test_a_store_key_that_is_there_is_kept(init: Init, tmp_path: Path) -> None:
    init(*FLAGS)
    (tmp_path / "config.yaml").unlink()
    before = (tmp_path / "secrets" / "store_key").read_bytes()
    status, out, _ = init(*FLAGS)
    assert status == 0
    assert "was there already and is kept" in out
    assert (tmp_path / "secrets" / "store_key").read_bytes() == before


def test_a_configuration_that_is_there_is_never_overwritten(init: Init, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("mine")
    status, out, err = init(*FLAGS)
    assert (status, out) == (2, "")
    assert "exists already and is left as it is" in err
    assert (tmp_path / "config.yaml").read_text() == "mine"
    assert not (tmp_path / "secrets").exists()


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--homeserver", "http://matrix.example.org"], "homeserver must begin with https://"),
        (["--user-id", "sws"], "user_id must be a full Matrix ID"),
        (["--steward", "rosa"], "stewards[1] must be a full Matrix ID"),
    ],
)
def test_a_wrong_answer_leaves_nothing_behind(
    init: Init, tmp_path: Path, flags: list[str], sentence: str
) -> None:
    status, _, err = init(*FLAGS, *flags)
    assert status == 2
    assert f"nothing was written: {sentence}" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", ["--homeserver", "--user-id", "--steward"])
def test_when_nobody_can_be_asked_the_missing_flag_is_named(
    init: Init, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    place = FLAGS.index(missing)
    status, _, err = init(*FLAGS[:place], *FLAGS[place + 2 :])
    assert status == 2
    assert err == f"sws-bot: {missing} is needed when nobody can be asked\n"


def test_what_the_flags_leave_open_is_asked(
    init: Init, tmp_path: Path, answered: Callable[..., list[str]]
) -> None:
    asked = answered("@sws:example.org", "", "@rosa:example.org @ana:example.org")
    status, _, _ = init("--homeserver", "https://matrix.example.org")
    assert status == 0
    assert len(asked) == 3
    settings = load(tmp_path / "config.yaml")
    assert settings.stewards == ("@rosa:example.org", "@ana:example.org")
    assert settings.data_dir == tmp_path / "data"


def test_an_empty_answer_is_asked_again(init: Init, answered: Callable[..., list[str]]) -> None:
    asked = answered("", "  ", "https://matrix.example.org")
    status, _, _ = init(*FLAGS[2:], "--data-dir", "data")
    assert status == 0
    assert len(asked) == 3
    assert len(set(asked)) == 1


def test_every_setting_is_shown_whether_needed_or_not() -> None:
    text = written(Answers("https://m.example.org", "@b:example.org", "data", ("@r:example.org",)))
    for key in SETTINGS:
        assert f"\n{key}:" in text or f"\n# {key}:" in text


def test_what_is_commented_out_works_once_it_is_not(tmp_path: Path) -> None:
    text = written(Answers("https://m.example.org", "@b:example.org", "data", ("@r:example.org",)))
    start = text.index("# invites_from")
    block = [line.removeprefix("# ") for line in text[start:].splitlines() if _is_setting(line)]
    (tmp_path / "config.yaml").write_text(text[:start] + "\n".join(block))
    settings = load(tmp_path / "config.yaml")
    assert settings.fallback_room == "!def:example.org"
    assert len(settings.supporter_rooms) == 2


def _is_setting(line: str) -> bool:
    """Prose ends with a full stop; settings do not."""
    return line.startswith("# ") and not line.endswith((".", "out."))


def test_a_value_with_quotes_in_it_cannot_break_out(init: Init, tmp_path: Path) -> None:
    status, _, _ = init(*FLAGS, "--data-dir", 'a "b"\nfallback_room: "!x:example.org"')
    assert status == 0
    assert load(tmp_path / "config.yaml").fallback_room is None
