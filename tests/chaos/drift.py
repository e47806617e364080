"""A supporter room drifts between two posts: the next goes elsewhere, stewards know, and repair is enough."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from bot.matrix.wire import path
from tests.chaos.identities import reset, touch_device
from tests.chaos.proxy import QUERY, Fault
from tests.chaos.scene import Scene, until
from tests.chaos.tally import Eyes

WITHIN = 20.0
PAUSED = re.compile("holding (back (its )?cases|cases back)")
Step = Callable[[Scene], Awaitable[object]]


def _sets(kind: str, key: str, value: str) -> Step:
    async def step(scene: Scene) -> None:
        await scene.sam.set_state(scene.nyc, kind, {key: value})

    return step


def _about_lee(deed: str) -> Step:
    async def step(scene: Scene) -> None:
        await scene.sam._ask("POST", path("rooms", scene.nyc, deed), {"user_id": scene.lee.user})

    return step


async def _stranger_enters(scene: Scene) -> None:
    await _about_lee("invite")(scene)
    await scene.lee.join(scene.nyc)


def _bot_has_level(level: int) -> Step:
    async def step(scene: Scene) -> None:
        await scene.sam.set_power(scene.nyc, scene.bot.user, level)

    return step


async def _ana_is_another(scene: Scene) -> None:
    await reset(scene.ana)


async def _sam_vouches(scene: Scene) -> None:
    await scene.sam.write(scene.nyc, f"!trust {scene.ana.user}")
    await scene.sam.see(scene.nyc, "I take the identity they show next", scene.bot.user)


async def _ana_is_nobody(scene: Scene) -> None:
    scene.proxy.nobody = scene.ana.user
    scene.proxy.play(Fault.NO_IDENTITY, QUERY)
    await touch_device(scene.ana)


async def _ana_is_back(scene: Scene) -> None:
    scene.proxy.calm()
    await touch_device(scene.ana)
    # Once this is answered the bot has asked about her again.
    await scene.sam.write(scene.nyc, "!roomcheck")
    await scene.sam.see(scene.nyc, "It is safe: I can put cases here", scene.bot.user)


async def _upgrade(scene: Scene) -> None:
    where = path("rooms", scene.nyc, "upgrade")
    told = await scene.sam._ask("POST", where, {"new_version": "12"})
    await scene.sams_eyes.look()
    scene.nyc = str(told["replacement_room"])


async def _confirm_successor(scene: Scene) -> None:
    """What a room admin and a steward do; from here on the new room is New York City's."""
    sam, rosa, bot = scene.sam, scene.rosa, scene.bot.user
    await sam._ask("POST", path("rooms", scene.nyc, "invite"), {"user_id": bot})
    await sam.wait_for_member(scene.nyc, bot)
    await sam.see(scene.nyc, "Hello", bot)
    await sam.write(scene.nyc, "!serve nyc")
    chat = next(each.room for each in rosa.seen.values() if PAUSED.search(each.body))
    asked = await rosa.see(chat, f"The room {scene.nyc} asks", bot)
    await rosa.write(chat, f"!confirm {asked.body.split('!confirm ')[1].split('`')[0]}")
    await sam.see(scene.nyc, "A steward has confirmed", bot)
    scene.sams_eyes = Eyes(sam, scene.nyc, told=scene.sams_eyes.told)


async def _silence(scene: Scene) -> None:
    levels = await scene.sam._ask("GET", path("rooms", scene.nyc, "state", "m.room.power_levels", ""))
    await scene.sam.set_state(scene.nyc, "m.room.power_levels", {**levels, "events_default": 10})


async def _unsilence(scene: Scene) -> None:
    levels = await scene.sam._ask("GET", path("rooms", scene.nyc, "state", "m.room.power_levels", ""))
    await scene.sam.set_state(scene.nyc, "m.room.power_levels", {**levels, "events_default": 0})


DRIFTS: dict[str, tuple[Step, Step]] = {
    "turns public": (
        _sets("m.room.join_rules", "join_rule", "public"),
        _sets("m.room.join_rules", "join_rule", "invite"),
    ),
    "opens its history": (
        _sets("m.room.history_visibility", "history_visibility", "shared"),
        _sets("m.room.history_visibility", "history_visibility", "joined"),
    ),
    "lets guests in": (
        _sets("m.room.guest_access", "guest_access", "can_join"),
        _sets("m.room.guest_access", "guest_access", "forbidden"),
    ),
    "asks a stranger in": (_about_lee("invite"), _about_lee("kick")),
    "gains a stranger": (_stranger_enters, _about_lee("kick")),
    "silences the bot": (_silence, _unsilence),
    "lowers the bot": (_bot_has_level(-1), _bot_has_level(0)),
    "holds a supporter with another identity": (_ana_is_another, _sam_vouches),
    "holds a supporter whose identity is gone": (_ana_is_nobody, _ana_is_back),
    "is upgraded": (_upgrade, _confirm_successor),
}


async def drift(scene: Scene, name: str) -> None:
    """Fails when a post reaches the room while it is not safe, or when stewards hear nothing."""
    goes_wrong, is_repaired = DRIFTS[name]
    told_before = _alerts(scene)
    await goes_wrong(scene)
    await _steward_hears(scene, told_before)
    while_unsafe = await scene.newcomer_posts()
    assert await scene.all_arrived(), f"a post is lost when a supporter room {name}"
    assert while_unsafe not in scene.sams_eyes.told, f"a post reached a supporter room that {name}"
    await is_repaired(scene)
    when_repaired = await scene.newcomer_posts()
    assert await scene.all_arrived()
    assert when_repaired in scene.sams_eyes.told, "after its repair the room does not serve again"


def _alerts(scene: Scene) -> int:
    return sum(PAUSED.search(each.body) is not None for each in scene.rosa.seen.values())


async def _steward_hears(scene: Scene, before: int) -> None:
    if not before:
        await until(lambda: bool(scene.rosa.invited), "the steward's private chat", WITHIN)
        await scene.rosa.accept_from(scene.bot.user)
    await until(lambda: _alerts(scene) > before, "the steward to be told", WITHIN)
