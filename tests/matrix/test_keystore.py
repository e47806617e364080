"""We promise of the encryption keys on disk that …"""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import vodozemac
from nio.crypto import OlmAccount, OlmDevice, OutboundSession, TrustState
from nio.store import SqliteStore

from bot.core.model import EventId, Millis, RoomId
from bot.matrix.keystore import DAY, OPENED_DAYS, SESSION_DAYS, KeyStore, Lock, StoreInUse
from tests.matrix.wired import connected
from tests.matrix.world import BOT, BOT_DEVICE, Someone
from tests.matrix.written import Writer, sync

ROSA = "@rosa:sws.test"


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


async def test_nobody_else_on_the_machine_can_read_them(tmp_path: Path) -> None:
    async with connected(tmp_path):
        assert {stat.S_IMODE(file.stat().st_mode) for file in files(tmp_path)} == {0o600}
        assert stat.S_IMODE((tmp_path / "crypto").stat().st_mode) == 0o700


async def test_a_file_that_everybody_could_read_is_closed_at_the_next_start(tmp_path: Path) -> None:
    async with connected(tmp_path):
        pass
    database = tmp_path / "crypto" / f"{BOT}_{BOT_DEVICE}.db"
    database.chmod(0o644)
    async with connected(tmp_path):
        assert stat.S_IMODE(database.stat().st_mode) == 0o600


