"""We promise that an alert taken back while the bot lay dead is removed, however far its sending had come."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.promises.alert_stories import (
    KNOWN,
    WARNING,
    _a_minute,
    _agrees,
    _approves,
    _drafts,
    _nothing_stands,
    _rooms,
    name_of,
    standing,
)
from tests.promises.crash import Act, Fuse, Story, Theatre
from tests.promises.stories import CHAT, KIM, LOBBY, MIA, NYC_ROOM, asks_in_nyc
from tests.promises.test_crash_anywhere import different
from tests.stage import HandClock, stage
from tests.wire import Homeserver


@dataclass
class WhileDead(Theatre):
    """Begins with an approved alert; once the bot has died, something happens before it lives again."""

    meanwhile: Act = _a_minute

    async def open(self) -> None:
        await super().open()
        for act in (asks_in_nyc, _agrees, _drafts, _approves):
            act(self.beginning)
            clock = HandClock(self.now)
            async with stage(self.folder / "beginning", self.beginning, KNOWN, clock=clock) as bot:
                await bot.start()
                await bot.settle()
            self.now = clock.time

    async def _live(self, folder: Path, server: Homeserver, clock: HandClock, fuse: Fuse) -> bool:
        if await super()._live(folder, server, clock, fuse):
            return True
        self.meanwhile(server)
        return False


def _revokes(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "!share supporters")


def _forgets(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "!forget")


def _retracts(server: Homeserver) -> None:
    server.post(server.rooms[NYC_ROOM], KIM, f"!retract {name_of(server)}")


GOES_OUT = Story("an alert goes out", KNOWN, _rooms, (_a_minute, _a_minute), _nothing_stands)


@pytest.mark.parametrize("meanwhile", [_revokes, _forgets, _retracts])
async def test_what_was_on_its_way_when_the_bot_died_is_gone_once_it_lives(
    meanwhile: Act, tmp_path: Path
) -> None:
    theatre = WhileDead(GOES_OUT, tmp_path, meanwhile=meanwhile)
    await theatre.open()
    moments = different(await theatre.moments())
    sent = 0
    for moment in moments:
        server = await theatre.play(Fuse(moment))
        _nothing_stands(server)
        sent += sum(WARNING in event.text for event in server.rooms[LOBBY].events)
    assert 0 < sent < len(moments)  # some died before it stood there, and some after


async def test_without_all_that_it_stands_in_both_rooms(tmp_path: Path) -> None:
    theatre = WhileDead(GOES_OUT, tmp_path)
    await theatre.open()
    assert len(standing(await theatre.play())) == 2
