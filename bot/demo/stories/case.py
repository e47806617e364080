"""The life of a case: claimed, noted, answered, handed over, closed; and one that is taken back again."""

from __future__ import annotations

from bot.demo.seen import Seen
from bot.demo.stories.story import Story
from bot.demo.town import Town

FOLLOWED = "a man has followed me since the bus stop, I am in the corner shop"
QUESTION = "Are you safe where you are? Is somebody with you?"
ANSWER = "the shopkeeper lets me wait inside"
NOTE = "no phone calls, he might hear it ring"
ASIDE = "she sounds shaken, let us keep an eye on this"
LIFT = "A car of ours is with you in ten minutes."
SECOND = "he knows my flat now and I do not want to go home"


async def play(town: Town) -> None:
    """Max opens the chat; Sam and Ida are the supporters."""
    chat = await town.max.create_room("chat", town.bot.user, is_direct=True)
    await town.max.wait_for_member(chat, town.bot.user)
    await town.watch(town.max, chat, "The next thing you write here is read by them")
    words = await town.post(town.max, chat, f"#nyc {FOLLOWED}")
    card = await town.watch(town.sam, town.nyc, FOLLOWED)
    town.check_card(card, town.max, words)
    town.check("the card says that nobody has it yet", holds="Waiting" in card.body)
    told = await town.watch(town.max, chat, "have what you wrote")
    town.check("Max reads that they have it, and that they see no name", holds="your name" in told.body)

    await _sam_has_it(town, card, chat)
    await _ida_takes_over(town, card, chat)
    await town.max.write(chat, "I'm fine, thank you")
    await town.watch(town.max, chat, "Good to hear")
    said = (ASIDE, NOTE, town.sam.user, town.ida.user)
    town.check(
        "what supporters say among themselves stays with them, and who they are",
        holds=not any(map(town.max.saw, said)),
    )
    await town.nowhere_else(FOLLOWED, town.max, town.sam, town.ida)
    town.check_sealed(ANSWER)


async def _sam_has_it(town: Town, card: Seen, chat: str) -> None:
    await town.sam.write(town.nyc, "!claim", card.id)
    await town.watch(town.ida, town.nyc, f"With {town.sam.user}")
    await town.ida.write(town.nyc, "!claim", card.id)
    refused = await town.watch(town.ida, town.nyc, "already")
    town.check("Ida is told who has it", holds=town.sam.user in refused.body)
    await town.sam.write(town.nyc, f"!note {NOTE}", card.id)
    noted = await town.watch(town.ida, town.nyc, f"> {NOTE}")
    town.check("the note stands on the card", holds="With" in noted.body)
    await town.sam.write(town.nyc, ASIDE, card.id)
    await town.sam.write(town.nyc, f"!reply {QUESTION}", card.id)
    asked = await town.watch(town.max, chat, QUESTION)
    town.check("Max does not learn who answers", holds="A supporter" in asked.body)
    await town.max.write(chat, ANSWER)
    answered = await town.watch(town.sam, town.nyc, ANSWER)
    town.check("the answer stands in the thread of the case", holds=answered.thread == card.id)


async def _ida_takes_over(town: Town, card: Seen, chat: str) -> None:
    await town.sam.write(town.nyc, f"!handoff {town.ida.user}", card.id)
    await town.watch(town.ida, town.nyc, f"With {town.ida.user}")
    summary = await town.watch(town.ida, town.nyc, "For whoever takes over")
    town.check("Ida reads in numbers what there was", holds="Notes on the card: 1" in summary.body)
    await town.ida.write(town.nyc, f"!reply {LIFT}", card.id)
    await town.watch(town.max, chat, LIFT)
    await town.ida.write(town.nyc, "!close", card.id)
    await town.watch(town.sam, town.nyc, "asked whether they are all right")
    await town.watch(town.max, chat, "closed")


async def taken_back(town: Town) -> None:
    """Max thinks better of it."""
    chat = await town.private_chat(town.max)
    await town.post(town.max, chat, f"#swsdanger #nyc {SECOND}")
    card = await town.watch(town.sam, town.nyc, SECOND)
    await town.post(town.max, chat, "!withdraw")
    gone = await town.sam.see_removed(card.id)
    town.check("the card is gone from the supporters’ room", holds=gone.removed)
    await town.watch(town.max, chat, "It is taken back")
    await town.watch(town.sam, town.nyc, "took it back")


CASE = Story("case", "Max is followed, and Sam and Ida stay with him", play)
TAKEN_BACK = Story("taken-back", "Max takes back what he asked for", taken_back)
