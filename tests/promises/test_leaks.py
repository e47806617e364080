"""We promise that nobody outside can tell from the bot what was written or by whom.

Each story is played twice, with other words and another person, and everything the public, the log and the
stewards could see is compared. Searching for the words would be the wrong test: it finds what was foreseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.core.model import History, JoinRule, RoomId, SupporterRoom
from bot.loops.surroundings import Knowledge
from bot.ports import TryAgainLater
from tests.stage import CHICAGO, NYC, ROSA, knowledge, stage
from tests.wire import ME, Homeserver

LOBBY, NYC_ROOM, FALLBACK = RoomId("!lobby:test"), RoomId("!nyc:test"), RoomId("!fallback:test")
STEWARD = RoomId("!steward:test")
SAFE = knowledge((SupporterRoom(NYC_ROOM, (NYC, CHICAGO)),), FALLBACK)
ALONE = knowledge((SupporterRoom(NYC_ROOM, (NYC,)),))


@dataclass(frozen=True)
class Case:
    """One way a story can go."""

    tag: str
    known: Knowledge = SAFE
    history: History = History.JOINED
    may_remove: bool = True
    busy: bool = False
    more: bool = False


@dataclass(frozen=True)
class Seen:
    """All that somebody outside can see."""

    public: tuple[tuple[str, bool], ...]
    steward: tuple[str, ...]
    journal: str
    calls: tuple[tuple[str, int], ...]
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Who:
    """Somebody, and what they write."""

    name: str
    words: str
    further: str


MIA = Who("@mia:test", "my stalker waits outside 12 Elm Street, his plate is KLM-4417", "he wears a red coat")
TOM = Who("@tomasina:elsewhere.org", "somebody said a thing, ☂ see http://x.example/y", "it was in July")
QUIET = Who("@mia:test", "stay away from the blue car near the bridge tonight", "it is still there")

CASES = {
    "doxx": Case("#swsdoxx #nyc"),
    "doxx that may not be removed": Case("#swsdoxx #nyc", may_remove=False),
    "doxx in a city nobody knows": Case("#swsdoxx #atlantis"),
    "doxx, held": Case("#swsdoxx #nyc", ALONE, History.SHARED),
    "doxx, told to the fallback": Case("#swsdoxx #nyc", SAFE, History.SHARED),
    "doxx, slowed down": Case("#swsdoxx #nyc", busy=True),
    "help": Case("#swshelp #nyc"),
    "help in two cities": Case("#swshelp #nyc #chicago"),
    "help, and more": Case("#swshelp #nyc", more=True),
    "fyi": Case("#swsfyi #nyc"),
    "supporter": Case("#swssupporter #nyc"),
    "doxx and help": Case("#swshelp #swsdoxx #nyc"),
    "chatter": Case(""),
}


async def _play(folder: Path, case: Case, who: Who) -> Seen:
    server = Homeserver()
    async with stage(folder, server, case.known, width=1) as bot:
        await bot.quiet()
        lobby = server.room(LOBBY, who.name, "@ada:test", encrypted=False, join_rule=JoinRule.PUBLIC)
        lobby.may_remove = case.may_remove
        for name in (NYC_ROOM, FALLBACK):
            server.join(server.room(name, "@sol:test"), ME)
        server.invite_bot(server.room(STEWARD, ROSA), ROSA, direct=True)
        await bot.settle()
        server.rooms[NYC_ROOM].history = case.history
        if case.busy:
            server.fail("*", TryAgainLater("slow down"), times=9)
        for words in (who.words, who.further)[: 1 + case.more]:
            server.post(lobby, who.name, f"{case.tag} {words}")
            await bot.settle(most=200)
        await bot.pass_time(10 * 60 * 1000)
        return await _seen(bot, server)


async def _seen(bot: object, server: Homeserver) -> Seen:
    tables = ("inbox", "outbox", "results", "cases", "spent_names", "acts", "seen", "timers", "rooms")
    return Seen(
        tuple((event.text, event.removed) for event in server.rooms[LOBBY].events if event.sender == ME),
        tuple(server.rooms[STEWARD].texts()),
        bot.journal.getvalue(),  # type: ignore[attr-defined]
        tuple(sorted(server.calls.items())),
        tuple([await bot.count(table) for table in tables]),  # type: ignore[attr-defined]
    )


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_two_people_with_other_words_look_the_same_from_outside(case: Case, tmp_path: Path) -> None:
    first = await _play(tmp_path / "first", case, MIA)
    second = await _play(tmp_path / "second", case, TOM)
    assert first == second


@pytest.mark.parametrize("word", ["nyc", "chicago"])
async def test_the_city_is_all_that_a_public_word_depends_on(word: str, tmp_path: Path) -> None:
    """The other way round: the comparison above does see a difference where there is one."""
    here = await _play(tmp_path / "here", Case("#swshelp #nyc"), MIA)
    there = await _play(tmp_path / "there", Case(f"#swshelp #{word}"), MIA)
    assert (here.public == there.public) is (word == "nyc")


@pytest.mark.parametrize("tag", ["#swsdanger", "#swsharassment", "#swsharrassment"])
async def test_whether_a_post_named_somebody_changes_nothing_that_is_said(tag: str, tmp_path: Path) -> None:
    """That it was removed is there for all to see; what is said must not add to that."""
    naming = await _play(tmp_path / "first", Case(f"{tag} #nyc"), TOM)
    other = await _play(tmp_path / "second", Case(f"{tag} #nyc"), QUIET)
    assert naming.public == other.public
    assert naming.steward == other.steward
