"""The quieter hashtags: harassment, a tip, and somebody who offers to be a supporter."""

from __future__ import annotations

from bot.demo.stories.story import Story
from bot.demo.town import Town

INSULT = "the account grimwolf77 writes to me every hour"
TIP = "the clinic on 9th has a free testing day on Friday"
OFFER = "I was a nurse for ten years and have my evenings free"


async def harassment(town: Town) -> None:
    post = await town.post(town.max, town.kitchen, f"#swsharrassment #chicago {INSULT}")

    card = await town.watch(town.lee, town.chicago, INSULT)
    town.check_card(card, town.max, post)
    await town.watch(town.kim, town.kitchen, "please don't engage")
    town.check("the post stays", holds=not town.kim.seen[post].removed)
    chat = await town.private_chat(town.max)
    await town.watch(town.max, chat, "Take screenshots")
    town.check_sealed(INSULT)


async def fyi(town: Town) -> None:
    post = await town.post(town.jo, town.kitchen, f"!swsfyi {TIP} #nyc")

    card = await town.watch(town.sam, town.nyc, TIP)
    town.check_card(card, town.jo, post)
    await town.watch(town.max, town.kitchen, "Thank you for the tip")
    chat = await town.private_chat(town.jo)
    receipt = await town.watch(town.jo, chat, "decide whether it is passed on")
    town.check("Jo is promised that her name is not on it", holds="your name is not on it" in receipt.body)


async def supporter(town: Town) -> None:
    await town.kim.catch_up()
    before = _heard(town)
    post = await town.post(town.max, town.kitchen, f"#swssupporter #chicago {OFFER}")

    card = await town.watch(town.lee, town.chicago, OFFER)
    town.check_card(card, town.max, post)
    chat = await town.private_chat(town.max)
    await town.watch(town.max, chat, "vouch for you first")
    await town.kim.catch_up()
    town.check("the room hears nothing of it", holds=_heard(town) == before)


def _heard(town: Town) -> int:
    """How much the bot has said in the community room so far."""
    said = (each.room == town.kitchen and each.sender == town.bot.user for each in town.kim.seen.values())
    return sum(said)


HARASSMENT = Story("harassment", "Max is being harassed", harassment)
FYI = Story("fyi", "Jo has a tip", fyi)
SUPPORTER = Story("supporter", "Max offers to be a supporter", supporter)
