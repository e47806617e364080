"""Who may set up a community room, by the power levels that the homeserver shows at that moment."""

from __future__ import annotations

import pytest

from tests.live.people import Person
from tests.live.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]


async def test_an_admin_removed_a_moment_ago_has_no_say(stage: Stage) -> None:
    async with stage.worker() as worker:
        await stage.kim.set_power(stage.kitchen, worker.user, 50)
        await worker.send(stage.kitchen, "!city chicago")
        await worker.wait_for_text(stage.kitchen, "This room is for Chicago from now on", stage.bot.user)
        await stage.kim.send(stage.kitchen, "!city off")
        await worker.wait_for_text(stage.kitchen, "This room has no city any more", stage.bot.user)

        await stage.kim.set_power(stage.kitchen, worker.user, 0)
        await worker.send(stage.kitchen, "!city newark")

        await worker.wait_for_text(stage.kitchen, "is for room admins here", stage.bot.user)
        assert not any("Newark from now on" in said for said in stage.said_in(worker, stage.kitchen))


async def test_the_creator_of_a_version_12_room_is_its_admin(stage: Stage) -> None:
    room = await stage.lee.create_room(
        encrypted=True, preset="private_chat", room_version="12", invite=[stage.bot.user]
    )
    await stage.lee.wait_for_text(room, "Hello", stage.bot.user)
    assert stage.lee.user not in (await stage.lee.power_levels(room)).get("users", {})

    await stage.lee.send(room, "!city chi")

    answer = await stage.lee.wait_for_text(room, "This room is for Chicago from now on", stage.bot.user)
    assert answer.clean


async def test_a_room_admin_can_give_a_city_another_name(stage: Stage) -> None:
    await stage.kim.send(stage.kitchen, "!city alias newark brickcity")
    await stage.kim.wait_for_text(stage.kitchen, "From now on that name means Newark", stage.bot.user)
    async with stage.worker() as worker:
        await worker.send(stage.kitchen, "#swshelp #brickcity by its other name")

        await stage.card(stage.newark, "by its other name")


async def test_roomcheck_says_what_the_bot_may_do_here(stage: Stage) -> None:
    await stage.kim.send(stage.cellar, "!roomcheck")
    cellar = await stage.kim.wait_for_text(stage.cellar, "I may not remove posts here", stage.bot.user)
    await stage.kim.send(stage.porch, "!roomcheck")
    porch = await stage.kim.wait_for_text(stage.porch, "I may remove posts here", stage.bot.user)

    assert "This room is encrypted" in cellar.body
    assert "This room is not encrypted" in porch.body


@pytest.mark.parametrize("said", ["!city atlantis", "!citi chicago", "!city alias"])
async def test_a_command_that_makes_no_sense_gets_one_helpful_sentence(stage: Stage, said: str) -> None:
    before = len(stage.said_in(stage.kim, stage.cellar))

    await stage.kim.send(stage.cellar, said)

    await stage.kim.wait_for(
        stage.cellar, lambda _: len(stage.said_in(stage.kim, stage.cellar)) > before, "an answer"
    )
    assert "!city" in stage.said_in(stage.kim, stage.cellar)[-1]


async def test_invitations_of_people_it_does_not_know_are_declined(stage: Stage) -> None:
    """The configuration trusts this homeserver; a stricter one is tried on the same bot."""
    await stage.bot.stop()
    config = stage.bot.config.read_text()
    stage.bot.config.write_text(
        config.replace("invites_from: [sws.test]", f'invites_from: ["{stage.kim.user}"]')
    )
    await stage.server.register("stranger", "pw")
    async with await Person.enter(stage.server.url, "stranger", "pw") as stranger:
        theirs = await stranger.create_room(encrypted=True, preset="private_chat", invite=[stage.bot.user])
        ours = await stage.kim.create_room(encrypted=True, preset="private_chat", invite=[stage.bot.user])

        await stage.bot.start()

        await stage.kim.wait_for_text(ours, "Hello", stage.bot.user)
        declined = await stranger.wait_for(
            theirs,
            lambda e: e.state_key == stage.bot.user and e.content.get("membership") == "leave",
            "the invitation to be declined",
        )
        assert declined.sender == stage.bot.user
        assert stage.said_in(stranger, theirs) == []
    await stage.bot.stop()
    stage.bot.config.write_text(config)
    await stage.bot.start()
