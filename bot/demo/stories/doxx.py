"""A post with somebody's private details goes at once; its words reach supporters and nobody else."""

from __future__ import annotations

from bot.demo.stories.story import Story
from bot.demo.town import Town

DETAILS = "14 Larkspur Lane, second bell"


async def play(town: Town) -> None:
    words = f"#swsdoxx #chicago he put me on https://x.com/cruel/status/8812 with {DETAILS}"
    post = await town.post(town.max, town.kitchen, words)

    card = await town.watch(town.lee, town.chicago, DETAILS)
    town.check_card(card, town.max, post)
    town.check("the card brings the takedown desk for the link", holds="Takedown desk" in card.body)

    gone = await town.kim.see_removed(post)
    town.show.event(town.kim, gone)
    town.check("the original is removed from the room", holds=gone.removed)
    said = await town.watch(town.kim, town.kitchen, "Someone here is being doxxed")
    town.check("what the room hears names no city and no detail", holds="Chicago" not in said.body)

    chat = await town.private_chat(town.max)
    receipt = await town.watch(town.max, chat, "Supporters of Chicago have what you wrote")
    town.check("“supporters have it” was said after they had it", holds=town.before(card, receipt))
    await town.sam.catch_up()
    town.check("New York’s supporters did not get it", holds=not town.sam.saw(DETAILS))
    town.check_sealed(DETAILS)


DOXX = Story("doxx", "Max is being doxxed", play)
