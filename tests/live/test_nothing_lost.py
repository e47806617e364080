"""Nothing that was sent to the bot is lost or told twice, whatever happened to it meanwhile."""

from __future__ import annotations

import asyncio
import signal

import pytest

from tests.live.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]


def _told(stage: Stage, words: str) -> int:
    return sum(words in said for said in stage.said_in(stage.sam, stage.nyc))


async def test_a_long_absence_loses_nothing_and_tells_nothing_twice(stage: Stage) -> None:
    async with stage.worker() as worker, stage.worker() as other:
        await stage.bot.stop()
        await worker.send(stage.kitchen, "#swshelp #nyc before all the chatter")
        for number in range(110):
            await other.send(stage.kitchen, f"chatter {number}")
        await worker.send(stage.kitchen, "#swshelp #nyc after all the chatter")
        room = await other.create_room(encrypted=True, preset="private_chat", invite=[stage.bot.user])

        await stage.bot.start()

        await stage.card(stage.nyc, "before all the chatter")
        await stage.card(stage.nyc, "after all the chatter")
        await other.wait_for_text(room, "Hello", stage.bot.user)
        await stage.receipt(worker, "have what you wrote")
        await stage.sam.catch_up()
        assert _told(stage, "before all the chatter") == 1
        assert _told(stage, "after all the chatter") == 1


async def test_a_new_device_writes_to_us_though_somebody_used_up_our_keys_while_we_were_away(
    stage: Stage,
) -> None:
    """Anybody may claim one-time keys, one after the other; then the fallback key must serve."""
    shown = await stage.kim.request(
        "POST", "/_matrix/client/v3/keys/query", {"device_keys": {stage.bot.user: []}}
    )
    (device,) = shown["device_keys"][stage.bot.user]
    wanted = {"one_time_keys": {stage.bot.user: {device: "signed_curve25519"}}}
    await stage.bot.stop()
    for _ in range(60):
        told = await stage.kim.request("POST", "/_matrix/client/v3/keys/claim", wanted)
    (last,) = told["one_time_keys"][stage.bot.user][device].values()
    assert last["fallback"] is True
    async with stage.worker() as worker:
        await worker.send(stage.kitchen, "#swshelp #nyc with the last key there is")

        await stage.bot.start()

        await stage.card(stage.nyc, "with the last key there is")
        await stage.receipt(worker, "have what you wrote")


async def test_a_bot_killed_in_the_middle_tells_everything_once(stage: Stage) -> None:
    async with stage.worker() as one, stage.worker() as other:
        posts = [f"call number {number} of many" for number in range(8)]
        sending = [
            worker.send(stage.kitchen, f"#swshelp #nyc {words}")
            for worker, some in ((one, posts[:4]), (other, posts[4:]))
            for words in some
        ]
        await asyncio.gather(*sending)
        await stage.card(stage.nyc, "of many")

        await stage.bot.stop(signal.SIGKILL)
        await stage.bot.start()

        for words in posts:
            await stage.card(stage.nyc, words)
        await one.send(stage.kitchen, "#swsharassment #nyc and one after the fall")
        await stage.card(stage.nyc, "and one after the fall")
        assert [_told(stage, words) for words in posts] == [1] * len(posts)


async def test_an_edit_makes_no_second_case(stage: Stage) -> None:
    async with stage.worker() as worker:
        post = await worker.send(stage.kitchen, "#swshelp #nyc I need a lift at eigth")
        card = await stage.card(stage.nyc, "a lift at eigth")

        await worker.edit(stage.kitchen, post, "#swshelp #nyc I need a lift at eight")

        edited = await stage.card(stage.nyc, "a lift at eight")
        assert (edited.relates_to or {}).get("event_id") == card.id
        assert _told(stage, "a lift at") == 2
