"""The encryption keys on disk: nio's store as we want it, for one process, and a few rows of ours."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any, Final

from nio.crypto import GroupSessionStore, InboundGroupSession, OlmDevice, TrustState
from nio.store import SqliteStore
from peewee import DatabaseError, SqliteDatabase

from bot.core.model import EventId, Millis, RoomId

LOCK: Final = "lock"
BUSY: Final = 5000
"""Milliseconds to wait for somebody else who has the file open."""
OURS: Final = (
    "CREATE TABLE IF NOT EXISTS heard_from (sender_key TEXT NOT NULL, session TEXT NOT NULL,"
    " number INTEGER NOT NULL, event TEXT NOT NULL,"
    " PRIMARY KEY (session, number, sender_key)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS session_seen (session TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS opened (marker TEXT PRIMARY KEY, room TEXT, at INTEGER NOT NULL)"
    " WITHOUT ROWID",
)
SAME_KEYS: Final = (
    "CREATE TABLE IF NOT EXISTS same_room_keys (session TEXT NOT NULL, sender_key TEXT NOT NULL,"
    " room TEXT NOT NULL, ed25519 TEXT NOT NULL, pickle BLOB NOT NULL,"
    " PRIMARY KEY (session, sender_key, room)) WITHOUT ROWID"
)
"""Room keys that nio has from another device, or for another room: its own table holds one of each."""
ANYBODY: Final = ""
"""Sender of what was heard when that was written down without a sender: known, whoever it comes from."""
SESSION_DAYS: Final = 30
"""A room key is dropped this long after it came: what it was used for was read long ago, and no sender uses
one for more than a week."""
OPENED_DAYS: Final = 7
DAY: Final = 24 * 60 * 60 * 1000
MOMENT: Final = "%Y-%m-%d %H:%M:%S.%f"
"""As nio writes a moment."""


class StoreInUse(Exception):
    """Another process works with this store; two would destroy each other's keys."""


class KeyStore(SqliteStore):  # type: ignore[misc]  # nio has no types
    """Write-ahead logging, and trust read from memory: a query for each device blocks for seconds.

    What is written for every message is written by statements of ours: nio looks its account up and makes its
    statement anew each time, and takes ten times as long.
    """

    _account: Any = None

    def _get_account(self) -> Any:
        if self._account is None:
            self._account = super()._get_account()
        return self._account

    def save_account(self, account: Any) -> None:
        row = self._get_account()
        if row is None:
            super().save_account(account)
            return
        statement = "UPDATE accounts SET account = ?, shared = ? WHERE user_id = ? AND device_id = ?"
        made = account.pickle(self.pickle_key)
        self.database.execute_sql(statement, (made, account.shared, self.user_id, self.device_id))
        # Whoever loads the account once more must not get keys that were used up since.
        row.account, row.shared = made, account.shared

    def save_session(self, curve_key: str, session: Any) -> None:
        self.database.execute_sql(
            "REPLACE INTO olmsessions"
            " (session_id, account_id, sender_key, session, creation_time, last_usage_date)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                session.id,
                self._get_account().id,
                curve_key,
                session.pickle(self.pickle_key),
                session.creation_time.strftime(MOMENT),
                session.use_time.strftime(MOMENT),
            ),
        )

    def _create_database(self) -> SqliteDatabase:
        pragmas = {
            "busy_timeout": BUSY,
            "foreign_keys": 1,
            "secure_delete": 1,
            "journal_mode": "wal",
            "synchronous": "normal",
        }
        # By default everybody may read it. SQLite gives the files it makes beside it the same rights.
        os.close(os.open(self.database_path, os.O_RDWR | os.O_CREAT, 0o600))
        os.chmod(self.database_path, 0o600)
        return SqliteDatabase(self.database_path, pragmas=pragmas)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.database.execute_sql(SAME_KEYS)

    def save_inbound_group_session(self, session: InboundGroupSession) -> None:
        """Each room key once for each device that sent it.

        nio keeps only who was first with it: whoever passes a key on as their own before its author would
        have the author's own lost at the next start.
        """
        first = self.database.execute_sql(
            "SELECT sender_key, room_id FROM megolminboundsessions WHERE session_id = ?", (session.id,)
        ).fetchone()
        if first in (None, (session.sender_key, session.room_id)) or session.forwarding_chain:
            super().save_inbound_group_session(session)
            return
        self.database.execute_sql(
            "INSERT OR REPLACE INTO same_room_keys VALUES (?, ?, ?, ?, ?)",
            (
                *(session.id, session.sender_key, session.room_id, session.ed25519),
                session.pickle(self.pickle_key),
            ),
        )

    def load_inbound_group_sessions(self) -> GroupSessionStore:
        store = super().load_inbound_group_sessions()
        rows = self.database.execute_sql("SELECT pickle, ed25519, sender_key, room FROM same_room_keys")
        for pickle, ed25519, sender_key, room in rows:
            store.add(InboundGroupSession.from_pickle(pickle, ed25519, sender_key, room, self.pickle_key))
        return store

    def is_device_verified(self, device: OlmDevice) -> bool:
        return bool(device.trust_state == TrustState.verified)

    def is_device_blacklisted(self, device: OlmDevice) -> bool:
        return bool(device.trust_state == TrustState.blacklisted)

    def is_device_ignored(self, device: OlmDevice) -> bool:
        return bool(device.trust_state == TrustState.ignored)

    def verify_device(self, device: OlmDevice) -> bool:
        return self._mark(device, TrustState.verified)

    def blacklist_device(self, device: OlmDevice) -> bool:
        return self._mark(device, TrustState.blacklisted)

    def _mark(self, device: OlmDevice, state: TrustState) -> bool:
        before, device.trust_state = device.trust_state, state
        return bool(before != state)


