"""We promise a worker who takes something back, or asks what is kept of it, that …"""

from __future__ import annotations

import json

import pytest

from tests.live.cases import Case, nothing_open, opened, reported
from tests.live.clock import ByHand
from tests.live.people import Client, Person
from tests.live.stage import Stage
from tests.promises.sealed import Sealed
from tests.promises.test_not_on_disk import files_with

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]


def said_by_the_bot(stage: Stage, reader: Person) -> str:
    """Every event of the bot that stands in any room, as this reader's client still decrypts it."""
    standing = (e for e in reader.events.values() if e.sender == stage.bot.user and not e.redacted)
    return json.dumps([event.content for event in standing], ensure_ascii=False)


async def test_what_is_kept_is_told_in_counts_and_names_of_fields_and_to_its_owner_alone(
    clock: ByHand,
) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.DEFAULT) as worker:
        chat, case = await reported(stage, worker, "he knows my second name")
        await case.say(stage.rosa, "!claim")
        await worker.send(chat, "!whatdoyouknow")
        told = (await worker.wait_for_text(chat, "What I keep about you", stage.bot.user)).body
        assert "cases: 1 (" in told
        assert "copies: " in told
        for hidden in ("second name", worker.user, stage.rosa.user, case.name, stage.kitchen):
            assert hidden not in told
        await case.say(stage.rosa, "!close")
        await case.shows(stage.nia, "Closed")


async def test_what_is_withdrawn_is_gone_from_both_supporters_and_the_chat_goes_on(clock: ByHand) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.STRICT) as worker:
        chat, case = await reported(stage, worker, "a letter with my old name")
        await worker.send(chat, "the stamp is from Trenton")
        more = await case.hears(stage.nia, "from Trenton")
        await case.say(stage.nia, "!reply keep the letter")
        answer = await worker.wait_for_text(chat, "keep the letter", stage.bot.user)

        await worker.send(chat, "!withdraw")
        await worker.wait_for_text(chat, "It is taken back", stage.bot.user)
        for supporter in (stage.nia, stage.rosa):
            await supporter.wait_for_text(stage.newark, f"The worker of {case.name} took it back")
            for event in (case.card.id, more.id):
                await supporter.wait_until_removed(stage.newark, event)
        await worker.wait_until_removed(chat, answer.id)
        await stage.nia.reply_in_thread(stage.newark, case.card.id, "!reply are you there")
        await stage.nia.wait_for_text(stage.newark, "Nothing was sent", stage.bot.user)

        await worker.send(chat, "#newark something else: a dog in the yard")
        again = Case(stage, await stage.card(stage.newark, "a dog in the yard"))
        assert again.name != case.name
        assert "are you there" not in worker.everything()


@pytest.mark.parametrize("client", Client)
async def test_after_forget_no_file_and_no_event_of_the_bot_holds_the_words(
    clock: ByHand, client: Client
) -> None:
    stage = clock.stage
    animal = "bluethroat" if client is Client.STRICT else "lanternfish"
    words = f"the {animal} has nested at gate nine"
    private = (animal, "eggs are blue", "two keepers")
    await nothing_open(stage)
    async with stage.worker(client=client) as worker:
        chat = await opened(stage, worker)
        others, theirs = Sealed(stage.bot.data), Sealed(stage.bot.data)
        others.look()
        await worker.send(chat, f"#newark {words}")
        case = Case(stage, await stage.card(stage.newark, words))
        await case.say(stage.nia, "!claim")
        await case.say(stage.nia, f"!note two keepers for the {animal}")
        await case.holds(stage.rosa, "two keepers")
        sent = await worker.send(chat, "the eggs are green")
        await case.hears(stage.rosa, "eggs are green")
        await worker.edit(chat, sent, "the eggs are blue")
        await stage.rosa.wait_for(
            stage.newark, lambda e: "eggs are blue" in str(e.content.get("m.new_content")), "an edit"
        )
        await case.say(stage.rosa, f"!reply feed the {animal} at six")
        await worker.wait_for_text(chat, f"feed the {animal}", stage.bot.user)
        theirs.look()
        theirs.without(others)
        assert {"cases", "sources", "copies"} <= theirs.left()
        assert animal in said_by_the_bot(stage, stage.nia)

        await worker.send(chat, "!forget")
        await worker.wait_for_text(chat, "I removed everything", stage.bot.user)

        assert theirs.left() == set()
        assert files_with(stage.bot.folder, private) == {}
        for reader in stage.everybody:
            await reader.catch_up()
            standing = said_by_the_bot(stage, reader)
            assert (reader.name, [each for each in private if each in standing]) == (reader.name, [])
        await stage.rosa.wait_for_text(stage.newark, f"The worker of {case.name} took it back")
