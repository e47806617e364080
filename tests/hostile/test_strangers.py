"""We promise of strangers, former admins and look-alikes, on the whole way of a post, that …"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.model import EventId, RoomId, SupporterRoom, Trust
from bot.loops.surroundings import Knowledge
from tests.stage import CHICAGO, NYC, ROSA, Stage, knowledge, stage
from tests.wire import ME, Homeserver, Room

MIA, ADA, SOL, EVE = "@mia:test", "@ada:test", "@sol:test", "@eve:test"
"""A worker, a room admin, a supporter, and somebody who should get nothing."""
KNOWN = knowledge(
    (SupporterRoom(RoomId("!nyc:test"), (NYC,)), SupporterRoom(RoomId("!chicago:test"), (CHICAGO,))),
    RoomId("!fallback:test"),
)
TEAMS = ("!nyc:test", "!chicago:test", "!fallback:test")
WORDS = "the canary sings"


def town() -> Homeserver:
    server = Homeserver()
    for name in TEAMS:
        room = server.room(name, SOL)
        server.join(room, ME)
    server.room("!lobby:test", MIA, ADA, EVE, admins=(ADA,), encrypted=False)
    server.room("!cafe:test", MIA, ADA, EVE, admins=(ADA,))
    chat = server.room("!chat:test", MIA)
    server.invite_bot(chat, MIA, direct=True)
    return server


def at(server: Homeserver, name: str) -> Room:
    return server.rooms[RoomId(name)]


def told(server: Homeserver, words: str = WORDS) -> list[str]:
    """The rooms in which the bot said these words."""
    return [room.id for room in server.rooms.values() if any(words in text for text in room.texts())]


async def begun(here: Stage) -> None:
    """The very first sync tells nothing of what was before it."""
    server: Homeserver = here.around.chat.server  # type: ignore[attr-defined]
    before, server.news = server.news, []
    await here.sync()
    server.news = before
    await here.settle()


async def settled(server: Homeserver, folder: Path, known: Knowledge = KNOWN) -> None:
    async with stage(folder, server, known) as here:
        await begun(here)


# -- invitations ---------------------------------------------------------------------------------------------


async def test_hundreds_of_invitations_from_strangers_are_declined_and_hold_up_no_report(
    tmp_path: Path,
) -> None:
    server = town()
    async with stage(tmp_path, server, KNOWN) as here:
        await begun(here)
        rooms = [server.room(f"!trap{n}:evil", f"@eve{n}:evil") for n in range(300)]
        for number, room in enumerate(rooms):
            server.invite_bot(room, f"@eve{number}:evil", direct=number % 2 == 0)
        server.post(at(server, "!lobby:test"), MIA, f"#swshelp #nyc {WORDS}")
        await here.settle()
        assert told(server) == ["!nyc:test"]
        assert not [room.id for room in rooms if ME in room.joined | room.invited or room.texts()]
        assert not [r for n in range(300) for r in server.private_chats(f"@eve{n}:evil")]
        assert await here.count("invitations") == 0
    async with stage(tmp_path, server, KNOWN) as again:
        await again.start()
        await again.settle()
    assert server.calls["join"] == 1


LOOK_ALIKE_HOSTS = (
    "@ana:tеst",
    "@ana:test.evil",
    "@ana:eviltest",
    "@ana:TEST",
    "@ana:test:8448",
    "@ana@test:evil",
    "@test",
)


@pytest.mark.parametrize("person", LOOK_ALIKE_HOSTS)
async def test_a_homeserver_that_looks_like_one_of_ours_is_not_ours(tmp_path: Path, person: str) -> None:
    server = town()
    room = server.room("!trap:evil", person)
    server.invite_bot(room, person)
    await settled(server, tmp_path)
    assert ME not in room.joined | room.invited


# -- supporter rooms -----------------------------------------------------------------------------------------


async def asking(server: Homeserver, here: Stage, room: Room) -> str:
    """Eve, admin of this room, asks that it becomes a supporter room; the code her stewards were told."""
    server.post(room, EVE, "!serve nyc")
    await here.settle()
    heard = server.heard_privately(ROSA)
    return heard.rsplit("!confirm ", 1)[1].split()[0].strip("`.,")


IMPOSTORS = (
    EVE,
    "@rosа:steward.test",
    "@Rosa:steward.test",
    "@rosa:steward.test.evil",
    "@rosa:steward.test:8448",
)


@pytest.mark.parametrize("person", IMPOSTORS)
async def test_a_strangers_room_gets_nothing_whoever_but_a_steward_confirms_it(
    tmp_path: Path, person: str
) -> None:
    server = town()
    known = knowledge((), None)
    async with stage(tmp_path, server, known) as here:
        await begun(here)
        room = server.room("!own:test", EVE, admins=(EVE,))
        code = await asking(server, here, room)
        chat = server.room("!talk:test", person)
        chat.encrypted = True
        server.invite_bot(chat, "@ana:test", direct=True)
        await here.settle()
        for place in (room, chat, at(server, "!cafe:test")):
            server.post(place, person, f"!confirm {code}")
        server.post(at(server, "!lobby:test"), MIA, f"#swshelp #nyc {WORDS}")
        await here.settle()
        assert told(server) == []


@pytest.mark.parametrize("trust", [trust for trust in Trust if trust is not Trust.SIGNED])
async def test_not_even_a_steward_confirms_while_anybody_else_could_have_written_it(
    tmp_path: Path, trust: Trust
) -> None:
    server = town()
    async with stage(tmp_path, server, knowledge((), None)) as here:
        await begun(here)
        code = await asking(server, here, server.room("!own:test", EVE, admins=(EVE,)))
        (chat,) = server.private_chats(ROSA)
        server.join(chat, ROSA)
        server.post(chat, ROSA, f"!confirm {code}", trust=trust)
        server.post(at(server, "!lobby:test"), MIA, f"#swshelp #nyc {WORDS}")
        await here.settle()
        assert told(server) == []


async def test_an_upgraded_supporter_room_is_followed_only_after_a_steward_confirmed_the_new_one(
    tmp_path: Path,
) -> None:
    server = town()
    async with stage(tmp_path, server, KNOWN) as here:
        await begun(here)
        at(server, "!nyc:test").replaced = True
        successor = server.room("!nyc2:test", SOL, admins=(SOL,))
        server.invite_bot(successor, SOL)
        await here.settle()
        server.post(at(server, "!lobby:test"), MIA, f"#swshelp #nyc {WORDS} one")
        await here.settle()
        assert told(server, f"{WORDS} one") == ["!fallback:test"]
        server.post(successor, SOL, "!serve nyc")
        await here.settle()
        server.post(at(server, "!lobby:test"), MIA, f"#swshelp #nyc {WORDS} two")
        await here.settle()
        assert "!nyc2:test" not in told(server)
        code = server.heard_privately(ROSA).rsplit("!confirm ", 1)[1].split()[0].strip("`.,")
        (chat,) = server.private_chats(ROSA)
        server.join(chat, ROSA)
        server.post(chat, ROSA, f"!confirm {code}")
        await here.settle()
        server.post(at(server, "!cafe:test"), EVE, f"#swsdoxx #nyc {WORDS} three")
        await here.settle()
        assert told(server, f"{WORDS} three") == ["!nyc2:test"]


async def test_a_room_that_only_says_that_it_is_the_successor_gets_nothing(tmp_path: Path) -> None:
    server = town()
    async with stage(tmp_path, server, KNOWN) as here:
        await begun(here)
        at(server, "!nyc:test").replaced = True
        trap = server.room("!nyc2:evil", "@eve:evil", SOL, admins=("@eve:evil",))
        server.invite_bot(trap, "@eve:evil")
        server.post(at(server, "!lobby:test"), MIA, f"#swshelp #nyc {WORDS}")
        await here.settle()
        assert told(server) == ["!fallback:test"]
        assert ME not in trap.joined


# -- commands ------------------------------------------------------------------------------------------------


async def test_an_admin_who_was_removed_while_their_command_travelled_has_no_say(tmp_path: Path) -> None:
    server = town()
    async with stage(tmp_path, server, KNOWN) as here:
        await begun(here)
        lobby = at(server, "!lobby:test")
        server.post(lobby, ADA, "!city chicago")
        lobby.admins.clear()
        server.post(lobby, MIA, f"#swshelp {WORDS}")
        await here.settle()
        assert told(server) == ["!fallback:test"]


async def test_a_supporter_who_was_taken_off_the_roster_answers_no_case(tmp_path: Path) -> None:
    server = town()
    nyc = at(server, "!nyc:test")
    nyc.admins = {*nyc.admins, *nyc.joined}
    server.join(nyc, ADA)
    async with stage(tmp_path, server, KNOWN) as here:
        await begun(here)
        server.post(at(server, "!lobby:test"), MIA, f"#swshelp #nyc {WORDS}")
        await here.settle()
        server.post(nyc, SOL, f"!supporters remove {ADA}")
        await here.settle()
        card = next(event.id for event in nyc.events if WORDS in event.text)
        server.post(nyc, ADA, "!reply send me your address", thread=card)
        server.post(nyc, ADA, "send me your address", reply_to=card)
        await here.settle()
        assert told(server, "send me your address") == []
        server.post(nyc, SOL, "!reply we are here", thread=card)
        await here.settle()
        assert told(server, "we are here") == ["!chat:test"]


@pytest.mark.parametrize("trust", [Trust.INJECTED, Trust.UNBOUND])
async def test_what_somebody_else_may_have_written_is_told_to_nobody(tmp_path: Path, trust: Trust) -> None:
    server = town()
    async with stage(tmp_path, server, KNOWN) as here:
        await begun(here)
        for name in ("!cafe:test", "!chat:test"):
            server.post(at(server, name), MIA, f"#swsdoxx #nyc {WORDS}", trust=trust)
        await here.settle()
        assert told(server) == []
        assert server.calls["remove"] == 0


# -- edits and removals by others ----------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["!cafe:test", "!chat:test", "!lobby:test"])
async def test_nobody_adds_to_somebody_elses_case_by_editing_their_message(
    tmp_path: Path, place: str
) -> None:
    """From another room, where the homeserver does not know the message and cannot say whose it is."""
    server = town()
    async with stage(tmp_path, server, KNOWN) as here:
        await begun(here)
        post = server.post(at(server, "!lobby:test"), MIA, f"#swshelp #nyc {WORDS}")
        await here.settle()
        server.post(at(server, place), EVE, "all is well, stop", edits=post)
        await here.settle()
        assert "all is well" not in "".join(at(server, "!nyc:test").texts())


async def test_what_others_remove_was_said_all_the_same(tmp_path: Path) -> None:
    server = town()
    async with stage(tmp_path, server, KNOWN) as here:
        await begun(here)
        lobby = at(server, "!lobby:test")
        post = server.post(lobby, MIA, f"#swsdanger #nyc {WORDS}")
        server.delete(lobby, ADA, post)
        server.delete(at(server, "!nyc:test"), ADA, EventId(server.post(at(server, "!nyc:test"), SOL, "x")))
        await here.settle()
        assert told(server) == ["!nyc:test"]


# -- names that look like others -----------------------------------------------------------------------------

LOOK_ALIKES = {
    "cyrillic": "сһісаgo",
    "one cyrillic letter": "chicаgo",
    "greek": "chιcago",
    "full width": "ｃｈｉｃａｇｏ",
    "an accent": "chicágo",
    "a letter of no width": "chi\u200bcago",
    "joined by nothing": "chi\u200dcago",
    "right to left": "\u202eogacihc",
    "the other way round": "ogacihc",
    "a mark that hides": "c\u0336hicago",
}


@pytest.mark.parametrize("tag", LOOK_ALIKES.values(), ids=LOOK_ALIKES.keys())
async def test_a_tag_that_looks_like_a_city_leads_to_that_city_or_the_fallback_and_to_no_third(
    tmp_path: Path, tag: str
) -> None:
    server = town()
    async with stage(tmp_path, server, KNOWN) as here:
        await begun(here)
        server.post(at(server, "!lobby:test"), MIA, f"#swshelp #{tag} {WORDS}")
        await here.settle()
        assert told(server) in (["!chicago:test"], ["!fallback:test"])


@pytest.mark.parametrize("tag", ["swsdоxx", "swsdoхх", "ѕwѕdoxx", "\u202exxodsws"])
async def test_a_tag_that_only_looks_like_a_category_opens_no_case(tmp_path: Path, tag: str) -> None:
    server = town()
    async with stage(tmp_path, server, KNOWN) as here:
        await begun(here)
        server.post(at(server, "!lobby:test"), MIA, f"#{tag} #nyc {WORDS}")
        await here.settle()
        assert told(server) == []


async def test_no_alias_that_looks_like_another_city_leads_reports_astray(tmp_path: Path) -> None:
    server = town()
    async with stage(tmp_path, server, KNOWN) as here:
        await begun(here)
        lobby = at(server, "!lobby:test")
        server.post(lobby, ADA, "!city alias chicago nус")
        server.post(lobby, MIA, f"#swshelp #nус {WORDS}")
        await here.settle()
        assert told(server) == ["!fallback:test"]
