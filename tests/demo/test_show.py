"""We promise that the two columns of the demo show …"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.core.model import Trust
from bot.demo.homeserver import Homeserver
from bot.demo.people import Person
from bot.demo.seen import Seen
from bot.demo.show import MOST_LINES, Show

ROSA = cast(Person, SimpleNamespace(name="rosa"))


@pytest.fixture
def server(tmp_path: Path) -> Homeserver:
    """The tables of Synapse's database that are looked at, with what a test puts in."""
    made = Homeserver(tmp_path)
    with sqlite3.connect(made.database) as database:
        database.executescript(
            "CREATE TABLE event_json (event_id TEXT, json TEXT);"
            "CREATE TABLE events (event_id TEXT, sender TEXT);"
            "CREATE TABLE redactions (event_id TEXT, redacts TEXT);"
        )
    database.close()
    return made


def _store(server: Homeserver, event: str, content: dict[str, Any], removed: bool = False) -> None:
    with sqlite3.connect(server.database) as database:
        database.execute("INSERT INTO event_json VALUES (?, ?)", (event, json.dumps({"content": content})))
        database.execute("INSERT INTO events VALUES (?, '@sws:sws.test')", (event,))
        if removed:
            database.execute("INSERT INTO redactions VALUES ('$removal', ?)", (event,))
    database.close()


def _seen(event: str, body: str, **more: Any) -> Seen:
    return Seen(
        event, "!room", "@sws:sws.test", body, None, encrypted=True, **{"trust": Trust.SIGNED, **more}
    )


def _shown(server: Homeserver, seen: Seen) -> list[str]:
    said: list[str] = []
    Show(server, {"!room": "Night Kitchen"}, said.append, width=140).event(ROSA, seen)
    return said


def test_the_words_on_the_left_and_ciphertext_on_the_right(server: Homeserver) -> None:
    _store(server, "$one", {"ciphertext": "AwgAEpAB" * 20})

    shown = _shown(server, _seen("$one", "supporters have it"))

    left = "\n".join(line.split("│")[0] for line in shown if line)
    right = "\n".join(line.split("│")[1] for line in shown if line)
    assert "rosa’s client, Night Kitchen:" in left
    assert "@sws: supporters have it" in left
    assert "160 letters of ciphertext: AwgAEpAB" in right
    assert "supporters" not in right


def test_what_the_homeserver_can_read_where_nothing_is_encrypted(server: Homeserver) -> None:
    _store(server, "$one", {"body": "said in the open"})

    assert Show(server, {}).stored("$one") == "@sws: said in the open"


def test_that_the_homeserver_keeps_a_removed_post_for_a_while(server: Homeserver) -> None:
    _store(server, "$one", {"body": "said too much"}, removed=True)

    stored = Show(server, {}).stored("$one")

    assert stored.startswith("@sws: said too much (removed for everyone")


def test_a_removed_message_and_one_without_a_key_as_such(server: Homeserver) -> None:
    _store(server, "$one", {"ciphertext": "A"})

    assert any("(removed)" in line for line in _shown(server, _seen("$one", "", removed=True)))
    assert any("(cannot be decrypted)" in line for line in _shown(server, _seen("$one", "", trust=None)))


def test_a_long_message_clipped(server: Homeserver) -> None:
    _store(server, "$one", {"ciphertext": "A"})

    shown = _shown(server, _seen("$one", "\n".join(f"line {number}" for number in range(50))))

    assert len(shown) == MOST_LINES + 2
    assert shown[-1].split("│")[0].strip() == "…"


def test_an_event_that_the_homeserver_does_not_have(server: Homeserver) -> None:
    assert Show(server, {}).stored("$never") == "nothing"
