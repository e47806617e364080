"""The homeserver that the demo and the live tests start for themselves."""

from __future__ import annotations

import json
import urllib.error
from pathlib import Path

import pytest

from bot.demo import homeserver as demo_homeserver
from bot.demo.homeserver import Homeserver, Limits

pytestmark = pytest.mark.live


def _log_in(server: Homeserver, person: str, password: str) -> str:
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": person},
        "password": password,
    }
    return str(server.call("POST", "/_matrix/client/v3/login", body)["access_token"])


async def test_a_person_who_was_registered_can_log_in(homeserver: Homeserver) -> None:
    user = await homeserver.register("first", "a long password")

    token = _log_in(homeserver, "first", "a long password")

    assert homeserver.call("GET", "/_matrix/client/v3/account/whoami", token=token)["user_id"] == user


async def test_only_those_registered_as_admins_may_use_the_administration_api(homeserver: Homeserver) -> None:
    await homeserver.register("boss", "boss password", admin=True)
    await homeserver.register("clerk", "clerk password")
    listing = "/_synapse/admin/v2/users"

    assert homeserver.call("GET", listing, token=_log_in(homeserver, "boss", "boss password"))["total"] >= 2
    with pytest.raises(urllib.error.HTTPError, match="403"):
        homeserver.call("GET", listing, token=_log_in(homeserver, "clerk", "clerk password"))


async def test_its_database_can_be_read_while_it_runs(homeserver: Homeserver) -> None:
    user = await homeserver.register("seen", "seen password")

    assert (user,) in homeserver.sees("SELECT name FROM users")


async def test_it_stops_at_the_end_and_starts_again_on_the_same_address(tmp_path: Path) -> None:
    async with demo_homeserver.homeserver(tmp_path, Limits.SYNAPSE) as server:
        await server.register("rosa", "rosa password")
        address = server.url

    with pytest.raises(urllib.error.URLError):
        server.call("GET", "/_matrix/client/versions")

    server.start()
    try:
        assert server.url == address
        assert _log_in(server, "rosa", "rosa password")
    finally:
        server.stop()


def test_synapses_own_limits_hold_only_when_asked_for(tmp_path: Path, homeserver: Homeserver) -> None:
    strict = Homeserver(tmp_path, Limits.SYNAPSE)
    strict._write_configuration(1)

    assert "rc_message" not in json.loads((tmp_path / "homeserver.json").read_text())
    assert "rc_message" in json.loads((homeserver.folder / "homeserver.json").read_text())


def test_where_entry_is_free_everything_else_is_limited_as_synapse_has_it(tmp_path: Path) -> None:
    free = Homeserver(tmp_path, Limits.FREE_ENTRY)
    free._write_configuration(1)
    set_ = {name for name in json.loads((tmp_path / "homeserver.json").read_text()) if name.startswith("rc_")}
    assert set_ == {"rc_registration", "rc_login", "rc_joins", "rc_joins_per_room"}
