"""Sends an approved alert into one community room, if it may go there at this moment; and removes it."""

from __future__ import annotations

from bot.core.alerts import IN_PUBLIC, Alert, AlertPost, begun
from bot.core.effects import PostAlert
from bot.core.model import CaseName, EventId, RoomId
from bot.core.phrases import Line, Phrase
from bot.core.results import Done, Refused, Why
from bot.core.spans import HOUR
from bot.loops.agreed import agreed_to_alert
from bot.loops.looking import language_in, supporters
from bot.loops.surroundings import Surroundings
from bot.ports import Forbidden, Gone, TryAgainLater
from bot.store import alerts, leaving, rooms
from bot.store.database import Transaction


async def post(effect: PostAlert, around: Surroundings) -> Done | Refused:
    """The gate: asked right before each room; then written down that from now on it may stand there."""
    async with around.database.transaction() as tx:
        alert = await alerts.by_name(tx, effect.alert)
        if alert is None or alert.state not in IN_PUBLIC or alert.underway != effect.room:
            return Refused(Why.GONE)
        if not await _has_a_team(tx, alert, around) or not await agreed_to_alert(tx, alert):
            return Refused(Why.NOT_AGREED)
        await alerts.keep(tx, begun(alert, effect.room), around.clock.now())
        language = await language_in(tx, effect.room, around.knowledge())
    words = around.voice.alert(alert, (alert.until - alert.at) // HOUR, language)
    event = await around.chat.announce(effect.room, words, _key(effect.alert, effect.room, around))
    return Done(event, effect.room)


async def _has_a_team(tx: Transaction, alert: Alert, around: Surroundings) -> bool:
    """What nobody is left to retract goes nowhere any more: its room, one of its city, or the fallback."""
    now, fallback = supporters(await rooms.standing(tx), around.knowledge()), around.knowledge().fallback
    serving = [room.room for room in now.rooms if set(room.cities) & set(alert.cities)]
    return any(now.rosters.get(room) for room in (alert.room, *serving, fallback) if room is not None)


async def retract(name: CaseName, around: Surroundings) -> Done:
    """After a crash it is found again, with what still stands, and finished. No room waits for another."""
    async with around.database.transaction() as tx:
        alert = await alerts.by_name(tx, name)
    if alert is None:
        return Done()
    late: TryAgainLater | None = None
    reached = True
    for each in alert.posts:
        try:
            reached &= await _remove(name, each, around)
        except TryAgainLater as later:
            late = later
    if late is not None:
        raise late
    async with around.database.transaction() as tx:
        if not reached and alert.case is not None:
            await leaving.beyond(tx, alert.case, around.clock.now())
        await alerts.drop(tx, name)
    await around.database.scrub()
    return Done()


async def _remove(name: CaseName, post: AlertPost, around: Surroundings) -> bool:
    """Returns whether it is gone: not in a room that put us out."""
    try:
        event = post.event or await _without_words(name, post.room, around)
        await around.chat.remove(post.room, event, around.database.seal.key("alert gone", event))
    except Forbidden:
        return False
    except Gone:
        pass  # and with it whatever stood there
    return True


async def _without_words(name: CaseName, room: RoomId, around: Surroundings) -> EventId:
    """Said again under the same key it is the same event, if we were ended right after it was sent."""
    async with around.database.transaction() as tx:
        language = await language_in(tx, room, around.knowledge())
    words = around.voice.spoken((Line(Phrase.ALERT_TAKEN_BACK),), language)
    return await around.chat.say(room, words, _key(name, room, around))


def _key(name: CaseName, room: RoomId, around: Surroundings) -> str:
    """The alert's own, so that whoever removes it knows under which it may have been sent."""
    return around.database.seal.key("alert", name, room)
