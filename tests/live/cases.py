"""A case as two supporters have it in Newark's room: Nia with the usual client, Rosa with a strict one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tests.live.people import Event, Person
from tests.live.stage import Stage

ON_THE_BOARD: Final = re.compile(r"\b([a-z]+-[a-z]+): [a-z]")


@dataclass(frozen=True, slots=True)
class Case:
    """One case in Newark's room: what can be waited for in its thread and on its card."""

    stage: Stage
    card: Event

    @property
    def name(self) -> str:
        return next(word for word in self.card.body.split() if "-" in word).rstrip(":")

    async def say(self, supporter: Person, words: str) -> str:
        return await supporter.reply_in_thread(self.stage.newark, self.card.id, words)

    async def hears(self, supporter: Person, words: str, since: int = 0) -> Event:
        """What the bot says in the thread."""

        def said(event: Event) -> bool:
            ours = event.sender == self.stage.bot.user and event.thread == self.card.id
            return ours and event.is_message and words in event.body

        return await supporter.wait_for(self.stage.newark, said, f"“{words}” in the thread", since=since)

    async def shows(self, supporter: Person, words: str, since: int = 0) -> Event:
        """The card, once it was edited to say this in its first line."""

        def says(event: Event) -> bool:
            return words in (self.edited(event).splitlines() or [""])[0]

        return await supporter.wait_for(self.stage.newark, says, f"a card that says {words}", since=since)

    async def holds(self, supporter: Person, words: str) -> Event:
        """The card, once it was edited to hold these words anywhere."""

        def says(event: Event) -> bool:
            return words in self.edited(event)

        return await supporter.wait_for(self.stage.newark, says, f"a card with {words}")

    def edited(self, event: Event) -> str:
        """What an event makes of the card; nothing when it is no edit of it."""
        relation = event.content.get("m.relates_to") or {}
        about = relation.get("rel_type") == "m.replace" and relation.get("event_id") == self.card.id
        return str((event.content.get("m.new_content") or {}).get("body", "")) if about else ""


async def nothing_open(stage: Stage) -> None:
    """Cases that earlier tests left open are closed: their time would come in the middle of this one."""
    for _ in range(5):
        mark = stage.rosa.mark()
        await stage.rosa.send(stage.newark, "!cases")
        board = await stage.rosa.wait_for(
            stage.newark,
            lambda event: event.sender == stage.bot.user and "pen case" in event.body,
            "the board",
            since=mark,
        )
        names = ON_THE_BOARD.findall(board.body)
        if not names:
            return
        for name in names:
            # Whoever has it may; for the other it is one refusal more.
            for supporter in (stage.nia, stage.rosa):
                await supporter.send(stage.newark, f"!close {name}")
        await stage.rosa.wait_for_text(stage.newark, names[-1], stage.bot.user, since=mark)
    raise AssertionError(f"cases stay open: {names}")


async def reported(stage: Stage, worker: Person, words: str, tag: str = "#swshelp") -> tuple[str, Case]:
    """The worker's private chat, and the case of what they posted in the kitchen."""
    case = await posted(stage, worker, words, tag)
    chat = await stage.private_chat(worker)
    await stage.receipt(worker, "have what you wrote")
    return chat, case


async def posted(stage: Stage, worker: Person, words: str, tag: str = "#swshelp") -> Case:
    await worker.send(stage.kitchen, f"{tag} #newark {words}")
    return Case(stage, await stage.card(stage.newark, words))


async def opened(stage: Stage, worker: Person, preset: str = "trusted_private_chat") -> str:
    """A private chat that the worker opened, as clients do it, with the bot in it."""
    room = await worker.create_room(encrypted=True, preset=preset, is_direct=True, invite=[stage.bot.user])
    await worker.wait_for_text(room, "The next thing you write here", stage.bot.user)
    return room


async def confided(
    stage: Stage, worker: Person, words: str, preset: str = "trusted_private_chat"
) -> tuple[str, Case]:
    """A private chat that the worker opened, and the case that their first words in it became."""
    chat = await opened(stage, worker, preset)
    await worker.send(chat, f"#newark {words}")
    return chat, Case(stage, await stage.card(stage.newark, words))
