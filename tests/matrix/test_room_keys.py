"""We promise of room keys that each case has its own, given out ahead to those who may read by then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.core.model import EventId, Millis, UserId
from bot.core.sensitive import Sensitive
from bot.core.speech import Quote, Whispered
from bot.ports import NotSafe
from tests.matrix.safe import MAL, ROSA, ROSTER, SPOKEN, WORDS, Event, rosa, safe, state
from tests.matrix.wired import ROOM, Bot, connected
from tests.matrix.world import BOT, Someone
from tests.matrix.written import sync

BOTH = frozenset({ROSA, MAL})
LONG = Whispered((Quote(Sensitive("canary " * 20_000)),))
ROOT = EventId("$root")


class Here:
    """A supporter room of Rosa and Mal."""

    def __init__(self, bot: Bot, people: dict[str, Someone]) -> None:
        self.bot, self.people = bot, people

    async def tell(
        self,
        key: str,
        thread: EventId | None = None,
        words: Whispered = WORDS,
        roster: frozenset[UserId] = BOTH,
    ) -> None:
        await self.bot.chat.tell(ROOM, words, roster, key, thread)

    async def ready(self, roster: frozenset[UserId] = BOTH) -> None:
        await self.bot.chat.make_ready(ROOM, roster)

    def are_in(self, *people: UserId) -> None:
        self.bot.server.state[ROOM] = safe(*people)

    async def sync_shows(self, *events: Event) -> None:
        self.bot.server.syncs = [sync(*events)]
        await self.bot.chat.pull("s0", Millis(0))

    @property
    def sessions(self) -> list[str]:
        """Of what was sent, in this order."""
        return [body["session_id"] for _, body in self.bot.server.sent.values()]

    def keys_of(self, person: UserId) -> set[str]:
        return {key["session_id"] for key in self.people[person].devices["PHONE"].room_keys()}

    def asked(self, *parts: str) -> int:
        return sum(len(self.bot.server.asked_for(part)) for part in parts)


@asynccontextmanager
async def supporting(folder: Path) -> AsyncIterator[Here]:
    people = {ROSA: rosa(), MAL: Someone(MAL, 2, "PHONE")}
    people[MAL].devices["PHONE"].offer()
    async with connected(folder, Someone(BOT, 9), *people.values()) as bot:
        here = Here(bot, {str(user): person for user, person in people.items()})
        here.are_in(ROSA, MAL)
        yield here


def moves(person: UserId, membership: str) -> Event:
    return {
        **state("m.room.member", {"membership": membership}, person),
        "event_id": f"$move-{person}-{membership}",
        "sender": person,
        "origin_server_ts": 1,
    }


# -- one for each case ----------------------------------------------------------------------------------


async def test_each_card_has_a_room_key_of_its_own(tmp_path: Path) -> None:
    async with supporting(tmp_path) as here:
        await here.tell("one")
        await here.tell("two")
        assert len(set(here.sessions)) == 2
        assert here.keys_of(ROSA) == here.keys_of(MAL) == set(here.sessions)


async def test_two_cards_at_the_same_moment_have_one_each_too(tmp_path: Path) -> None:
    async with supporting(tmp_path) as here:
        await here.ready()
        await asyncio.gather(*(here.tell(str(number)) for number in range(5)))
        assert len(set(here.sessions)) == 5


async def test_further_words_in_a_thread_need_no_key_of_their_own(tmp_path: Path) -> None:
    async with supporting(tmp_path) as here:
        await here.tell("card")
        sent = here.asked("sendToDevice")
        await here.tell("more", ROOT)
        await here.tell("still more", ROOT)
        assert len(set(here.sessions)) == 1
        assert here.asked("sendToDevice") == sent


async def test_a_card_that_needs_several_messages_has_one_key(tmp_path: Path) -> None:
    async with supporting(tmp_path) as here:
        await here.tell("card", words=LONG)
        assert len(here.sessions) > 1
        assert len(set(here.sessions)) == 1


async def test_words_to_one_person_need_no_key_of_their_own(tmp_path: Path) -> None:
    async with supporting(tmp_path) as here:
        here.are_in(ROSA)
        for key in ("one", "two"):
            await here.bot.chat.whisper(ROOM, ROSA, WORDS, key)
        assert len(set(here.sessions)) == 1


# -- ahead ----------------------------------------------------------------------------------------------


async def test_a_telling_in_a_room_that_is_ready_waits_for_no_device(tmp_path: Path) -> None:
    async with supporting(tmp_path) as here:
        await here.tell("one")
        await here.ready()
        before = here.asked("sendToDevice", "keys/query", "keys/claim")
        await here.tell("two")
        assert here.asked("sendToDevice", "keys/query", "keys/claim") == before
        assert len(set(here.sessions)) == 2
        assert here.keys_of(ROSA) == set(here.sessions)


async def test_a_room_that_is_ready_is_not_made_ready_again(tmp_path: Path) -> None:
    async with supporting(tmp_path) as here:
        await here.ready()
        before = here.asked("sendToDevice")
        await here.ready()
        assert here.asked("sendToDevice") == before


async def test_after_a_telling_the_next_key_is_given_out_without_asking_who_is_there(
    tmp_path: Path,
) -> None:
    async with supporting(tmp_path) as here:
        await here.tell("one")
        before = here.asked("/state")
        await here.ready()
        assert here.asked("/state") == before
        assert len(here.keys_of(ROSA)) == 2


async def test_who_left_after_the_key_was_given_out_cannot_read_with_it(tmp_path: Path) -> None:
    async with supporting(tmp_path) as here:
        await here.tell("one")
        await here.ready()
        here.are_in(ROSA)
        await here.tell("two", roster=ROSTER)
        assert here.sessions[1] in here.keys_of(ROSA)
        assert here.sessions[1] not in here.keys_of(MAL)


async def test_who_came_after_the_key_was_given_out_is_given_it(tmp_path: Path) -> None:
    async with supporting(tmp_path) as here:
        here.are_in(ROSA)
        await here.ready()
        here.are_in(ROSA, MAL)
        await here.tell("one")
        assert here.keys_of(MAL) == set(here.sessions)


async def test_no_key_is_given_out_ahead_by_what_a_room_was_like_before_a_change_we_saw(
    tmp_path: Path,
) -> None:
    async with supporting(tmp_path) as here:
        await here.tell("one")
        here.are_in(ROSA)
        await here.sync_shows(moves(MAL, "leave"))
        await here.ready()
        assert len(here.keys_of(ROSA)) == 2
        assert here.keys_of(MAL) == set(here.sessions)


async def test_nor_when_the_change_is_seen_while_something_is_told(tmp_path: Path) -> None:
    async with supporting(tmp_path) as here:
        moved = here.bot.chat._seal.moved
        here.bot.server.instead = [("/send/", lambda: moved(frozenset({ROOM})))]
        await here.tell("one")
        here.are_in(ROSA)
        await here.ready()
        assert here.keys_of(MAL) == set(here.sessions)


async def test_no_key_is_given_out_ahead_to_who_is_on_no_roster_any_more(tmp_path: Path) -> None:
    async with supporting(tmp_path) as here:
        await here.tell("one")
        with pytest.raises(NotSafe):
            await here.ready(ROSTER)
        assert len(here.keys_of(MAL)) == len(here.keys_of(ROSA)) == 1


async def test_no_key_is_given_out_ahead_where_the_room_is_not_safe(tmp_path: Path) -> None:
    async with supporting(tmp_path) as here:
        here.bot.server.state[ROOM] = safe(ROSA, MAL, **{"m.room.join_rules": {"join_rule": "public"}})
        with pytest.raises(NotSafe):
            await here.ready()
        assert here.keys_of(ROSA) == set()


# -- words that anybody may read ------------------------------------------------------------------------


async def say(here: Here, key: str) -> None:
    await here.bot.chat.say(ROOM, SPOKEN, key)


async def test_who_is_in_a_room_is_asked_once_for_public_words(tmp_path: Path) -> None:
    async with supporting(tmp_path) as here:
        await say(here, "one")
        before = here.asked("/state")
        await say(here, "two")
        assert here.asked("/state") == before
        assert len(set(here.sessions)) == 1


async def test_who_comes_reads_public_words_as_soon_as_a_sync_showed_them(tmp_path: Path) -> None:
    async with supporting(tmp_path) as here:
        here.are_in(ROSA)
        await say(here, "one")
        here.are_in(ROSA, MAL)
        await here.sync_shows(moves(MAL, "join"))
        await say(here, "two")
        assert here.keys_of(MAL) == {here.sessions[1]}


async def test_who_leaves_reads_no_further_public_words_once_a_sync_showed_it(tmp_path: Path) -> None:
    async with supporting(tmp_path) as here:
        await say(here, "one")
        here.are_in(ROSA)
        await here.sync_shows(moves(MAL, "leave"))
        await say(here, "two")
        assert here.sessions[1] not in here.keys_of(MAL)


async def test_who_is_there_is_not_remembered_when_that_changed_while_we_asked(tmp_path: Path) -> None:
    async with supporting(tmp_path) as here:
        moved = here.bot.chat._seal.moved
        here.bot.server.instead = [("keys/query", lambda: moved(frozenset({ROOM})))]
        await say(here, "one")
        here.are_in(ROSA)
        await say(here, "two")
        assert here.sessions[1] not in here.keys_of(MAL)
