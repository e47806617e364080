"""We promise that what came in is written down once, in order, and that nobody waits for somebody else."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.changes import TimerKind
from bot.core.effects import Incoming, Origin, Outcome, Reason, Timer
from bot.core.model import (
    EventId,
    IdentityChange,
    Invitation,
    Membership,
    Message,
    Millis,
    Presence,
    Removal,
    RoomChange,
    RoomId,
    Trust,
    Unreadable,
    UserId,
)
from bot.core.sensitive import Sensitive
from bot.ports import Batch, Undecrypted
from bot.store import ledger
from bot.store.database import Database, Transaction
from bot.store.ledger import PATIENCE, Waiting
from tests.store.samples import full, members

NOW = Millis(1_000_000)
ROOM, OTHER = RoomId("!room:test"), RoomId("!other:test")
MIA, TOM = UserId("@mia:test"), UserId("@tom:test")


def message(id_: str, sender: UserId = MIA, room: RoomId = ROOM) -> Message:
    return Message(EventId(id_), room, sender, NOW, Sensitive(f"words of {id_}"), Trust.SIGNED)


def removal(id_: str, target: str, sender: UserId = TOM) -> Removal:
    return Removal(EventId(id_), ROOM, sender, EventId(target), NOW)


def undecrypted(id_: str) -> Undecrypted:
    return Undecrypted(Unreadable(EventId(id_), ROOM, MIA, NOW), Sensitive("sealed event"))


async def take(database: Database, *incoming: Incoming, mark: str = "s1", **more: Any) -> int:
    async with database.transaction() as tx:
        return await ledger.take(tx, Batch(mark, incoming, **more), NOW)


async def ready(database: Database, now: int = NOW) -> list[Incoming]:
    async with database.transaction() as tx:
        return [_open(tx, each) for each in await ledger.ready(tx, Millis(now))]


def _open(tx: Transaction, waiting: Waiting) -> Incoming:
    return ledger.opened(tx, waiting).incoming


async def postpone(database: Database, which: int, due: int, times: int = 1) -> None:
    async with database.transaction() as tx:
        waiting = (await ledger.ready(tx, NOW))[which]
        for _ in range(times):
            await ledger.postpone(tx, waiting, Millis(due))


# -- one sync -------------------------------------------------------------------------------------------


async def test_what_came_in_and_how_far_we_read_are_written_together(database: Database) -> None:
    assert await take(database, message("$1"), message("$2"), mark="s7") == 2
    async with database.transaction() as tx:
        assert await ledger.bookmark(tx) == "s7"
    assert await ready(database) == [message("$1"), message("$2")]


async def test_there_is_no_bookmark_before_the_first_sync(database: Database) -> None:
    async with database.transaction() as tx:
        assert await ledger.bookmark(tx) is None


async def test_hearing_it_again_adds_nothing(database: Database) -> None:
    await take(database, message("$1"))
    assert await take(database, message("$1"), message("$2")) == 1
    assert await ready(database) == [message("$1"), message("$2")]


async def test_hearing_it_again_after_it_was_decided_adds_nothing(database: Database) -> None:
    await take(database, message("$1"))
    async with database.transaction() as tx:
        for waiting in await ledger.ready(tx, NOW):
            await ledger.decided(tx, waiting)
    assert await take(database, message("$1")) == 0
    assert await ready(database) == []


@pytest.mark.parametrize("kind", members(Incoming), ids=lambda kind: kind.__name__)
async def test_everything_that_can_come_in_is_kept(database: Database, kind: Any) -> None:
    incoming = full(kind)
    assert await take(database, incoming) == 1
    assert await take(database, incoming) == 0
    assert await ready(database) == [incoming]


def test_different_things_have_different_names() -> None:
    things: list[Incoming] = [
        message("$1"),
        message("$2"),
        Unreadable(EventId("$1"), ROOM, MIA, NOW),
        removal("$1", "$2"),
        Membership(EventId("$1"), ROOM, MIA, Presence.JOINED, NOW),
        Invitation(ROOM, MIA, NOW, direct=True),
        Invitation(ROOM, TOM, NOW, direct=True),
        Invitation(ROOM, MIA, Millis(2), direct=True),
        RoomChange(EventId("$1"), ROOM, NOW),
        IdentityChange(MIA, NOW),
        IdentityChange(MIA, Millis(2)),
        Timer("$1", TimerKind.UNREADABLE, NOW, ROOM),
        Outcome("$1", NOW, Origin(Reason.REPORT, ROOM, MIA), ()),
    ]
    assert len({ledger.name_of(each) for each in things}) == len(things)


# -- what waits for what ----------------------------------------------------------------------------------


async def test_one_who_has_to_wait_holds_up_nobody_else(database: Database) -> None:
    await take(database, message("$1"), message("$2", TOM), message("$3"))
    await postpone(database, 0, NOW + 500)
    assert await ready(database) == [message("$2", TOM)]


async def test_the_words_of_one_person_stay_in_order(database: Database) -> None:
    await take(database, message("$1"), message("$2", room=OTHER), message("$3"))
    await postpone(database, 0, NOW + 500)
    assert await ready(database) == []
    assert await ready(database, NOW + 500) == [message("$1"), message("$2", room=OTHER), message("$3")]


async def test_what_came_before_the_one_that_waits_is_not_held_up(database: Database) -> None:
    await take(database, message("$1"), message("$2"), message("$3"))
    await postpone(database, 1, NOW + 500)
    assert await ready(database) == [message("$1")]


async def test_a_message_that_fails_again_and_again_does_not_silence_its_sender(database: Database) -> None:
    await take(database, message("$1"), message("$2"))
    await postpone(database, 0, NOW + 500, times=8)
    assert await ready(database) == [message("$2")]


async def test_a_deletion_waits_for_what_it_deletes(database: Database) -> None:
    await take(database, message("$1"), removal("$2", "$1"), removal("$3", "$0"))
    await postpone(database, 0, NOW + 500)
    assert await ready(database) == [removal("$3", "$0")]


async def test_what_somebody_does_after_a_deletion_of_their_own_waits_for_it(database: Database) -> None:
    """Who writes, deletes that and leaves has deleted it: the room must be known until then."""
    left = Membership(EventId("$3"), ROOM, MIA, Presence.GONE, NOW)
    written, deleted = message("$1"), removal("$2", "$1", MIA)
    await take(database, written, deleted, left)
    assert await ready(database) == [written]
    async with database.transaction() as tx:
        [waiting] = await ledger.ready(tx, NOW)
        await ledger.decided(tx, waiting)
    assert await ready(database) == [deleted, left]


async def test_nobody_waits_for_words_of_others_that_they_deleted(database: Database) -> None:
    await take(database, message("$1"), removal("$2", "$1", TOM), message("$3", TOM))
    assert await ready(database) == [message("$1"), message("$3", TOM)]


async def test_a_deletion_of_something_long_decided_waits_for_nothing(database: Database) -> None:
    await take(database, removal("$2", "$1"))
    assert await ready(database) == [removal("$2", "$1")]


async def test_tries_are_counted(database: Database) -> None:
    await take(database, message("$1"))
    await postpone(database, 0, NOW, times=3)
    async with database.transaction() as tx:
        assert [each.tries for each in await ledger.ready(tx, NOW)] == [3]


async def test_only_so_many_are_taken_at_once(database: Database) -> None:
    await take(database, *(message(f"${n}") for n in range(20)))
    async with database.transaction() as tx:
        assert len(await ledger.ready(tx, NOW, most=5)) == 5


async def test_it_is_known_when_to_look_again(database: Database) -> None:
    async with database.transaction() as tx:
        assert await ledger.left(tx, NOW) == (False, None)
    await take(database, message("$1"))
    await postpone(database, 0, NOW + 500)
    async with database.transaction() as tx:
        assert (await ledger.left(tx, NOW))[1] == NOW + 500


async def test_what_is_due_but_waits_for_another_is_no_reason_to_look_again_at_once(
    database: Database,
) -> None:
    await take(database, message("$1"), message("$2"))
    await postpone(database, 0, NOW + 500)
    async with database.transaction() as tx:
        assert (await ledger.left(tx, NOW))[1] == NOW + 500


# -- messages without a key -------------------------------------------------------------------------------


async def test_a_message_without_a_key_waits_and_is_no_news_yet(database: Database) -> None:
    assert await take(database, undecrypted=(undecrypted("$1"),)) == 0
    assert await ready(database) == []
    async with database.transaction() as tx:
        assert await ledger.undecrypted(tx) == [undecrypted("$1")]
        assert await ledger.patience_ends(tx) == NOW + PATIENCE


async def test_when_the_key_comes_it_is_a_message_like_any_other(database: Database) -> None:
    await take(database, undecrypted=(undecrypted("$1"),))
    async with database.transaction() as tx:
        await ledger.can_be_read(tx, undecrypted("$1").event, message("$1"), NOW)
        assert await ledger.undecrypted(tx) == []
    assert await ready(database) == [message("$1")]


async def test_two_keys_for_one_message_do_not_make_it_two(database: Database) -> None:
    await take(database, undecrypted=(undecrypted("$1"),))
    async with database.transaction() as tx:
        await ledger.can_be_read(tx, undecrypted("$1").event, message("$1"), NOW)
        for waiting in await ledger.ready(tx, NOW):
            await ledger.decided(tx, waiting)
        await ledger.can_be_read(tx, undecrypted("$1").event, message("$1"), NOW)
    assert await ready(database) == []


async def test_a_key_that_does_not_come_in_time_is_told_once(database: Database) -> None:
    await take(database, undecrypted=(undecrypted("$1"),))
    async with database.transaction() as tx:
        assert await ledger.give_up_waiting(tx, Millis(NOW + PATIENCE - 1)) == 0
        assert await ledger.give_up_waiting(tx, Millis(NOW + PATIENCE)) == 1
        assert await ledger.give_up_waiting(tx, Millis(NOW + PATIENCE)) == 0
        assert await ledger.patience_ends(tx) is None
    assert await ready(database) == [undecrypted("$1").event]


async def test_a_key_that_comes_late_still_opens_the_message(database: Database) -> None:
    await take(database, undecrypted=(undecrypted("$1"),))
    async with database.transaction() as tx:
        await ledger.give_up_waiting(tx, Millis(NOW + PATIENCE))
        await ledger.can_be_read(tx, undecrypted("$1").event, message("$1"), NOW)
    assert await ready(database) == [undecrypted("$1").event, message("$1")]


async def test_hearing_an_undecryptable_message_again_adds_nothing(database: Database) -> None:
    for _ in range(2):
        await take(database, undecrypted=(undecrypted("$1"),))
    async with database.transaction() as tx:
        assert await ledger.undecrypted(tx) == [undecrypted("$1")]


# -- invitations ------------------------------------------------------------------------------------------


async def test_an_invitation_is_remembered_until_it_is_answered(database: Database) -> None:
    invitation = Invitation(ROOM, MIA, NOW, direct=False)
    await take(database, invitation)
    async with database.transaction() as tx:
        assert await ledger.invitations(tx) == [invitation]
        await ledger.answered_invitation(tx, ROOM)
        assert await ledger.invitations(tx) == []


async def test_a_second_invitation_to_a_room_takes_the_place_of_the_first(database: Database) -> None:
    later = Invitation(ROOM, TOM, Millis(NOW + 1), direct=False)
    await take(database, Invitation(ROOM, MIA, NOW, direct=False))
    await take(database, later)
    async with database.transaction() as tx:
        assert await ledger.invitations(tx) == [later]