async def test_the_database_survives_a_crash_and_overwrites_what_it_deletes(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        database = bot.chat.client.store.database
        settings = {
            name: database.pragma(name)
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }
        assert settings == {"journal_mode": "wal", "synchronous": 1, "secure_delete": 1, "foreign_keys": 1}


async def test_nio_keeps_no_bookmark_of_its_own(tmp_path: Path) -> None:
    """It would move before what came in is written down."""
    async with connected(tmp_path) as bot:
        bot.server.syncs = [sync(mark="canary-mark")]
        await bot.chat.pull("s0", Millis(0))
    assert not any(b"canary-mark" in file.read_bytes() for file in files(tmp_path))


async def test_private_keys_lie_sealed(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        database = bot.chat.client.store.database
        (pickle,) = database.execute_sql("SELECT account FROM accounts").fetchone()
        assert bot.chat.client.olm.account.pickle("another key") != pickle
        assert b"one_time_keys" not in pickle


def test_one_process_at_a_time_has_the_folder(tmp_path: Path) -> None:
    first = Lock(tmp_path)
    with pytest.raises(StoreInUse, match="another sws-bot"):
        Lock(tmp_path)
    first.release()
    Lock(tmp_path).release()


def test_trust_is_read_from_memory(tmp_path: Path) -> None:
    store = KeyStore(BOT, BOT_DEVICE, str(tmp_path), "key")
    device = OlmDevice(ROSA, "PHONE", {"ed25519": "e", "curve25519": "c"}, trust_state=TrustState.verified)
    store.database.close()
    assert store.is_device_verified(device)
    assert not store.is_device_blacklisted(device)
    assert not store.is_device_ignored(device)
    device.trust_state = TrustState.blacklisted
    assert store.is_device_blacklisted(device)
    assert not store.is_device_verified(device)


async def test_what_is_kept_to_refuse_replays_goes_with_the_room_key_after_its_last_day(
    tmp_path: Path,
) -> None:
    person = Someone(ROSA, 1, "PHONE")
    async with connected(tmp_path, person) as bot:
        phone = Writer(person.devices["PHONE"], bot.server)
        event = phone.write()
        bot.server.syncs = [sync(event, to_device=[phone.key()])] + [sync()] * 3
        assert len((await bot.chat.pull("s0", Millis(0))).incoming) == 1
        bot.clock.time = Millis(bot.clock.time + 2 * DAY)
        await bot.chat.pull("s1", Millis(0))
        assert rows(tmp_path, "heard_from") == rows(tmp_path, "megolminboundsessions") == 1
        bot.clock.time = Millis(bot.clock.time + (SESSION_DAYS + 1) * DAY)
        await bot.chat.pull("s2", Millis(0))
        assert rows(tmp_path, "heard_from") == rows(tmp_path, "megolminboundsessions") == 0
        bot.server.syncs = [sync(event)]
        batch = await bot.chat.pull("s3", Millis(0))
        assert (batch.incoming, len(batch.undecrypted)) == ((), 1)


async def test_a_room_key_past_its_last_day_is_in_no_file_not_even_sealed(tmp_path: Path) -> None:
    person = Someone(ROSA, 1, "PHONE")
    async with connected(tmp_path, person) as bot:
        phone = Writer(person.devices["PHONE"], bot.server)
        bot.server.syncs = [sync(phone.write(), to_device=[phone.key()])] + [sync()] * 2
        await bot.chat.pull("s0", Millis(0))
        asked = bot.chat.client.store.database.execute_sql("SELECT session FROM megolminboundsessions")
        ((key,),) = asked.fetchall()
        held = key if isinstance(key, bytes) else key.encode()
        assert any(held[:64] in file.read_bytes() for file in files(tmp_path))
        for days in (2, SESSION_DAYS + 1):
            bot.clock.time = Millis(bot.clock.time + days * DAY)
            await bot.chat.pull(f"s{days}", Millis(0))
        pieces = [held[at : at + 64] for at in range(0, len(held) - 63, 64)]
        found = [file.name for file in files(tmp_path) if any(piece in file.read_bytes() for piece in pieces)]
        assert found == []


async def test_a_room_key_that_came_from_two_devices_goes_with_both(tmp_path: Path) -> None:
    rosa, eve = Someone(ROSA, 1, "PHONE"), Someone("@eve:sws.test", 2, "EVIL")
    async with connected(tmp_path, rosa, eve) as bot:
        phone, evil = Writer(rosa.devices["PHONE"], bot.server), Writer(eve.devices["EVIL"], bot.server)
        evil.group, evil._first_key = phone.group, phone._first_key
        bot.server.syncs = [sync(to_device=[phone.key(), evil.key()]), sync()]
        await bot.chat.pull("s0", Millis(0))
        assert rows(tmp_path, "megolminboundsessions") == rows(tmp_path, "same_room_keys") == 1
        bot.clock.time = Millis(bot.clock.time + (SESSION_DAYS + 1) * DAY)
        bot.chat.client.notes.forget(Millis(0))
        await bot.chat.pull("s1", Millis(0))
        assert rows(tmp_path, "megolminboundsessions") == rows(tmp_path, "same_room_keys") == 0


async def test_rooms_we_opened_are_forgotten_and_the_one_for_the_proof_is_not(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        notes = bot.chat.client.notes
        for mark in ("chat", "proof"):
            notes.opening(mark, Millis(0))
            notes.opened(mark, RoomId("!x"))
        notes.forget(Millis((OPENED_DAYS + 1) * DAY))
        assert notes.opening("chat", Millis(0)) == (False, None)
        assert notes.opening("proof", Millis(0)) == (True, "!x")


async def test_the_same_event_is_no_replay_of_itself(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        notes = bot.chat.client.notes
        assert notes.first_time("phone", "session", 0, EventId("$a"))
        assert notes.first_time("phone", "session", 0, EventId("$a"))
        assert not notes.first_time("phone", "session", 0, EventId("$b"))
        assert notes.first_time("phone", "session", 1, EventId("$b"))
        assert notes.first_time("phone", "other", 0, EventId("$b"))


async def test_what_one_device_brings_does_not_use_up_the_same_message_of_another(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        notes = bot.chat.client.notes
        assert notes.first_time("thief", "session", 0, EventId("$copy"))
        assert notes.first_time("phone", "session", 0, EventId("$original"))
        assert not notes.first_time("phone", "session", 0, EventId("$replay"))


async def test_what_was_heard_before_senders_were_written_down_stays_known(tmp_path: Path) -> None:
    async with connected(tmp_path):
        pass
    with closing(sqlite3.connect(database(tmp_path))) as old:
        old.execute("CREATE TABLE heard (session TEXT, number INTEGER, event TEXT)")
        old.execute("INSERT INTO heard VALUES ('session', 7, '$a')")
        old.commit()
    for _ in range(2):
        async with connected(tmp_path) as bot:
            notes = bot.chat.client.notes
            assert not notes.first_time("phone", "session", 7, EventId("$replay"))
            assert notes.first_time("tablet", "session", 7, EventId("$a"))
            assert "heard" not in bot.chat.client.store.database.get_tables()


def database(folder: Path) -> Path:
    return folder / "crypto" / f"{BOT}_{BOT_DEVICE}.db"


def rows(folder: Path, table: str) -> int:
    with closing(sqlite3.connect(database(folder))) as opened:
        return int(opened.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608


# -- what is written by statements of ours ---------------------------------------------------------------


def nio_store(folder: Path) -> SqliteStore:
    """The same file, as nio alone has it."""
    return SqliteStore(BOT, BOT_DEVICE, str(folder), "key")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[KeyStore]:
    made = KeyStore(BOT, BOT_DEVICE, str(tmp_path), "key")
    yield made
    made.database.close()


def _session(account: OlmAccount) -> OutboundSession:
    other = vodozemac.Account()
    other.generate_one_time_keys(1)
    ((_, key),) = other.one_time_keys.items()
    return OutboundSession(account, other.curve25519_key.to_base64(), key.to_base64())


def _shown(store: SqliteStore, table: str) -> list[tuple[object, ...]]:
    """Every column; of what is sealed only what it is, as it is sealed anew each time."""
    names = [column.name for column in store.database.get_columns(table)]
    sealed = {"account", "session"}
    what = ", ".join(f"typeof({name})" if name in sealed else f"{name}, typeof({name})" for name in names)
    found: list[tuple[object, ...]] = store.database.execute_sql(f"SELECT {what} FROM {table}").fetchall()  # noqa: S608
    return found


def test_an_account_is_written_as_nio_writes_it_and_read_by_nio(store: KeyStore, tmp_path: Path) -> None:
    account = OlmAccount()
    store.save_account(account)
    account.generate_one_time_keys(3)
    account.shared = True
    store.save_account(account)
    ours = _shown(store, "accounts")
    loaded = nio_store(tmp_path).load_account()
    assert (loaded.identity_keys, loaded.one_time_keys, loaded.shared) == (
        account.identity_keys,
        account.one_time_keys,
        True,
    )
    SqliteStore.save_account(store, account)
    assert _shown(store, "accounts") == ours


def test_an_account_that_is_loaded_once_more_has_no_keys_that_were_used_up(store: KeyStore) -> None:
    account = OlmAccount()
    store.save_account(account)
    store.load_account()
    account.generate_one_time_keys(3)
    account.shared = True
    store.save_account(account)
    again = store.load_account()
    assert (again.one_time_keys, again.shared) == (account.one_time_keys, True)


def test_a_session_is_written_as_nio_writes_it_and_read_by_nio(store: KeyStore, tmp_path: Path) -> None:
    account = OlmAccount()
    store.save_account(account)
    session = _session(account)
    session.creation_time = session.creation_time.replace(microsecond=0)
    store.save_session("curve", session)
    session.encrypt("hello")
    store.save_session("curve", session)
    ours = _shown(store, "olmsessions")
    assert len(ours) == 1
    SqliteStore.save_session(store, "curve", session)
    assert _shown(store, "olmsessions") == ours
    store.save_session("curve", session)
    loaded = nio_store(tmp_path).load_sessions().get("curve")
    assert (loaded.id, loaded.creation_time) == (session.id, session.creation_time)
    assert loaded.encrypt("more").to_parts() == session.encrypt("more").to_parts()
