"""We promise of rooms, and of what was written while we were away, that …"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import (
    Invitation,
    Membership,
    Message,
    Presence,
    Removal,
    RoomId,
    UserId,
)
from bot.core.sensitive import Sensitive
from bot.matrix.shown import Shown
from bot.ports import Batch, Heard, TryAgainLater
from tests.matrix.heard import MALLORY, NOW, ROSA, heard
from tests.matrix.wired import ROOM, Bot, connected, refusal
from tests.matrix.world import BOT
from tests.matrix.written import event, member, sync, text


async def pulled(bot: Bot, **how: Any) -> Batch:
    bot.server.syncs = [sync(**how)]
    return await bot.chat.pull("s0", NOW)


def words(heard: Batch | Heard) -> list[str]:
    return [each.body.reveal() for each in heard.incoming if isinstance(each, Message)]


# -- rooms ---------------------------------------------------------------------------------------------------


async def test_without_a_bookmark_no_old_message_is_answered_but_invitations_are(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        asked = {
            "invite_state": {
                "events": [
                    {
                        "type": "m.room.member",
                        "state_key": BOT,
                        "sender": ROSA,
                        "content": {"membership": "invite", "is_direct": True},
                    }
                ]
            }
        }
        body = sync(text(ROSA, "old"), member(ROSA, "join"))
        body["rooms"]["invite"] = {"!other:sws.test": asked}
        bot.server.syncs = [body, body]
        invited = (Invitation(RoomId("!other:sws.test"), UserId(ROSA), bot.clock.now(), True),)
        batch = await bot.chat.pull(None, NOW)
        assert batch.incoming == invited
        (before,) = batch.aside
        assert await bot.chat.read_aside(before) == Heard(invited)


async def test_the_first_sync_asks_for_no_room_so_that_nobody_waits_while_all_are_looked_through(
    tmp_path: Path,
) -> None:
    async with connected(tmp_path) as bot:
        bot.server.syncs = [sync(), sync(), sync()]
        bot.server.asked.clear()
        (before,) = (await bot.chat.pull(None, NOW)).aside
        await bot.chat.read_aside(before)
        assert (await bot.chat.pull("s1", NOW)).aside == ()
        asked = [query for _, _, query, _ in bot.server.asked_for("sync")]
        shown = [json.loads(query["filter"])["room"].get("rooms", "all") for query in asked]
        assert shown == [[], "all", "all"]
        assert ["since" in query for query in asked] == [False, False, True]


async def test_comings_goings_and_removals_are_heard(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        told = await heard(
            bot,
            member(ROSA, "invite", by=MALLORY),
            member(ROSA, "join", before="invite"),
            member(ROSA, "join", before="join"),
            member(MALLORY, "ban", by=ROSA),
            event(ROSA, "m.room.redaction", {"redacts": "$gone"}),
            event(ROSA, "m.room.redaction", {}, redacts="$gone too"),
        )
        comings = [(thing.person, thing.presence) for thing in told if isinstance(thing, Membership)]
        assert comings == [
            (ROSA, Presence.INVITED),
            (ROSA, Presence.JOINED),
            (MALLORY, Presence.GONE),
        ]
        assert [thing.target for thing in told if isinstance(thing, Removal)] == ["$gone", "$gone too"]


async def test_being_put_out_of_a_room_is_heard_once_even_when_the_event_is_not_shown(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        shown = await heard(bot, member(BOT, "leave", by=ROSA), section="leave")
        assert [(thing.person, thing.presence) for thing in shown] == [(BOT, Presence.GONE)]
        (hidden,) = await heard(bot, section="leave", timeline={"events": []})
        assert (hidden.person, hidden.presence) == (BOT, Presence.GONE)


async def test_what_was_written_before_we_were_put_out_is_still_heard(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        told = await heard(bot, text(ROSA, "help"), member(BOT, "leave", by=ROSA), section="leave")
        assert told[0].body == Sensitive("help")


# -- gaps ----------------------------------------------------------------------------------------------------


async def test_a_gap_in_the_timeline_is_fetched_in_order_and_without_doubles(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        one, two, three, four = (text(ROSA, word) for word in ("one", "two", "three", "four"))
        bot.server.pages = [
            {"chunk": [three, two], "end": "p2"},
            {"chunk": [], "end": "p3"},
            {"chunk": [one]},
        ]
        told = await heard(
            bot, three, four, timeline={"events": [three, four], "limited": True, "prev_batch": "p1"}
        )
        assert [thing.body.reveal() for thing in told] == ["one", "two", "three", "four"]
        queries = [(query["from"], query["to"]) for _, _, query, _ in bot.server.asked_for("/messages")]
        assert queries == [("p1", "s0"), ("p2", "s0"), ("p3", "s0")]


GAP = {"events": [text(ROSA, "x")], "limited": True, "prev_batch": "p1"}


@pytest.mark.parametrize(
    "answer",
    [
        (502,),
        (400, "M_UNKNOWN"),
        (404, "M_UNRECOGNIZED"),
        (404, "M_NOT_FOUND"),
        (408,),
        (403,),
    ],
)
async def test_a_room_whose_gap_cannot_be_fetched_now_is_put_aside_whole_and_read_in_order_later(
    tmp_path: Path, answer: tuple[Any, ...]
) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        bot.server.instead = [("/messages", refusal(*answer)), ("/messages", refusal(*answer))]
        batch = await pulled(bot, timeline=GAP)
        assert batch.incoming == ()
        (aside,) = batch.aside
        with pytest.raises(TryAgainLater):
            await bot.chat.read_aside(aside)
        bot.server.pages = [{"chunk": [text(ROSA, "older")]}]
        assert words(await bot.chat.read_aside(aside)) == ["older", "x"]


async def test_a_room_that_is_not_shown_makes_us_deaf_to_no_other(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        bot.server.instead = [("/messages", refusal(500))]
        body = sync(timeline=GAP)
        body["rooms"]["join"]["!other:sws.test"] = {"timeline": {"events": [text(ROSA, "help")]}}
        bot.server.syncs = [body]
        batch = await bot.chat.pull("s0", NOW)
        assert words(batch) == ["help"]
        assert [each.room for each in batch.aside] == [ROOM]


async def test_a_room_that_is_behind_is_put_aside_unread_so_that_it_stays_in_order(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.syncs = [sync(text(ROSA, "newer"))]
        batch = await bot.chat.pull("s0", NOW, frozenset({ROOM}))
        assert batch.incoming == ()
        (aside,) = batch.aside
        assert words(await bot.chat.read_aside(aside)) == ["newer"]


async def test_of_a_room_that_we_are_out_of_the_leaving_is_read_later_too_and_is_the_same(
    tmp_path: Path,
) -> None:
    async with connected(tmp_path) as bot:
        body = sync()
        body["rooms"] = {"leave": {ROOM: {"timeline": {"events": []}}}}
        bot.server.syncs = [body, body]
        (left,) = (await bot.chat.pull("s0", NOW)).incoming
        (aside,) = (await bot.chat.pull("s0", NOW, frozenset({ROOM}))).aside
        assert (await bot.chat.read_aside(aside)).incoming == (left,)


async def test_what_is_nested_too_deeply_is_left_out_of_what_is_put_aside(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        deep: Any = "x"
        for _ in range(50_000):
            deep = [deep]
        events = [text(ROSA, "one"), {**text(ROSA, "two"), "deep": deep}]
        aside = Shown(ROOM, {"timeline": {"events": events}}, gone=False, since="s0", until="s1").put_aside()
        assert words(await bot.chat.read_aside(aside)) == ["one"]


@pytest.mark.parametrize(("answer", "inside"), [((403, "M_FORBIDDEN"), True), ((404, "M_UNKNOWN"), False)])
async def test_the_history_of_a_room_that_is_closed_to_us_holds_nothing_up(
    tmp_path: Path, answer: tuple[Any, ...], inside: bool
) -> None:
    async with connected(tmp_path) as bot:
        if inside:
            bot.server.state[ROOM] = []
        bot.server.instead = [("/messages", refusal(*answer))]
        told = await heard(bot, timeline=GAP)
        assert [thing.body.reveal() for thing in told] == ["x"]


async def test_a_homeserver_that_does_not_say_where_we_are_ends_no_history(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.instead = [("/messages", refusal(400)), ("joined_rooms", refusal(200))]
        batch = await pulled(bot, timeline=GAP)
        assert batch.incoming == ()
        assert len(batch.aside) == 1


async def test_a_homeserver_that_sends_us_in_circles_is_not_followed(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.pages = [{"chunk": [], "end": "p1"}] * 5
        gap = {"events": [], "limited": True, "prev_batch": "p1"}
        assert await heard(bot, timeline=gap) == ()
        assert len(bot.server.asked_for("/messages")) == 1


async def test_what_was_written_between_our_invitation_and_our_arrival_is_heard_and_nothing_older(
    tmp_path: Path,
) -> None:
    """A client that opens a private chat invites us and sends the first message at once."""
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        told = await heard(
            bot,
            text(ROSA, "older"),
            member(BOT, "invite", by=ROSA),
            text(ROSA, "first"),
            member(BOT, "join", before="invite"),
            text(ROSA, "second"),
        )
        assert [thing.body.reveal() for thing in told if isinstance(thing, Message)] == ["first", "second"]


async def test_the_invitation_is_looked_for_behind_the_bookmark(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        bot.server.pages = [
            {"chunk": [text(ROSA, "first"), member(BOT, "invite", by=ROSA), text(ROSA, "old")]}
        ]
        events = [member(BOT, "join", before="invite"), text(ROSA, "second")]
        told = await heard(bot, timeline={"events": events, "limited": True, "prev_batch": "p1"})
        assert [thing.body.reveal() for thing in told if isinstance(thing, Message)] == ["first", "second"]
        ((_, _, query, _),) = bot.server.asked_for("/messages")
        assert "to" not in query


async def test_in_a_room_that_we_joined_by_ourselves_nothing_older_is_heard(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        events = [text(ROSA, "older"), member(BOT, "join"), text(ROSA, "new")]
        told = await heard(bot, timeline={"events": events, "limited": True, "prev_batch": "p1"})
        assert [thing.body.reveal() for thing in told if isinstance(thing, Message)] == ["new"]
        assert bot.server.asked_for("/messages") == []


# -- how we came into a room: our own deeds are not sent to us ---------------------------------------------

CREATED = {"type": "m.room.create", "state_key": "", "sender": ROSA, "content": {}}


def _at(what: dict[str, Any], seconds: int) -> dict[str, Any]:
    return {**what, "origin_server_ts": what["origin_server_ts"] + 1000 * seconds}


async def _new_room(bot: Bot, entry: dict[str, Any], *events: dict[str, Any]) -> tuple[Any, ...]:
    """What we hear of a room that a sync shows for the first time."""
    bot.server.state[ROOM] = [CREATED, entry]
    body = sync(*events)
    body["rooms"]["join"][ROOM]["state"] = {"events": [CREATED]}
    bot.server.syncs.append(body)
    return (await bot.chat.pull("s0", NOW)).incoming


async def test_our_arrival_is_heard_where_it_belongs_though_nobody_sends_it(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        told = await _new_room(
            bot,
            _at(member(BOT, "join", before="invite"), 3),
            text(ROSA, "older"),
            _at(member(BOT, "invite", by=ROSA), 1),
            _at(text(ROSA, "first"), 2),
            _at(text(ROSA, "second"), 4),
        )
        assert [thing.body.reveal() for thing in told if isinstance(thing, Message)] == ["first", "second"]
        comings = [thing for thing in told if isinstance(thing, Membership)]
        assert [(thing.person, thing.presence) for thing in comings] == [
            (BOT, Presence.INVITED),
            (BOT, Presence.JOINED),
        ]


async def test_nothing_older_than_an_arrival_that_is_not_sent_is_heard(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        entry = _at(member(BOT, "join"), 1)
        told = await _new_room(bot, entry, text(ROSA, "older"), _at(text(ROSA, "new"), 2))
        assert [thing.body.reveal() for thing in told if isinstance(thing, Message)] == ["new"]


async def test_a_room_that_we_left_again_holds_nothing_up(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        body = sync(text(ROSA, "help"))
        body["rooms"]["join"][ROOM]["state"] = {"events": [CREATED]}
        bot.server.instead = [("/state", refusal(403))]
        bot.server.syncs.append(body)
        told = (await bot.chat.pull("s0", NOW)).incoming
        assert [thing.body.reveal() for thing in told if isinstance(thing, Message)] == ["help"]
