"""We promise that a secret is found where the operator put it, guarded, and shown to nobody."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from bot.config import Misconfigured
from bot.core.sensitive import Sensitive
from bot.credentials import Credentials, write_store_key

SECRET = "hunter2-never-shown"


def kept(folder: Path, name: str = "password", words: str = SECRET, mode: int = 0o600) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(words)
    path.chmod(mode)
    return path


def credentials(tmp_path: Path, **environment: str) -> Credentials:
    return Credentials.beside(tmp_path / "config.yaml", environment)


def refused(found: Credentials, name: str = "password") -> str:
    with pytest.raises(Misconfigured) as fault:
        found.need(name)
    sentence = str(fault.value)
    assert SECRET not in sentence
    assert "\n" not in sentence
    assert name in sentence
    return sentence


def test_a_secret_is_found_beside_the_configuration(tmp_path: Path) -> None:
    kept(tmp_path / "secrets", words=SECRET + "\n")
    assert credentials(tmp_path).find("password") == Sensitive(SECRET)
    assert credentials(tmp_path).need("password") == Sensitive(SECRET)


def test_the_places_are_asked_in_the_order_that_the_manual_says(tmp_path: Path) -> None:
    kept(tmp_path / "systemd", words="from systemd")
    named = kept(tmp_path / "elsewhere", words="from a named file")
    kept(tmp_path / "secrets", words="from secrets")
    places = {
        "CREDENTIALS_DIRECTORY": str(tmp_path / "systemd"),
        "SWS_PASSWORD_FILE": str(named),
        "SWS_PASSWORD": "from the environment",
    }
    found = []
    for gone in (None, *list(places)):
        places.pop(gone or "", None)
        found.append(credentials(tmp_path, **places).need("password"))
    assert found == [
        Sensitive("from systemd"),
        Sensitive("from a named file"),
        Sensitive("from the environment"),
        Sensitive("from secrets"),
    ]


def test_systemd_may_hold_one_secret_and_a_file_another(tmp_path: Path) -> None:
    kept(tmp_path / "systemd", "store_key")
    kept(tmp_path / "secrets")
    found = credentials(tmp_path, CREDENTIALS_DIRECTORY=str(tmp_path / "systemd"))
    assert found.find("password") == Sensitive(SECRET)


def test_a_missing_secret_is_named_with_the_places_it_can_be_put(tmp_path: Path) -> None:
    found = credentials(tmp_path)
    assert found.find("slack_webhook_nyc") is None
    sentence = refused(found, "slack_webhook_nyc")
    assert str(tmp_path / "secrets" / "slack_webhook_nyc") in sentence
    assert "$SWS_SLACK_WEBHOOK_NYC_FILE" in sentence


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o601, 0o644, 0o777])
def test_a_secret_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = kept(tmp_path / "secrets", mode=mode)
    assert f"chmod 600 {path}" in refused(credentials(tmp_path))


def test_a_secret_that_only_its_owner_reads_is_taken(tmp_path: Path) -> None:
    kept(tmp_path / "secrets", mode=0o400)
    assert credentials(tmp_path).find("password") == Sensitive(SECRET)


def test_a_link_does_not_hide_that_others_can_read_it(tmp_path: Path) -> None:
    open_file = kept(tmp_path / "elsewhere", mode=0o644)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "password").symlink_to(open_file)
    assert "can be read by others" in refused(credentials(tmp_path))


def test_a_named_file_that_is_not_there_stops_the_search(tmp_path: Path) -> None:
    kept(tmp_path / "secrets")
    found = credentials(tmp_path, SWS_PASSWORD_FILE=str(tmp_path / "gone"))
    assert f"cannot be read from {tmp_path / 'gone'}: No such file" in refused(found)


def test_a_folder_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "secrets" / "password").mkdir(parents=True)
    assert "cannot be read" in refused(credentials(tmp_path))


@pytest.mark.parametrize("words", ["", "\n", "  \n", f"{SECRET}\nand more", f"{SECRET}" * 500])
def test_a_secret_is_one_line_that_says_something(tmp_path: Path, words: str) -> None:
    kept(tmp_path / "secrets", words=words)
    sentence = refused(credentials(tmp_path))
    assert sentence.endswith(("is empty", "must be one line"))
    assert refused(credentials(tmp_path, SWS_PASSWORD=words)).startswith(
        "the secret password in $SWS_PASSWORD "
    )


def test_a_secret_that_is_not_text_is_refused(tmp_path: Path) -> None:
    kept(tmp_path / "secrets").write_bytes(b"\xff\xfe\xfd")
    assert "is not text" in refused(credentials(tmp_path))


def test_spaces_belong_to_a_password(tmp_path: Path) -> None:
    kept(tmp_path / "secrets", words="  two words \r\n")
    assert credentials(tmp_path).find("password") == Sensitive("  two words ")


def test_a_secret_does_not_show_itself(tmp_path: Path) -> None:
    kept(tmp_path / "secrets")
    assert SECRET not in f"{credentials(tmp_path).find('password')!r}"


# -- the store key ---------------------------------------------------------------------------------


def test_a_new_store_key_is_random_and_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = write_store_key(tmp_path / "secrets")
        other = write_store_key(tmp_path / "more" / "secrets")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.read_text() != other.read_text()
    assert len(credentials(tmp_path).store_key()) == 32


def test_an_existing_store_key_is_never_overwritten(tmp_path: Path) -> None:
    path = write_store_key(tmp_path / "secrets")
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        write_store_key(tmp_path / "secrets")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "words",
    ["correct horse battery staple", base64.b64encode(bytes(31)).decode(), "ab" * 32, "A" * 44, "ключ"],
)
def test_a_store_key_of_another_shape_is_refused(tmp_path: Path, words: str) -> None:
    kept(tmp_path / "secrets", "store_key", words)
    with pytest.raises(Misconfigured, match="must be 32 random bytes in base64") as fault:
        credentials(tmp_path).store_key()
    assert words not in str(fault.value)
