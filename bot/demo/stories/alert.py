"""Two supporters warn a city in their own words, because a worker agrees; and take the warning back."""

from __future__ import annotations

from bot.demo.seen import Seen
from bot.demo.stories.story import Story
from bot.demo.town import Town

HAPPENED = "he paid me with torn notes, then he laughed and said he knows my street"
QUOTES = f"careful, {HAPPENED}"
LEADS = "grey van, pays with torn notes, rings from 212-555-0187"
WARNING = "A man in a grey van pays with torn notes. Count before he leaves the car."


async def play(town: Town) -> None:
    """Max is robbed; Sam and Ida are the supporters; the kitchen and the porch are rooms of New York City.

    With a hashtag it is a case of its own, whatever Max wrote before.
    """
    for room in (town.kitchen, town.porch):
        await town.kim.write(room, "!city nyc")
        await town.kim.see(room, "This room is for New York City from now on", town.bot.user)
    chat = await town.max.create_room("chat", town.bot.user, is_direct=True)
    await town.max.wait_for_member(chat, town.bot.user)
    words = await town.post(town.max, chat, f"#swsdanger #nyc {HAPPENED}")
    card = await town.watch(town.sam, town.nyc, HAPPENED)
    town.check_card(card, town.max, words)

    await _not_before_max_agrees(town, card, chat)
    name = await _drafted(town, card)
    await _two_of_them(town, name)
    await _taken_back(town, name)
    town.check_sealed(HAPPENED)
    for room in (town.kitchen, town.porch):
        await town.kim.write(room, "!city off")
        await town.kim.see(room, "This room has no city any more", town.bot.user)


async def _not_before_max_agrees(town: Town, card: Seen, chat: str) -> None:
    await town.sam.write(town.nyc, f"!alert {WARNING}", card.id)
    await town.watch(town.sam, town.nyc, "has not agreed to an alert")
    await town.post(town.max, chat, "!share alert")
    await town.watch(town.max, chat, "without anything that leads to you")
    await town.watch(town.sam, town.nyc, "The worker agrees that others are warned")


async def _drafted(town: Town, card: Seen) -> str:
    """The guard reads along. Gives the name of the alert."""
    await town.sam.write(town.nyc, f"!alert {QUOTES}", card.id)
    await town.watch(town.sam, town.nyc, "repeats words that somebody wrote to you")
    await town.sam.write(town.nyc, f"!alert {LEADS}", card.id)
    refused = await town.watch(town.sam, town.nyc, "it may lead to somebody")
    town.check("the guard says what kind of thing it found, not what", holds="0187" not in refused.body)
    await town.sam.write(town.nyc, f"!alert {WARNING}", card.id)
    preview = await town.watch(town.ida, town.nyc, "It is not sent yet")
    town.check("the preview shows the words, and asks to read them once more", holds=WARNING in preview.body)
    return next(word for word in preview.body.split() if word.count("-") == 1)


async def _two_of_them(town: Town, name: str) -> None:
    await town.sam.write(town.nyc, f"!approve {name}")
    await town.watch(town.sam, town.nyc, "somebody else of this room has to say yes")
    await town.jo.catch_up()
    town.check("nobody was warned by one supporter alone", holds=not town.jo.saw(WARNING))
    await town.ida.write(town.nyc, f"!approve {name}")
    await town.watch(town.ida, town.nyc, "goes to 2 community rooms")
    for room in (town.kitchen, town.porch):
        read = await town.watch(town.jo, room, WARNING)
        mine = (HAPPENED, town.sam.user, town.ida.user, town.max.user)
        town.check("it does not say whose words or whose case", holds=not any(it in read.body for it in mine))
    await town.watch(town.ida, town.nyc, "stands in 2 community rooms")


async def _taken_back(town: Town, name: str) -> None:
    stood = [await town.jo.see(room, WARNING, town.bot.user) for room in (town.kitchen, town.porch)]
    await town.sam.write(town.nyc, f"!retract {name}")
    for each in stood:
        gone = await town.jo.see_removed(each.id)
        town.check("it is gone from the room again", holds=gone.removed)
    await town.watch(town.sam, town.nyc, "goes to nobody any more")


ALERT = Story("alert", "Max agrees that others are warned, and Sam and Ida warn them", play)
