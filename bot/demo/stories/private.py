"""A private chat needs no hashtag; a city nobody knows still reaches somebody."""

from __future__ import annotations

from bot.demo.stories.story import Story
from bot.demo.town import Town

TROUBLE = "someone followed me home last night and sits in his car outside"
HOSTEL = "need a bed with a door that locks"


async def no_hashtag(town: Town) -> None:
    """Kim opens the chat herself and names the city only when asked."""
    chat = await town.kim.create_room("chat", town.bot.user, is_direct=True)
    await town.kim.wait_for_member(chat, town.bot.user)
    await town.watch(town.kim, chat, "The next thing you write here is read by them")
    words = await town.post(town.kim, chat, TROUBLE)

    card = await town.watch(town.rosa, town.fallback, TROUBLE)
    town.check_card(card, town.kim, words)
    asked = await town.watch(town.kim, chat, "Which city is this about?")
    town.check("nothing waited for the city", holds=town.before(card, asked))

    await town.kim.write(chat, "in Chicago")
    await town.watch(town.lee, town.chicago, TROUBLE)
    await town.watch(town.kim, chat, "supporters of Chicago have what you wrote now")
    await town.nowhere_else(TROUBLE, town.kim, town.rosa, town.lee)
    town.check_sealed(TROUBLE)


async def unknown_city(town: Town) -> None:
    post = await town.post(town.jo, town.kitchen, f"#swshelp #chicagoo {HOSTEL}")

    card = await town.watch(town.rosa, town.fallback, HOSTEL)
    town.check_card(card, town.jo, post)
    chat = await town.private_chat(town.jo)
    receipt = await town.watch(town.jo, chat, "I do not know this place")
    town.check("Jo is asked whether she meant Chicago", holds="Did you mean Chicago" in receipt.body)
    await town.lee.catch_up()
    town.check("Chicago’s supporters were not told on a guess", holds=not town.lee.saw(HOSTEL))


PRIVATE = Story("private", "Kim writes to the bot, without any hashtag", no_hashtag)
UNKNOWN_CITY = Story("unknown-city", "Jo mistypes the city", unknown_city)
