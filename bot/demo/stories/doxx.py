"""A post with somebody's private details goes at once; its words reach supporters and nobody else."""

from __future__ import annotations

from bot.demo.stories.story import Story
from bot.demo.town import Town

SECRET = "14 Larkspur Lane, second bell"


async def play(town: Town) -> None:
    words = f"#swsdoxx #chicago he put me on https://x.com/cruel/status/8812 with {SECRET}"
    post = await town.max.write(town.kitchen, words)

    card = await town.watch(town.lee, town.chicago, SECRET)
    town.check_heard(card)
    town.check("the card brings the takedown desk for the link", holds="Takedown desk" in card.body)
    who_and_where = (town.max.user, "@max", town.kitchen, post)
    told = any(it in card.body for it in who_and_where)
    town.check("nothing in it says who wrote it, or where", holds=not told)

    gone = await town.kim.see_removed(post)
    town.show.event(town.kim, gone)
    town.check("the original is removed from the room", holds=gone.removed)
    said = await town.watch(town.kim, town.kitchen, "Someone here is being doxxed")
    town.check("what the room hears names no city and no detail", holds="Chicago" not in said.body)

    chat = await town.private_chat(town.max)
    receipt = await town.watch(town.max, chat, "Supporters of Chicago have what you wrote")
    town.check("“supporters have it” was said after they had it", holds=town.before(card, receipt))
    await town.sam.catch_up()
    town.check("New York’s supporters did not get it", holds=not town.sam.saw(SECRET))
    town.check_sealed(SECRET)


DOXX = Story("doxx", "Max is being doxxed", play)
