"""Words that are nowhere to be found: after a whole story, on no disk but in no reader's client."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.people import Person
from tests.live.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
CANARIES = {
    "doxx": "quixotic heliotrope",
    "danger": "zealous bandicoot +1 212 555 0177",
    "edit": "wistful marzipan",
    "chat": "jubilant obsidian",
    "reply": "fluorescent aardvark",
    "talk": "kaleidoscopic parsnip",
    "held": "vermilion zeppelin",
}


async def _story(stage: Stage, worker: Person) -> None:
    """A doxx and a danger post, an edit, talk both ways, talk among supporters, and a case that is held."""
    await worker.send(stage.kitchen, f"#swsdoxx #nyc {CANARIES['doxx']}")
    card = await stage.card(stage.nyc, CANARIES["doxx"])
    danger = await worker.send(stage.kitchen, f"#swsdanger #nyc {CANARIES['danger']}")
    await stage.kim.wait_until_removed(stage.kitchen, danger)
    help_ = await worker.send(stage.kitchen, "#swshelp #chicago before the edit")
    await stage.card(stage.chicago, "before the edit")
    await worker.edit(stage.kitchen, help_, f"#swshelp #chicago {CANARIES['edit']}")
    await stage.card(stage.chicago, CANARIES["edit"])
    chat = await stage.private_chat(worker)
    await worker.send(chat, CANARIES["chat"])
    await stage.lee.wait_for_text(stage.chicago, CANARIES["chat"])
    await stage.sam.reply_in_thread(stage.nyc, card.id, CANARIES["talk"])
    await stage.sam.reply_in_thread(stage.nyc, card.id, f"!reply {CANARIES['reply']}")
    await worker.wait_for_text(chat, CANARIES["reply"])
    await _held(stage, worker)


async def _held(stage: Stage, worker: Person) -> None:
    """Both rooms are unsafe when it is posted; it stays held."""
    for owner, room in ((stage.nia, stage.newark), (stage.rosa, stage.fallback)):
        await owner.set_state(room, "m.room.guest_access", {"guest_access": "can_join"})
    await worker.send(stage.kitchen, f"#swsharassment #newark {CANARIES['held']}")
    await stage.receipt(worker, "no supporter has it yet")


def _holding(folder: Path) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return [
        f"{path.relative_to(folder)}: {name}"
        for path in files
        for name, words in CANARIES.items()
        if words.encode() in path.read_bytes()
    ]


async def test_no_word_of_a_whole_story_is_on_any_disk(stage: Stage) -> None:
    async with stage.worker() as worker:
        await _story(stage, worker)

        assert _holding(stage.bot.folder) == []
        assert _holding(stage.server.folder) == []
        log = "\n".join(stage.bot.log)
        assert [words for words in CANARIES.values() if words in log] == []
        assert [id_ for id_ in (worker.user, worker.name, stage.nyc, stage.kitchen) if id_ in log] == []

        await stage.nia.set_state(stage.newark, "m.room.guest_access", {"guest_access": "forbidden"})
        await stage.card(stage.newark, CANARIES["held"])
        await stage.rosa.set_state(stage.fallback, "m.room.guest_access", {"guest_access": "forbidden"})


async def test_the_search_finds_what_is_there(stage: Stage) -> None:
    """In a room without encryption the homeserver keeps the words: the test above can fail."""
    await stage.kim.send(stage.porch, "an open secret about jubilant obsidian")
    await stage.kim.wait_for_text(stage.porch, "an open secret")

    assert any(found.endswith("chat") for found in _holding(stage.server.folder))
