"""We promise that a check finds what is wrong, says how to mend it, and names no person."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot import checkup
from bot.checkup import WHY, Row, State
from bot.cli.check import lines
from bot.config import Settings, load
from bot.core.model import History, JoinRule, RoomFacts, RoomId, RoomKind, SupporterRoom, Unsafe, UserId
from bot.core.view import RoomView
from bot.matrix.survey import Identity, SeenRoom, Signed
from bot.store.glance import Known
from bot.store.rooms import Standing
from tests.stage import KEY, NYC

ME, ANA, BO = UserId("@bot:example.org"), UserId("@ana:example.org"), UserId("@bo:example.org")
ROOM = RoomId("!abc:example.org")
SAFE = RoomFacts(
    encrypted=True,
    join_rule=JoinRule.INVITE,
    history=History.JOINED,
    guests=False,
    joined=frozenset({ME, ANA}),
    invited=frozenset(),
    replaced=False,
    may_remove=True,
    may_speak=True,
    may_repair=True,
)
CONFIG = """\
homeserver: https://matrix.example.org
user_id: "@bot:example.org"
data_dir: data
stewards: ["@rosa:example.org"]
"""
CITIES = "cities: {nyc: {name: New York City}, newark: {name: Newark}}\n"


@dataclass
class Rooms:
    """What a homeserver would show of each room."""

    seen: dict[RoomId, SeenRoom]

    async def room(self, id_: RoomId) -> SeenRoom | None:
        return self.seen.get(id_)


def settings(folder: Path, more: str = "") -> Settings:
    (folder / "config.yaml").write_text(CONFIG + more)
    return load(folder / "config.yaml")


def known(*people: UserId, rooms: tuple[RoomView, ...] = ()) -> Known:
    return Known(Standing((), {ROOM: frozenset(people)}, {}, ()), rooms, {})


def judged(facts: RoomFacts | None, about: Known | None) -> Row:
    """The row of a supporter room of New York City."""
    seen = {} if facts is None else {ROOM: SeenRoom("Team", facts, ours=False)}
    room = SupporterRoom(ROOM, (NYC,))
    return asyncio.run(checkup._supporter_room(room, about, Rooms(seen), ME))  # type: ignore[arg-type]


# -- supporter rooms --------------------------------------------------------------------------------


def test_every_reason_to_call_a_room_unsafe_comes_with_a_fix() -> None:
    assert set(WHY) == set(Unsafe)
    assert all(says and fix for says, fix in WHY.values())


def test_a_safe_room_is_called_safe() -> None:
    row = judged(SAFE, known(ANA))
    said = "serves nyc; safe; people in it: 1"
    assert row == Row("supporter room !abc:example.org (Team)", State.GOOD, said)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (replace(SAFE, encrypted=False), Unsafe.NOT_ENCRYPTED),
        (replace(SAFE, join_rule=JoinRule.PUBLIC), Unsafe.NOT_INVITE_ONLY),
        (replace(SAFE, history=History.SHARED), Unsafe.HISTORY_OPEN),
        (replace(SAFE, guests=True), Unsafe.GUESTS),
        (replace(SAFE, joined=frozenset({ME, ANA, BO})), Unsafe.STRANGER),
        (replace(SAFE, invited=frozenset({BO})), Unsafe.STRANGER),
        (replace(SAFE, changed=frozenset({ANA})), Unsafe.IDENTITY_CHANGED),
        (replace(SAFE, unpinned=frozenset({ANA})), Unsafe.IDENTITY_MISSING),
        (replace(SAFE, replaced=True), Unsafe.REPLACED),
        (replace(SAFE, joined=frozenset({ME})), Unsafe.NOBODY_THERE),
        (replace(SAFE, may_speak=False), Unsafe.NOT_THERE),
        (None, Unsafe.NOT_THERE),
    ],
)
def test_a_room_that_is_not_safe_is_a_fault_with_its_own_fix(facts: RoomFacts | None, why: Unsafe) -> None:
    row = judged(facts, known(ANA))
    says, fix = WHY[why]
    assert row.state is State.FAULT
    assert says in row.says
    assert fix in row.fix
    assert "@ana" not in row.says + row.fix


def test_everything_that_is_wrong_with_a_room_is_named_at_once() -> None:
    row = judged(replace(SAFE, encrypted=False, guests=True, history=History.SHARED), known(ANA))
    for why in (Unsafe.NOT_ENCRYPTED, Unsafe.GUESTS, Unsafe.HISTORY_OPEN):
        assert WHY[why][0] in row.says
        assert WHY[why][1] in row.fix


def test_before_the_first_run_a_good_room_only_waits_to_be_confirmed() -> None:
    assert judged(SAFE, None).state is State.CARE
    assert judged(replace(SAFE, guests=True), None).state is State.FAULT


def test_rooms_of_the_file_come_before_rooms_of_the_chat_and_are_named_once(tmp_path: Path) -> None:
    other = RoomId("!other:example.org")
    here = settings(
        tmp_path,
        CITIES
        + 'supporter_rooms: {"!abc:example.org": {cities: [nyc]}}\nfallback_room: "!abc:example.org"\n',
    )
    chat = Standing((SupporterRoom(ROOM, ()), SupporterRoom(other, (NYC,))), {}, {}, ())
    found = checkup._supporter_rooms(here, Known(chat, (), {}))
    assert sorted(room.room for room in found) == sorted([ROOM, other])
    assert {room.room: room.cities for room in found}[ROOM] == (NYC,)


# -- community rooms ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cities", "may_remove", "state", "fix"),
    [
        ((NYC,), True, State.GOOD, ""),
        ((), True, State.CARE, "a room admin writes `!city`"),
        ((NYC,), False, State.CARE, "make the bot a moderator"),
    ],
)
def test_a_community_room_needs_a_city_and_a_moderator(
    tmp_path: Path, cities: tuple[str, ...], may_remove: bool, state: State, fix: str
) -> None:
    seen = SeenRoom(None, replace(SAFE, may_remove=may_remove), ours=False)
    view = RoomView(ROOM, RoomKind.COMMUNITY, cities=cities)  # type: ignore[arg-type]
    row = checkup._community_room(ROOM, seen, known(rooms=(view,)), settings(tmp_path, CITIES).atlas)
    assert row.state is state
    assert row.fix.startswith(fix)
    assert row.what == "community room !abc:example.org"


# -- identity, disk, lists -----------------------------------------------------------------------------


@pytest.mark.parametrize("signed", [each for each in Signed if each is not Signed.YES])
def test_a_device_that_clients_do_not_believe_is_a_fault(signed: Signed) -> None:
    [row] = checkup._identity(Identity(signed, 0))
    assert row.state is State.FAULT
    assert row.fix.startswith("sws-bot login")


def test_an_unsigned_neighbour_is_told_beside_a_good_identity() -> None:
    good, care = checkup._identity(Identity(Signed.YES, 2))
    assert (good.state, care.state) == (State.GOOD, State.CARE)
    assert "2 unsigned" in care.says


@pytest.mark.parametrize(
    ("free", "state"), [(10**12, State.GOOD), (500 * 10**6, State.CARE), (10**6, State.FAULT)]
)
def test_a_disk_that_fills_up_is_told_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: State
) -> None:
    class Usage:
        def __init__(self, _: Path) -> None:
            self.free = free

    monkeypatch.setattr("shutil.disk_usage", Usage)
    assert checkup._disk(tmp_path / "not" / "there" / "yet").state is state


def test_a_data_dir_that_others_can_read_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    row = checkup._disk(tmp_path)
    assert (row.state, row.fix) == (State.CARE, f"chmod 700 {tmp_path}")


def test_a_broken_resource_list_is_a_fault_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text("schema: 1\nentries: no\n")
    row = checkup._resources(settings(tmp_path, "resources: ours.yaml\n"))
    assert row.state is State.FAULT
    assert "line 2" in row.says
    assert row.fix == f"sws-bot resources check {tmp_path / 'ours.yaml'}"


def test_what_the_configuration_leaves_open_is_a_care_and_no_fault(tmp_path: Path) -> None:
    rows = {row.what: row for row in checkup._on_this_machine(settings(tmp_path, CITIES))}
    assert rows["fallback room"].state is State.CARE
    assert rows["city newark"].state is State.CARE
    assert rows["configuration"].says == "2 cities, 0 supporter rooms"
    assert State.FAULT not in {row.state for row in rows.values()}


async def test_without_a_login_the_homeserver_is_not_asked(tmp_path: Path) -> None:
    rows = await checkup.check(settings(tmp_path), KEY, "once")
    assert rows[-1].what == "login"
    assert rows[-1].fix == "sws-bot login"
    assert not (tmp_path / "data").exists()


# -- on the screen ---------------------------------------------------------------------------------------


def test_a_row_fits_a_terminal_and_its_fix_stands_beneath() -> None:
    shown = list(lines(Row("a room", State.FAULT, "it is not encrypted; " * 12, "turn it on; " * 15)))
    assert shown[0].startswith("FAIL  a room: it is not encrypted;")
    assert all(len(line) <= 110 for line in shown)
    assert sum("->" in line for line in shown) == 1
    assert all(line.startswith("      ") for line in shown[1:])


def test_a_good_row_is_one_line() -> None:
    assert list(lines(Row("disk", State.GOOD, "plenty"))) == ["ok    disk: plenty"]
