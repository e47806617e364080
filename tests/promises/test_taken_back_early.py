"""We promise that who takes back their first words before anybody has them, and writes others, is heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.ports import TryAgainLater
from tests.promises.case_stories import event_of
from tests.promises.forget_stories import standing
from tests.promises.stories import CHAT, KNOWN, MIA, NYC_ROOM, PRIVATE, begun, cards
from tests.stage import Stage, stage
from tests.wire import Homeserver

MORE = "a red car, rather"
SENT = pytest.mark.parametrize("sent", [False, True], ids=["not sent yet", "sent, and the answer lost"])


async def takes_back(bot: Stage, server: Homeserver, *, sent: bool) -> None:
    """The first words wait for a homeserver that does not answer while they are deleted."""
    await begun(bot, server)
    chat = server.rooms[CHAT]
    server.post(chat, MIA, f"#nyc {PRIVATE}")
    server.fail("tell", TryAgainLater("silent"), done_first=sent)
    await bot.quiet()
    server.delete(chat, MIA, event_of(chat, MIA, PRIVATE))


@SENT
async def test_other_words_find_their_way_though_the_first_were_taken_back(
    sent: bool, tmp_path: Path
) -> None:
    server = Homeserver()
    async with stage(tmp_path, server, KNOWN) as bot:
        await takes_back(bot, server, sent=sent)
        server.post(server.rooms[CHAT], MIA, MORE)
        await bot.settle()
        assert standing(server, PRIVATE) == []
        assert standing(server, MORE) == [NYC_ROOM]
        assert len(cards(server.rooms[NYC_ROOM])) == 1


@SENT
async def test_without_other_words_nobody_is_told_anything(sent: bool, tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path, server, KNOWN) as bot:
        await takes_back(bot, server, sent=sent)
        await bot.settle()
        assert cards(server.rooms[NYC_ROOM]) == []
        assert [event.removed for event in server.rooms[NYC_ROOM].events[1:]] == [True]
        assert await bot.count("cases") == await bot.count("underway") == 0


async def test_other_words_that_were_taken_back_too_are_told_to_nobody(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path, server, KNOWN) as bot:
        await takes_back(bot, server, sent=True)
        chat = server.rooms[CHAT]
        server.delete(chat, MIA, server.post(chat, MIA, MORE))
        await bot.settle()
        assert standing(server, PRIVATE) == standing(server, MORE) == []
        assert cards(server.rooms[NYC_ROOM]) == []
