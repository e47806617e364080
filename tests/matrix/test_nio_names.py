"""We promise that the private and unwritten parts of nio that we lean on are still what we take them for."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import nio
import pytest
import vodozemac
from nio import AsyncClient, EncryptionError, OlmEvent, ToDeviceEvent
from nio.crypto import GroupSessionStore, InboundGroupSession, Olm, OlmAccount
from nio.store import MatrixStore, SqliteStore

from bot.matrix.reading import MALFORMED
from tests.matrix.wired import connected
from tests.matrix.world import BOT_DEVICE


def parameters(function: object) -> list[str]:
    return list(inspect.signature(function).parameters)  # type: ignore[arg-type]


def test_every_request_of_nio_goes_through_send() -> None:
    """`client.Client.send` raises where nio would wait; a second way out would not."""
    expected = ["self", "method", "path", "data", "headers", "trace_context", "timeout"]
    assert parameters(AsyncClient.send) == expected
    source = inspect.getsource(AsyncClient._send)
    assert "await self.send(" in source
    assert "client_session.request" not in source
    assert parameters(AsyncClient._send)[1:6] == ["response_class", "method", "path", "data", "response_data"]


def test_nio_repeats_only_what_we_do_not_raise() -> None:
    source = inspect.getsource(AsyncClient._send)
    assert "except (ClientConnectionError, TimeoutError, asyncio.TimeoutError):" in source


def test_the_store_makes_its_database_where_we_make_ours() -> None:
    assert parameters(MatrixStore._create_database) == ["self"]
    assert "self.database = self._create_database()" in inspect.getsource(MatrixStore.__post_init__)
    for trust in ("is_device_verified", "is_device_blacklisted", "is_device_ignored"):
        assert parameters(getattr(SqliteStore, trust)) == ["self", "device"]


async def test_the_tables_that_our_rows_stand_beside_have_the_names_we_use(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        database = bot.chat.client.store.database
        assert {"accounts", "megolminboundsessions", "encryptedrooms"} <= set(database.get_tables())
        columns = {column.name for column in database.get_columns("megolminboundsessions")}
        assert {"session_id", "sender_key", "room_id"} <= columns


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("accounts", {"id", "user_id", "device_id", "account", "shared"}),
        (
            "olmsessions",
            {"session_id", "account_id", "sender_key", "session", "creation_time", "last_usage_date"},
        ),
    ],
)
async def test_the_tables_that_our_statements_write_have_these_columns_and_no_others(
    tmp_path: Path, table: str, columns: set[str]
) -> None:
    """Another one would be lost with every message, without a word."""
    async with connected(tmp_path) as bot:
        database = bot.chat.client.store.database
        assert {column.name for column in database.get_columns(table)} == columns


def test_what_our_statements_stand_in_for_is_saved_as_it_was() -> None:
    assert parameters(MatrixStore.save_account) == ["self", "account"]
    assert parameters(MatrixStore.save_session) == ["self", "curve_key", "session"]
    assert parameters(MatrixStore._get_account) == ["self"]


def test_an_account_can_be_filled_and_shown_from_below() -> None:
    account = OlmAccount()
    assert isinstance(account._account, vodozemac.Account)
    below: Any = account.__dict__["_account"]
    assert (below.one_time_keys, below.fallback_key, account.shared) == ({}, {}, False)
    account.generate_one_time_keys(2)
    below.generate_fallback_key()
    assert (len(below.one_time_keys), len(below.fallback_key)) == (2, 1)
    account.mark_keys_as_published()
    assert (below.one_time_keys, below.fallback_key) == ({}, {})


def test_room_keys_are_held_by_room_sender_and_session() -> None:
    store = GroupSessionStore()
    made = vodozemac.GroupSession()
    session = InboundGroupSession(made.session_key.to_base64(), "ed25519", "curve25519", "!room")
    store.add(session)
    assert store["!room"]["curve25519"][made.session_id] is session
    assert store._entries["!room"]["curve25519"][made.session_id] is session
    assert (session.ed25519, session.sender_key, session.forwarding_chain) == ("ed25519", "curve25519", [])
    assert session.decrypt(made.encrypt(b"x").to_base64()) == ("x", 0)


async def test_the_machine_has_the_parts_that_we_work_with(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        olm = bot.chat.client.olm
        assert isinstance(olm, Olm)
        assert olm.device_id == BOT_DEVICE
        assert (olm.wedged_devices, olm.outgoing_to_device_messages) == ([], [])
        assert isinstance(olm.users_for_key_query, set)
        for part in (olm.save_account, olm.mark_keys_as_published, olm.add_changed_users, olm.sign_json):
            assert callable(part)
        assert bot.chat.client.encrypted_rooms == set()


def test_a_to_device_message_is_parsed_and_decrypted_by_itself() -> None:
    parsed = ToDeviceEvent.parse_event(
        {
            "type": "m.room.encrypted",
            "sender": "@x:y",
            "content": {"algorithm": "m.olm.v1.curve25519-aes-sha2", "sender_key": "k", "ciphertext": {}},
        }
    )
    assert isinstance(parsed, OlmEvent)
    assert parameters(Olm.decrypt_event) == ["self", "event", "room_id"]


@pytest.mark.parametrize(
    "error",
    [
        vodozemac.DecodeException,
        vodozemac.KeyException,
        vodozemac.MegolmDecryptionException,
        vodozemac.OlmDecryptionException,
        vodozemac.SessionCreationException,
        vodozemac.SessionKeyDecodeException,
        EncryptionError,
        nio.exceptions.VerificationError,
    ],
)
def test_what_the_crypto_raises_at_bad_input_is_caught(error: type[Exception]) -> None:
    assert issubclass(error, MALFORMED) or error is nio.exceptions.VerificationError


def test_no_sync_of_nio_is_needed_to_encrypt() -> None:
    """`sharing` encrypts for the people of the homeserver's answer; no room of nio's may be asked."""
    assert "rooms" not in inspect.getsource(Olm.group_encrypt).replace("group_sessions", "")