class Lock:
    """Held by the one process that works with the folder; gone with the process, however it ends."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        self._file = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            os.close(self._file)
            raise StoreInUse(f"another sws-bot already works with {folder}: stop it first") from held

    def release(self) -> None:
        os.close(self._file)


class Notes:
    """Our rows in the crypto database: what was heard already, and which rooms we opened."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        for statement in OURS:
            database.execute_sql(statement)
        if "heard" in database.get_tables():
            with database.atomic():
                self._run(
                    "INSERT OR IGNORE INTO heard_from SELECT ?, session, number, event FROM heard", ANYBODY
                )
                self._run("DROP TABLE heard")

    def check_pages(self) -> None:
        """Raises `DatabaseError` when the file is damaged, wherever that is."""
        found = self._run("PRAGMA quick_check(1)").fetchone()
        if found[0] != "ok":
            raise DatabaseError(found[0])

    def first_time(self, sender_key: str, session: str, number: int, event: EventId) -> bool:
        """Is this the first event that carries this message? The same event again is not another one.

        By the device that the room key came from: whoever passes a key on as their own, and the message with
        it, must not use up the message of its author.
        """
        self._run("INSERT OR IGNORE INTO heard_from VALUES (?, ?, ?, ?)", sender_key, session, number, event)
        rows = self._run(
            "SELECT event FROM heard_from WHERE session = ? AND number = ? AND sender_key IN (?, ?)",
            *(session, number, sender_key, ANYBODY),
        )
        return {row[0] for row in rows} == {event}

    def opening(self, marker: str, now: Millis) -> tuple[bool, RoomId | None]:
        """Was a room with this marker asked for before, and which one did we get?"""
        row = self._run("SELECT room FROM opened WHERE marker = ?", marker).fetchone()
        self._run("INSERT OR IGNORE INTO opened VALUES (?, NULL, ?)", marker, now)
        return row is not None, RoomId(row[0]) if row and row[0] else None

    def opened(self, marker: str, room: RoomId) -> None:
        self._run("UPDATE opened SET room = ? WHERE marker = ?", room, marker)

    def forget(self, now: Millis) -> frozenset[str]:
        """Drop what is past its last day; gives the ids of room keys that went."""
        old = now - SESSION_DAYS * DAY
        with self._database.atomic():
            self._run(
                "INSERT OR IGNORE INTO session_seen SELECT session_id, ? FROM megolminboundsessions", now
            )
            gone = [row[0] for row in self._run("SELECT session FROM session_seen WHERE at < ?", old)]
            for session in gone:
                self._run("DELETE FROM heard_from WHERE session = ?", session)
                self._run("DELETE FROM same_room_keys WHERE session = ?", session)
                self._run("DELETE FROM megolminboundsessions WHERE session_id = ?", session)
                self._run("DELETE FROM session_seen WHERE session = ?", session)
            self._run("DELETE FROM opened WHERE at < ? AND marker != 'proof'", now - OPENED_DAYS * DAY)
        # What was overwritten in the file stands in the journal until others have written as much again.
        self._run("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return frozenset(gone)

    def _run(self, statement: str, *values: object) -> Any:
        return self._database.execute_sql(statement, values)
