"""`sws-bot login`: what the operator types, and what they are told."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.matrix.session import FILE
from tests.matrix.account import AccountServer, Refused

BOT = "@bot:sws.test"
PASSWORD = "a password of the test"
CONFIG = """\
homeserver: {url}
user_id: "{user}"
data_dir: data
stewards: ["@rosa:sws.test"]
"""


@dataclass
class Operator:
    folder: Path
    server: AccountServer
    screen: pytest.CaptureFixture[str]

    async def types(self, *words: str) -> tuple[int, str, str]:
        """The exit code, and what stands on the screen: output and errors."""
        argv = [*words, "--config", str(self.folder / "config.yaml")]
        code = await asyncio.to_thread(main, argv)
        out, err = self.screen.readouterr()
        return code, out, err


@pytest.fixture
async def operator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Operator]:
    monkeypatch.setenv("SWS_STORE_KEY", base64.b64encode(bytes(32)).decode())
    monkeypatch.setenv("SWS_PASSWORD", PASSWORD)
    server = AccountServer(BOT, PASSWORD)
    async with server.running() as url:
        (tmp_path / "config.yaml").write_text(CONFIG.format(url=url, user=BOT))
        yield Operator(tmp_path, server, capsys)


def recovery_key(out: str) -> str:
    return out.split("recovery key:\n\n", 1)[1].split("\n\n", 1)[0].strip()


async def test_the_recovery_key_is_shown_once_with_what_it_is_for(operator: Operator) -> None:
    code, out, err = await operator.types("login")
    assert (code, err) == (0, "")
    assert recovery_key(out).startswith("Es")
    assert out.count(recovery_key(out)) == 1
    assert "keep it away from this machine" in out
    assert "Next: sws-bot check" in out
    assert (operator.folder / "data" / FILE).exists()


async def test_the_password_is_never_on_the_screen_or_in_a_file(operator: Operator) -> None:
    _, out, err = await operator.types("login")
    held = b"".join(file.read_bytes() for file in operator.folder.rglob("*") if file.is_file())
    assert PASSWORD not in out + err
    assert PASSWORD.encode() not in held


async def test_a_second_login_beside_a_working_one_is_refused(operator: Operator) -> None:
    await operator.types("login")
    code, out, err = await operator.types("login")
    assert (code, out) == (2, "")
    assert "is logged in already" in err
    assert len(operator.server.devices) == 1


async def test_with_the_recovery_key_the_machine_is_signed_again(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out, _ = await operator.types("login")
    monkeypatch.setenv("SWS_RECOVERY_KEY", recovery_key(out))
    code, out, err = await operator.types("login", "--recovery-key")
    assert (code, err) == (0, "")
    assert "Older devices logged out: 1." in out
    assert "recovery key" not in out
    assert list(operator.server.devices) == ["DEVICE2"]


async def test_a_lost_machine_is_told_how_to_come_back(operator: Operator) -> None:
    await operator.types("login")
    (operator.folder / "data" / FILE).unlink()
    code, _, err = await operator.types("login")
    assert code == 2
    assert "sws-bot login --recovery-key" in err


async def test_a_session_that_the_homeserver_ended_can_be_made_anew(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out, _ = await operator.types("login")
    operator.server.devices.clear()
    monkeypatch.setenv("SWS_RECOVERY_KEY", recovery_key(out))
    assert (await operator.types("login", "--recovery-key"))[0] == 0


@pytest.mark.parametrize("words", ["EsTo nothing", "0OIl", "Es" * 24])
async def test_what_is_no_recovery_key_is_refused_before_anything_is_done(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setenv("SWS_RECOVERY_KEY", words)
    code, out, err = await operator.types("login", "--recovery-key")
    assert (code, out) == (2, "")
    assert err.startswith("sws-bot: the recovery key is not right")
    assert words not in err
    assert operator.server.asked == []


async def test_a_wrong_password_is_one_sentence_without_it(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWS_PASSWORD", "hunter2")
    code, out, err = await operator.types("login")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "the user_id or the password" in err
    assert "hunter2" not in err


async def test_without_a_password_and_a_terminal_the_missing_secret_is_named(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SWS_PASSWORD")
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    code, _, err = await operator.types("login")
    assert code == 2
    assert "the secret password is missing" in err


async def test_at_a_terminal_the_password_is_asked_for(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def type_it(prompt: str) -> str:
        asked.append(prompt)
        return PASSWORD

    monkeypatch.delenv("SWS_PASSWORD")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("getpass.getpass", type_it)
    assert (await operator.types("login"))[0] == 0
    assert asked == [f"Password of {BOT}: "]


async def test_another_store_key_than_the_sessions_is_named(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    await operator.types("login")
    monkeypatch.setenv("SWS_STORE_KEY", base64.b64encode(bytes([1] * 32)).decode())
    code, _, err = await operator.types("login")
    assert code == 2
    assert "was not written with this store_key" in err


async def test_a_homeserver_in_trouble_is_no_wrong_use(operator: Operator) -> None:
    def trouble(_: Any) -> Any:
        raise Refused(502)

    operator.server.rules["login"] = trouble
    code, _, err = await operator.types("login")
    assert code == 1
    assert "try again in a while" in err


async def test_a_data_dir_that_cannot_be_written_is_named(operator: Operator) -> None:
    (operator.folder / "data").write_text("a file stands here")
    code, _, err = await operator.types("login")
    assert code == 2
    assert "data_dir" in err
