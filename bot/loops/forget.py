"""Removes what is past its last day; names every table, why it is kept and until when."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import Final

from msgspec import Struct

from bot.core.effects import ForgetCase, Plan
from bot.core.model import Millis
from bot.core.retention import gone
from bot.core.spans import OPEN_AT_MOST
from bot.loops.forgetting import rewritten
from bot.loops.order import Rank
from bot.loops.person_views import language_of
from bot.loops.supervise import Place, attempt
from bot.loops.surroundings import Surroundings
from bot.store import cases, checkins, free_names, leaving, outbox, sweep, timers
from bot.store.database import Transaction

HOUR: Final = Millis(60 * 60 * 1000)
DAY: Final = Millis(24 * HOUR)
OFTEN: Final = Millis(60_000)


class Ends(StrEnum):
    """What else than time ends the keeping of a row."""

    WITH_THE_STORE = "with the store"
    """Holds nothing about anybody."""
    DONE = "done"
    """It goes as soon as its work is done; the last day is for what could not be done."""
    LEFT = "left"
    """It goes when the bot leaves the room or is told otherwise there."""


class Kept(Struct, frozen=True):
    """One table: what it is for, what ends it, and so long a row is kept at most."""

    table: str
    why: str
    ends: Ends
    at_most: Millis | None = None


def _days(count: int) -> Millis:
    return Millis(count * DAY)


KEPT: Final = (
    Kept("about", "proves that the store key fits; when the file was last written anew", Ends.WITH_THE_STORE),
    Kept("bookmark", "how far the homeserver's news was read", Ends.WITH_THE_STORE),
    Kept("seen", "so that nothing is told twice; ids cannot be read back", Ends.DONE, _days(30)),
    Kept("inbox", "what was said and is not decided on yet, sealed", Ends.DONE, _days(30)),
    Kept("outbox", "what is to be said and could not be yet, sealed", Ends.DONE, _days(30)),
    Kept("results", "what came of the first half of something half done", Ends.DONE, _days(30)),
    Kept("undecrypted", "messages whose key is missing, in case it comes", Ends.DONE, _days(7)),
    Kept("asides", "what was shown of rooms that could not be read yet, sealed", Ends.DONE, _days(7)),
    Kept("invitations", "rooms that asked the bot in", Ends.DONE, _days(30)),
    Kept("rooms", "what a room's admins set up, and whose private chat a room is", Ends.LEFT, _days(400)),
    Kept("rosters", "who may be in a supporter room", Ends.LEFT),
    Kept("aliases", "other names of cities, as room admins set them", Ends.LEFT),
    Kept("serve_requests", "rooms that wait for a steward's word", Ends.DONE, _days(14)),
    Kept("cases", "cases and who is to hear about them, until their last day, sealed", Ends.DONE, _days(92)),
    Kept("sources", "whose words went into which case, so that a deletion is followed", Ends.DONE, _days(92)),
    Kept("copies", "which of our events hold them, so that they can be removed", Ends.DONE, _days(92)),
    Kept("underway", "what of a case may stand without our knowing it, by its key", Ends.DONE, _days(92)),
    Kept("leaving", "cases that are being removed, or partly stand out of our reach", Ends.DONE, _days(92)),
    Kept(
        "spent_names",
        "so that a case name is not used again soon; cannot be read",
        Ends.DONE,
        _days(90),
    ),
    Kept("alerts", "what supporters wrote for community rooms, and where it stands", Ends.DONE, _days(92)),
    Kept("asked_cities", "that somebody was asked which city they mean", Ends.DONE, _days(2)),
    Kept("check_ins", "who is to be asked if they are all right, and words left for it", Ends.DONE, _days(2)),
    Kept("shifts", "supporters who said that they are available", Ends.DONE, Millis(DAY // 2)),
    Kept("consents", "whether somebody wants nobody to read what they write", Ends.DONE, _days(400)),
    Kept("alarm_words", "the word by which somebody calls for help unseen, sealed", Ends.DONE, _days(400)),
    Kept("waiting_files", "files that wait for their sender's yes: address and key, sealed", Ends.DONE, DAY),
    Kept("acts", "how often somebody asked for something, for rate limits", Ends.DONE, HOUR),
    Kept("pins", "each person's identity as first seen, to notice a changed one", Ends.LEFT, _days(400)),
    Kept("timers", "things to come back to, counted from their time", Ends.DONE, _days(30)),
)
"""A test compares this with the tables there are."""


async def forget(around: Surroundings) -> None:
    """Until stopped: a look every hour, and no deleted words left in SQLite's journal meanwhile."""
    swept = Millis(0)
    while not around.bells.stopping:
        now = around.clock.now()
        if now - swept >= HOUR:
            await attempt(around.journal, Place.FORGET, partial(once, around))
            swept = now
        await around.database.scrub()
        await around.bells.forget.heard(OFTEN)


async def once(around: Surroundings) -> None:
    """Everything past its last day goes, and once a day the file is written anew from what stays.

    Words that reached nobody in all that time are journalled.
    """
    now = around.clock.now()
    async with around.database.transaction() as tx:
        await timers.come_due(tx, now)  # first: after a long absence nothing may go that waits to be done
        await checkins.renew(tx, now)
        await free_names.spend_living(tx, now)
        await _left_behind(tx, now, around)
        rewrite = not 0 <= now - await sweep.last_rewriting(tx) < DAY
        gone = {
            kept.table: await sweep.older(tx, kept.table, Millis(now - kept.at_most))
            for kept in KEPT
            if kept.at_most is not None
        }
    for table in ("inbox", "outbox", "undecrypted", "asides"):
        if gone[table]:
            around.journal.event(f"unsaid_{table}", count=gone[table])
    around.bells.inbox.ring()
    around.bells.outbox.ring()
    if rewrite:
        await rewritten(around)  # if not, an hour later
    await around.database.scrub()


async def _left_behind(tx: Transaction, now: Millis, around: Surroundings) -> None:
    """Cases that nobody could be told in all that time, and our messages about cases that are gone."""
    for case in await cases.never_told(tx, Millis(now - OPEN_AT_MOST)):
        language = await language_of(tx, case.person, around.knowledge().language)
        await leaving.begin(tx, case.card.case, now)  # a look an hour later says it no second time
        await outbox.file(tx, f"forget {now}", gone(case, language), Rank.ANSWER, None, now)
    for name in await leaving.left_behind(tx):
        plan = Plan(f"goes {name}", (ForgetCase(name),))
        await outbox.file(tx, f"forget {now}", plan, Rank.ANSWER, None, now)
