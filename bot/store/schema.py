"""The tables, as numbered migrations with a sentence each; a database newer than this program is refused."""

from __future__ import annotations

from typing import Final

import aiosqlite
from msgspec import Struct

from bot.store.seal import StoreFault


class NewerDatabase(StoreFault):
    """A later version of the program wrote this database."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"data_dir was last used by a newer sws-bot (database version {found}, this one knows {known}); "
            "install that version again"
        )
        self.found, self.known = found, known


class Migration(Struct, frozen=True):
    why: str
    statements: tuple[str, ...]


MIGRATIONS: Final = (
    Migration(
        "What came in and what is to be done: bookmark, inbox, outbox, and what we have seen.",
        (
            "CREATE TABLE about (name TEXT PRIMARY KEY, at INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT",
            "CREATE TABLE bookmark (one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL,"
            " sealed BLOB NOT NULL) STRICT",
            "CREATE TABLE seen (id BLOB PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
            "CREATE TABLE inbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE,"
            " lane BLOB NOT NULL, follows BLOB, due INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0,"
            " at INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT",
            "CREATE INDEX inbox_lanes ON inbox (lane, due)",
            "CREATE TABLE outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, lane BLOB,"
            " rank INTEGER NOT NULL, hopeful INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL,"
            " tries INTEGER NOT NULL DEFAULT 0, outcomes INTEGER NOT NULL DEFAULT 0, at INTEGER NOT NULL,"
            " sealed BLOB NOT NULL) STRICT",
            "CREATE INDEX outbox_lanes ON outbox (lane, seq)",
            "CREATE TABLE results (plan BLOB NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,"
            " step INTEGER NOT NULL, news INTEGER NOT NULL, at INTEGER NOT NULL, sealed BLOB NOT NULL,"
            " PRIMARY KEY (plan, step)) STRICT, WITHOUT ROWID",
            "CREATE TABLE undecrypted (id BLOB PRIMARY KEY, due INTEGER, at INTEGER NOT NULL,"
            " sealed BLOB NOT NULL) STRICT",
            "CREATE TABLE invitations (room BLOB PRIMARY KEY, at INTEGER NOT NULL,"
            " sealed BLOB NOT NULL) STRICT",
        ),
    ),
    Migration(
        "What we were told about rooms and people, and the cases that are open.",
        (
            "CREATE TABLE rooms (id BLOB PRIMARY KEY, kind TEXT NOT NULL, person BLOB,"
            " rostered INTEGER NOT NULL DEFAULT 0, at INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT",
            "CREATE INDEX rooms_people ON rooms (person)",
            "CREATE TABLE rosters (room BLOB NOT NULL, person BLOB NOT NULL, at INTEGER NOT NULL,"
            " sealed BLOB NOT NULL, PRIMARY KEY (room, person)) STRICT, WITHOUT ROWID",
            "CREATE TABLE aliases (alias BLOB PRIMARY KEY, room BLOB NOT NULL, at INTEGER NOT NULL,"
            " sealed BLOB NOT NULL) STRICT",
            "CREATE TABLE serve_requests (code BLOB PRIMARY KEY, room BLOB NOT NULL, at INTEGER NOT NULL,"
            " sealed BLOB NOT NULL) STRICT",
            "CREATE TABLE cases (name BLOB PRIMARY KEY, person BLOB NOT NULL, original BLOB NOT NULL,"
            " room BLOB, event BLOB, held INTEGER NOT NULL DEFAULT 0, at INTEGER NOT NULL,"
            " sealed BLOB NOT NULL) STRICT",
            "CREATE INDEX cases_people ON cases (person, at)",
            "CREATE INDEX cases_originals ON cases (original)",
            "CREATE INDEX cases_cards ON cases (room, event)",
            "CREATE TABLE spent_names (name BLOB PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
            "CREATE TABLE asked_cities (person BLOB PRIMARY KEY, at INTEGER NOT NULL,"
            " sealed BLOB NOT NULL) STRICT",
            "CREATE TABLE acts (person BLOB NOT NULL, act TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
            "CREATE INDEX acts_people ON acts (person, at)",
            "CREATE TABLE pins (person BLOB PRIMARY KEY, at INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT",
            "CREATE TABLE timers (name BLOB PRIMARY KEY, due INTEGER NOT NULL, at INTEGER NOT NULL,"
            " sealed BLOB NOT NULL) STRICT",
        ),
    ),
    Migration(
        "Files that wait for their sender's yes.",
        (
            "CREATE TABLE waiting_files (id BLOB PRIMARY KEY, person BLOB NOT NULL, at INTEGER NOT NULL,"
            " sealed BLOB NOT NULL) STRICT",
            "CREATE INDEX waiting_files_people ON waiting_files (person, at)",
        ),
    ),
    Migration(
        "Whose words were passed on in which case, and our events that hold them, so that they can go again.",
        (
            "CREATE TABLE sources (event BLOB NOT NULL, case_name BLOB NOT NULL, at INTEGER NOT NULL,"
            " sealed BLOB NOT NULL, PRIMARY KEY (event, case_name)) STRICT, WITHOUT ROWID",
            "CREATE TABLE copies (event BLOB PRIMARY KEY, source BLOB, case_name BLOB NOT NULL,"
            " at INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID",
            "CREATE INDEX copies_sources ON copies (source)",
            "CREATE INDEX copies_cases ON copies (case_name)",
        ),
    ),
    Migration(
        "Cases that are being removed.",
        (
            "CREATE TABLE leaving (name BLOB PRIMARY KEY, person BLOB NOT NULL, at INTEGER NOT NULL,"
            " sealed BLOB NOT NULL) STRICT, WITHOUT ROWID",
        ),
    ),
    Migration(
        "Who is to be asked whether they are all right; the word by which they say that it only looks so.",
        (
            "CREATE TABLE check_ins (person BLOB PRIMARY KEY, at INTEGER NOT NULL,"
            " sealed BLOB NOT NULL) STRICT, WITHOUT ROWID",
            "CREATE TABLE alarm_words (person BLOB PRIMARY KEY, at INTEGER NOT NULL,"
            " sealed BLOB NOT NULL) STRICT, WITHOUT ROWID",
        ),
    ),
    Migration(
        "Supporters who said that they are available.",
        (
            "CREATE TABLE shifts (person BLOB NOT NULL, room BLOB NOT NULL, at INTEGER NOT NULL,"
            " sealed BLOB NOT NULL, PRIMARY KEY (person, room)) STRICT, WITHOUT ROWID",
        ),
    ),
    Migration(
        "What people agreed to.",
        (
            "CREATE TABLE consents (person BLOB PRIMARY KEY, at INTEGER NOT NULL,"
            " sealed BLOB NOT NULL) STRICT, WITHOUT ROWID",
        ),
    ),
    Migration(
        "What is due is found without a look at everything that is not: a round costs the same at any size.",
        (
            "CREATE INDEX inbox_due ON inbox (due)",
            "CREATE INDEX outbox_due ON outbox (due)",
            "CREATE INDEX timers_due ON timers (due)",
            "CREATE INDEX undecrypted_due ON undecrypted (due)",
        ),
    ),
    Migration(
        "Tellings, replies and receipts have each a rank of their own; the same words are said once.",
        (
            "UPDATE outbox SET rank = CASE rank WHEN 0 THEN 1 WHEN 1 THEN 3 ELSE 4 END",
            "ALTER TABLE outbox ADD COLUMN says BLOB",
            "ALTER TABLE outbox ADD COLUMN begun INTEGER NOT NULL DEFAULT 0",
            "CREATE INDEX outbox_says ON outbox (says) WHERE says IS NOT NULL",
        ),
    ),
    Migration(
        "What was shown of rooms that could not be read yet.",
        (
            "CREATE TABLE asides (seq INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE,"
            " room BLOB NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0,"
            " told INTEGER NOT NULL DEFAULT 0, at INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT",
            "CREATE INDEX asides_rooms ON asides (room, seq)",
            "CREATE INDEX asides_due ON asides (due)",
        ),
    ),
    Migration(
        "Which deletions wait for words is found without a look at all that came in.",
        ("CREATE INDEX inbox_follows ON inbox (follows) WHERE follows IS NOT NULL",),
    ),
    Migration(
        "Alerts that supporters wrote, and where they stand.",
        (
            "CREATE TABLE alerts (name BLOB PRIMARY KEY, person BLOB, case_name BLOB, at INTEGER NOT NULL,"
            " sealed BLOB NOT NULL) STRICT, WITHOUT ROWID",
            "CREATE INDEX alerts_cases ON alerts (case_name)",
        ),
    ),
    Migration(
        "What may stand in a room and is not known to, so that it can be removed all the same.",
        (
            "CREATE TABLE underway (name BLOB PRIMARY KEY, plan BLOB, step INTEGER, case_name BLOB NOT NULL,"
            " at INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT",
            "CREATE INDEX underway_plans ON underway (plan, step)",
            "CREATE INDEX underway_cases ON underway (case_name)",
        ),
    ),
    Migration(
        "Whether something of a case that goes stands out of our reach, so that nobody is told it is gone.",
        ("ALTER TABLE leaving ADD COLUMN beyond INTEGER NOT NULL DEFAULT 0",),
    ),
)

# secure_delete overwrites what is deleted, where it stands; FULL because a lost commit could be a lost case.
PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
)


async def prepare(connection: aiosqlite.Connection) -> None:
    """Set what SQLite would otherwise decide for us."""
    for pragma in PRAGMAS:
        await connection.execute_fetchall(pragma)


async def version(connection: aiosqlite.Connection) -> int:
    [row] = await connection.execute_fetchall("PRAGMA user_version")
    return int(row[0])


async def migrate(connection: aiosqlite.Connection, migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
    """Bring the tables up to date, each migration wholly or not at all."""
    found = await version(connection)
    if found > len(migrations):
        raise NewerDatabase(found, len(migrations))
    for number, migration in enumerate(migrations[found:], start=found + 1):
        await connection.execute_fetchall("BEGIN IMMEDIATE")
        for statement in migration.statements:
            await connection.execute_fetchall(statement)
        await connection.execute_fetchall(f"PRAGMA user_version = {number}")
        await connection.commit()
