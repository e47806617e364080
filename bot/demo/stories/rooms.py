"""A room admin says which city a room is for; a supporter room that is no longer safe gets nothing."""

from __future__ import annotations

from bot.demo.stories.story import Story
from bot.demo.town import Town

QUESTION = "does anyone know a lawyer who answers at night"
FRIGHT = "he has a key to my flat and is on his way"
HISTORY = "m.room.history_visibility"


async def city(town: Town) -> None:
    await town.post(town.jo, town.kitchen, "!city chicago")
    await town.watch(town.jo, town.kitchen, "is for room admins here")

    await town.post(town.kim, town.kitchen, "!city newyork")
    await town.watch(town.kim, town.kitchen, "This room is for New York City from now on")
    post = await town.post(town.max, town.kitchen, f"#swshelp {QUESTION}")

    card = await town.watch(town.sam, town.nyc, QUESTION)
    town.check_card(card, town.max, post)
    town.check("without a tag, the room’s city decides", holds="New York City" in card.body)
    await town.post(town.kim, town.kitchen, "!city off")
    await town.kim.see(town.kitchen, "This room has no city any more")


async def unsafe(town: Town) -> None:
    """Sam opens the room's history to later members, as clients offer, and nobody notices. The bot does."""
    await town.sam.set_state(town.nyc, HISTORY, {"history_visibility": "shared"})
    post = await town.post(town.jo, town.kitchen, f"#swshelp #nyc {FRIGHT}")

    card = await town.watch(town.rosa, town.fallback, FRIGHT)
    town.check_card(card, town.jo, post)
    steward = await town.private_chat(town.rosa)
    alert = await town.watch(town.rosa, steward, "could not go into the room")
    town.check("the steward hears which room, and not a word of the case", holds=FRIGHT not in alert.body)
    chat = await town.private_chat(town.jo)
    receipt = await town.watch(town.jo, chat, "is not safe enough right now")
    town.check("Jo is told the truth about it", holds="the general team" in receipt.body)
    await town.sam.catch_up()
    town.check("the room that is not safe got nothing", holds=not town.sam.saw(FRIGHT))
    town.check_sealed(FRIGHT)
    await town.sam.set_state(town.nyc, HISTORY, {"history_visibility": "joined"})


CITY = Story("city", "Kim sets the city of her room", city)
UNSAFE = Story("unsafe-room", "New York’s supporter room is not safe any more", unsafe)
