"""The session file: sealed, private, replaced whole."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from bot.core.model import UserId
from bot.core.sensitive import Sensitive
from bot.matrix.session import FILE, NotLoggedIn, Session, crypto_config, read, write

KEY = bytes(range(32))
SESSION = Session(
    "https://sws.test", UserId("@bot:sws.test"), "DEVICE", Sensitive("the token"), Sensitive("the pickle key")
)


def test_a_session_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    write(tmp_path, SESSION, KEY, bytes(12))
    assert read(tmp_path, KEY) == SESSION


def test_nothing_of_it_stands_in_the_file(tmp_path: Path) -> None:
    write(tmp_path, SESSION, KEY, bytes(12))
    words = (tmp_path / FILE).read_text()
    assert not any(part in words for part in ("token", "pickle", "bot", "DEVICE", "sws"))
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_a_session_is_replaced(tmp_path: Path) -> None:
    write(tmp_path, SESSION, KEY, bytes(12))
    later = Session(SESSION.homeserver, SESSION.user, "LATER", SESSION.token, SESSION.pickle_key)
    write(tmp_path, later, KEY, bytes([1] * 12))
    assert read(tmp_path, KEY) == later


def test_no_session_says_to_log_in(tmp_path: Path) -> None:
    with pytest.raises(NotLoggedIn, match="run `sws-bot login` first"):
        read(tmp_path, KEY)


def test_another_store_key_does_not_open_it(tmp_path: Path) -> None:
    write(tmp_path, SESSION, KEY, bytes(12))
    with pytest.raises(NotLoggedIn, match="store_key"):
        read(tmp_path, bytes(32))


@pytest.mark.parametrize("words", ["", "[]", "{}", "7", '{"nonce": 1, "sealed": 2, "mark": 3}', "\x00"])
def test_a_damaged_file_is_named(tmp_path: Path, words: str) -> None:
    (tmp_path / FILE).write_text(words)
    with pytest.raises(NotLoggedIn, match="was not written with this store_key"):
        read(tmp_path, KEY)


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    write(tmp_path, SESSION, KEY, bytes(12))
    held = json.loads((tmp_path / FILE).read_text())
    held["sealed"] = ("B" if held["sealed"][0] == "A" else "A") + held["sealed"][1:]
    (tmp_path / FILE).write_text(json.dumps(held))
    with pytest.raises(NotLoggedIn):
        read(tmp_path, KEY)


def test_nio_keeps_no_sync_token_and_does_not_wait_by_itself() -> None:
    config = crypto_config(Sensitive("key"))
    assert config.store_sync_tokens is False
    assert config.encryption_enabled
    assert (config.max_limit_exceeded, config.max_timeouts) == (0, 0)
