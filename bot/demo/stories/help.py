"""Somebody asks for help in an encrypted community room and names the city."""

from __future__ import annotations

from bot.demo.stories.story import Story
from bot.demo.town import Town

WORDS = "my landlord changed the locks and I need a place for two nights"


async def play(town: Town) -> None:
    post = await town.post(town.jo, town.kitchen, f"#swshelp #nyc #housing {WORDS}")

    card = await town.watch(town.sam, town.nyc, WORDS)
    town.check_card(card, town.jo, post)

    await town.watch(town.max, town.kitchen, "Supporters of New York City have this")
    town.check("the post stays in its room", holds=not (await town.max.see(town.kitchen, WORDS)).removed)

    chat = await town.private_chat(town.jo)
    await town.watch(town.jo, chat, "have what you wrote")
    await town.nowhere_else(WORDS, town.jo, town.max, town.kim, town.sam, town.ida)
    town.check_sealed(WORDS)

    await town.sam.write(town.nyc, "!reply There is a bed for you. Write me when you can talk.", card.id)
    answer = await town.watch(town.jo, chat, "There is a bed for you")
    town.check("the supporter's name is not on the answer", holds=town.sam.user not in answer.body)


HELP = Story("help", "Jo needs a place to stay", play)
