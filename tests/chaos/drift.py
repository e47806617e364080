"""A supporter room drifts between two posts: the next goes elsewhere, stewards know, and repair is enough."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from bot.matrix.wire import path
from tests.chaos.scene import Scene, until

WITHIN = 20.0
PAUSED = re.compile("holding back (its )?cases")
Step = Callable[[Scene], Awaitable[object]]


def _sets(kind: str, key: str, value: str) -> Step:
    async def step(scene: Scene) -> None:
        await scene.sam.set_state(scene.nyc, kind, {key: value})

    return step


def _about_lee(deed: str) -> Step:
    async def step(scene: Scene) -> None:
        await scene.sam._ask("POST", path("rooms", scene.nyc, deed), {"user_id": scene.lee.user})

    return step


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
    "silences the bot": (_silence, _unsilence),
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
