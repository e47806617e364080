"""A warning in a room without encryption: what leads to a person is removed, the room is warned anyway."""

from __future__ import annotations

from bot.demo.stories.story import Story
from bot.demo.town import Town

NUMBER = "+1 212 555 0187"


async def play(town: Town) -> None:
    post = await town.post(town.jo, town.porch, f"#swsdanger #nyc robbed by a man who calls from {NUMBER}")

    card = await town.watch(town.sam, town.nyc, NUMBER)
    town.check_card(card, town.jo, post)
    gone = await town.max.see_removed(post)
    town.show.event(town.max, gone)
    town.show.note(
        "This room is not encrypted: its homeserver saw the number before the bot could remove it. "
        "`!roomcheck` tells room admins so."
    )
    town.check("the post with a phone number in it is removed", holds=gone.removed)

    said = await town.watch(town.max, town.porch, "A danger report for New York City reached supporters")
    town.check("the room is warned without the number", holds=NUMBER not in said.body)
    chat = await town.private_chat(town.jo)
    why = await town.watch(town.jo, chat, "I took your post down")
    town.check("Jo is told why, and how to post it again", holds="leave that part out" in why.body)
    await town.nowhere_else("0187", town.jo, town.sam, town.ida, town.max, town.kim)

    stays = await town.post(
        town.jo, town.porch, "#swsdanger #nyc grey van, two men, near the bridge after midnight"
    )
    await town.sam.see(town.nyc, "near the bridge after midnight")
    await town.max.catch_up()
    town.check("a warning that leads to nobody stays", holds=not town.max.seen[stays].removed)


DANGER = Story("danger", "Jo warns of somebody dangerous", play)
