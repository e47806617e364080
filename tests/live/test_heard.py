"""Who hears the bot and whom it hears: devices that their owner has signed, and nobody by halves."""

from __future__ import annotations

import pytest

from tests.live.people import Client, Device, Person
from tests.live.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
WITHHELD = "MEGOLM_KEY_WITHHELD_FOR_UNVERIFIED_DEVICE"


async def test_every_device_of_the_bot_is_signed_by_its_own_identity(stage: Stage) -> None:
    async with stage.worker() as worker:
        known = await worker.identity(stage.bot.user)

    assert known["exists"]
    assert not known["changed"]
    assert list(known["signed"].values()) == [True]


@pytest.mark.parametrize("client", Client)
async def test_strict_and_usual_clients_read_the_bot_without_a_shield_and_are_read(
    stage: Stage, client: Client
) -> None:
    async with stage.worker(client=client) as worker:
        post = await worker.send(stage.kitchen, f"#swshelp #nyc read by all, says a {client.value} client")

        card = await stage.card(stage.nyc, f"says a {client.value} client")
        receipt = await stage.receipt(worker, "have what you wrote")

        assert card.clean
        assert receipt.clean
        assert await worker.shield(receipt.id) == {"colour": "none", "reason": None}
        assert post not in card.body
        assert "not verified" not in card.body


async def test_a_members_unsigned_device_gets_no_keys_and_is_told_why(stage: Stage) -> None:
    async with (
        stage.worker() as worker,
        await Person.enter(stage.server.url, worker.name, "pw", device=Device.UNSIGNED) as unsigned,
    ):
        await unsigned.wait_until_in(stage.kitchen)
        await worker.send(stage.kitchen, "#swshelp #nyc for all but one device")

        said = await worker.wait_for_text(stage.kitchen, "Supporters of New York City", stage.bot.user)
        hidden = await unsigned.wait_for(
            stage.kitchen, lambda e: e.id == said.id and e.failure is not None, "a withheld key"
        )

        assert said.clean
        assert hidden.failure == WITHHELD


async def test_somebody_without_an_identity_is_heard_and_the_card_says_so(stage: Stage) -> None:
    async with stage.worker(client=Client.DEFAULT, device=Device.UNSIGNED) as worker:
        before = stage.kim.mark()
        await worker.send(stage.kitchen, "#swsdanger #nyc heard all the same")

        card = await stage.card(stage.nyc, "heard all the same")
        public = await stage.kim.wait_for_text(
            stage.kitchen, "A danger report for New York City", stage.bot.user, since=before
        )
        hidden = await worker.wait_for(
            stage.kitchen, lambda e: e.id == public.id and e.failure is not None, "a withheld key"
        )

        assert "not verified" in card.body
        assert hidden.failure == WITHHELD


async def test_what_a_homeserver_puts_into_an_encrypted_room_itself_is_no_report(stage: Stage) -> None:
    """Plain text in an encrypted room: anybody who runs the homeserver could have written it."""
    async with stage.worker() as worker:
        content = {"msgtype": "m.text", "body": "#swsdoxx #nyc words a homeserver made up"}
        path = f"/_matrix/client/v3/rooms/{stage.kitchen}/send/m.room.message/forged"
        await worker.request("PUT", path, content)
        await worker.send(stage.kitchen, "#swshelp #nyc words of a person")

        await stage.card(stage.nyc, "words of a person")

        await stage.receipt(worker, "have what you wrote")
        await stage.sam.catch_up()
        assert "a homeserver made up" not in stage.sam.everything()
