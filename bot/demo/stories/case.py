"""The life of a case: claimed, answered, noted, closed, and taken back out of the room it stood in."""

from __future__ import annotations

from bot.demo.stories.story import Story
from bot.demo.town import Town

FOLLOWED = "a man has followed me since the bus stop, I am in the corner shop"
QUESTION = "Are you safe where you are? Is somebody with you?"
ANSWER = "the shopkeeper lets me wait inside"
ASIDE = "she sounds shaken, let us keep an eye on this"
SECOND = "he knows my flat now and I do not want to go home"


async def play(town: Town) -> None:
    """Max opens the chat; Sam is the supporter."""
    chat = await town.max.create_room("chat", town.bot.user, is_direct=True)
    await town.max.wait_for_member(chat, town.bot.user)
    await town.watch(town.max, chat, "The next thing you write here is read by them")
    words = await town.post(town.max, chat, f"#nyc {FOLLOWED}")
    card = await town.watch(town.sam, town.nyc, FOLLOWED)
    town.check_card(card, town.max, words)
    town.check("the card says that nobody has it yet", holds="Waiting" in card.body)

    await town.sam.write(town.nyc, "!claim", card.id)
    await town.watch(town.sam, town.nyc, f"With {town.sam.user}")
    await town.sam.write(town.nyc, ASIDE, card.id)
    await town.sam.write(town.nyc, f"!reply {QUESTION}", card.id)
    asked = await town.watch(town.max, chat, QUESTION)
    town.check(
        "Max does not learn who answers", holds="sam" not in asked.body and "A supporter" in asked.body
    )
    await town.max.write(chat, ANSWER)
    answered = await town.watch(town.sam, town.nyc, ANSWER)
    town.check("the answer stands in the thread of the case", holds=answered.thread == card.id)

    await town.sam.write(town.nyc, "!close", card.id)
    await town.watch(town.sam, town.nyc, "asked whether they are all right")
    await town.watch(town.max, chat, "closed")
    await town.max.write(chat, "I'm fine, thank you")
    await town.watch(town.max, chat, "Good to hear")
    town.check("what supporters say among themselves stays with them", holds=not town.max.saw(ASIDE))
    await town.nowhere_else(FOLLOWED, town.max, town.sam)
    town.check_sealed(ANSWER)


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


CASE = Story("case", "Max is followed, and Sam stays with him", play)
TAKEN_BACK = Story("taken-back", "Max takes back what he asked for", taken_back)
