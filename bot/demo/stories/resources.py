"""Anybody asks for resources anywhere, without a report, with typos."""

from __future__ import annotations

from bot.demo.stories.story import Story
from bot.demo.town import Town


async def play(town: Town) -> None:
    await town.post(town.max, town.kitchen, "!resources leagl newyork")

    answer = await town.watch(town.max, town.kitchen, "fit")
    town.check("a mistyped topic and an alias of the city find entries", holds="https://" in answer.body)
    town.check("every entry says when it was checked", holds="hecked" in answer.body)
    supporters = (town.sam, town.lee)
    for person in supporters:
        await person.catch_up()
    told = any(person.saw("leagl") for person in supporters)
    town.check("a question about resources is no report: supporters hear nothing", holds=not told)


RESOURCES = Story("resources", "Max looks for legal help", play)
