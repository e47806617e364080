"""Promises about files that wait for a yes: each person's own, oldest first, for a day, and sealed."""

from __future__ import annotations

from bot.core.changes import AskedForFiles, KeepFile
from bot.core.model import Attachment, AttachmentKind, CaseName, EventId, Millis, UserId
from bot.core.sensitive import Sensitive
from bot.core.view import WaitingFile
from bot.store import waiting
from bot.store.database import Database

MIA, SOL = UserId("@mia:test"), UserId("@sol:test")
NOW = Millis(1_800_000_000_000)
HERON, OTTER = CaseName("amber-heron"), CaseName("blue-otter")


def keep(name: str, at: int = 0, case: CaseName = HERON, person: UserId = MIA) -> KeepFile:
    file = Attachment(AttachmentKind.VOICE, Sensitive(f"where {name} lies"), "audio/ogg", 9)
    return KeepFile(person, case, file, Millis(NOW + at), EventId(f"${name}"))


async def kept(database: Database, person: UserId = MIA, after: int = 0) -> tuple[WaitingFile, ...]:
    async with database.transaction() as tx:
        return await waiting.of(tx, person, Millis(NOW + after))


async def take(database: Database, *changes: KeepFile) -> None:
    async with database.transaction() as tx:
        for change in changes:
            await waiting.keep(tx, change)


async def test_what_waits_is_found_whole_and_oldest_first(database: Database) -> None:
    await take(database, keep("second", 5), keep("first", 1), keep("theirs", person=SOL))
    found = await kept(database)
    assert [each.source for each in found] == ["$first", "$second"]
    assert found[0].file == keep("first").file
    assert (found[0].case, found[0].question) == (HERON, None)
    assert [each.source for each in await kept(database, SOL)] == ["$theirs"]


async def test_a_file_for_two_cases_waits_for_each(database: Database) -> None:
    await take(database, keep("one"), keep("one", case=OTTER))
    assert {each.case for each in await kept(database)} == {HERON, OTTER}


async def test_kept_again_it_is_one_file(database: Database) -> None:
    await take(database, keep("one"), keep("one", 7))
    assert [each.at for each in await kept(database)] == [NOW]


async def test_after_a_day_it_waits_no_longer(database: Database) -> None:
    await take(database, keep("one"))
    assert len(await kept(database, after=waiting.A_DAY - 1)) == 1
    assert await kept(database, after=waiting.A_DAY) == ()


async def test_the_question_stands_for_all_that_waits(database: Database) -> None:
    await take(database, keep("one"), keep("two", 1), keep("theirs", person=SOL))
    async with database.transaction() as tx:
        await waiting.asked(tx, AskedForFiles(MIA, EventId("$question")), NOW)
    assert [each.question for each in await kept(database)] == ["$question", "$question"]
    assert [each.question for each in await kept(database, SOL)] == [None]


async def test_what_is_let_go_waits_no_longer_and_others_do(database: Database) -> None:
    await take(database, keep("one"), keep("theirs", person=SOL))
    async with database.transaction() as tx:
        await waiting.let_go(tx, MIA)
    assert await kept(database) == ()
    assert len(await kept(database, SOL)) == 1


async def test_neither_person_nor_place_nor_case_stands_in_a_row(database: Database) -> None:
    await take(database, keep("one"))
    async with database.transaction() as tx:
        rows = await tx.rows("SELECT * FROM waiting_files")
    shown = repr(rows)
    assert len(rows) == 1
    for secret in ("mia", "where one lies", "heron", "$one", "audio/ogg"):
        assert secret not in shown
