"""Looks at everything a running bot depends on, and says of each fault how to mend it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from bot.config import Settings
from bot.core.audience import faults
from bot.core.cities import Atlas
from bot.core.model import CitySlug, RoomFacts, RoomId, RoomKind, SupporterRoom, Unsafe, UserId
from bot.document import Misconfigured
from bot.lists import RESOURCES, load_resources
from bot.matrix import session
from bot.matrix.session import NotLoggedIn, Session
from bot.matrix.survey import Identity, Login, SeenRoom, Signed, Survey
from bot.ports import Forbidden, Gone, LoggedOut, TryAgainLater
from bot.store import glance
from bot.store.glance import Known
from bot.store.seal import StoreFault

MEGABYTE: Final = 1_000_000
LITTLE: Final = 1_000 * MEGABYTE
TOO_LITTLE: Final = 100 * MEGABYTE


class State(StrEnum):
    GOOD = "good"
    CARE = "care"
    """It works, and could be better."""
    FAULT = "fault"


class Row(Struct, frozen=True):
    """One thing that was looked at."""

    what: str
    state: State
    says: str
    fix: str = ""


WHY: Final[Mapping[Unsafe, tuple[str, str]]] = {
    Unsafe.NOT_CONFIRMED: (
        "nobody confirmed who is in it",
        "start the bot, or let a steward confirm it (`!serve` in the room)",
    ),
    Unsafe.UNKNOWN: (
        "the homeserver gave no complete answer",
        "try again; if it stays so, ask its administrator",
    ),
    Unsafe.NOT_THERE: (
        "the bot is not in it, or may not speak there",
        "invite the bot, and let it send messages",
    ),
    Unsafe.NOT_ENCRYPTED: ("it is not encrypted", "turn encryption on in the room's settings"),
    Unsafe.NOT_INVITE_ONLY: (
        "people can come in uninvited",
        "make it invite-only, or write `!roomcheck fix` in it",
    ),
    Unsafe.HISTORY_OPEN: (
        "later members could read older messages",
        "set history to members since they joined, or write `!roomcheck fix` in it",
    ),
    Unsafe.GUESTS: ("guests may come in", "forbid guests, or write `!roomcheck fix` in it"),
    Unsafe.STRANGER: (
        "somebody in it is not on the roster",
        "a room admin writes `!supporters add @user` in it, or removes them",
    ),
    Unsafe.IDENTITY_CHANGED: (
        "somebody in it shows a new identity",
        "make sure it is them, then somebody else writes `!trust @user` in it",
    ),
    Unsafe.IDENTITY_MISSING: (
        "somebody in it has no identity that people's clients can check",
        "they set up cross-signing in their client (Settings, Encryption)",
    ),
    Unsafe.REPLACED: (
        "it was replaced by a newer room",
        "take the new room instead, and let a steward confirm it",
    ),
    Unsafe.NOBODY_THERE: ("nobody is in it but the bot", "invite supporters, then `!supporters add @user`"),
}


async def check(settings: Settings, store_key: bytes, once: str) -> tuple[Row, ...]:
    """Every row, in the order in which faults should be mended. `once` is random letters."""
    rows = [*_on_this_machine(settings)]
    try:
        login = replace(session.read(settings.data_dir, store_key), homeserver=settings.homeserver)
    except NotLoggedIn as fault:
        return (*rows, Row("login", State.FAULT, str(fault), "sws-bot login"))
    known, row = await _known(settings, store_key)
    rows.append(row)
    async with Survey(login, known.pins if known else {}) as survey:
        try:
            async for row in _on_the_homeserver(settings, login, known, survey, once):
                rows.append(row)  # noqa: PERF401 - what was seen before a failure stays
        except TryAgainLater as fault:
            rows.append(Row("homeserver", State.FAULT, str(fault), "compare `homeserver`; is it running?"))
        except (Forbidden, Gone, LoggedOut) as fault:
            rows.append(Row("homeserver", State.FAULT, str(fault), "compare `homeserver` and `user_id`"))
    return tuple(rows)


# -- on this machine --------------------------------------------------------------------------------------


def _on_this_machine(settings: Settings) -> Iterator[Row]:
    served = {city for room in settings.supporter_rooms for city in room.cities}
    says = f"{len(settings.atlas)} cities, {len(settings.supporter_rooms)} supporter rooms"
    yield Row("configuration", State.GOOD, says)
    if settings.fallback_room is None:
        yield Row(
            "fallback room",
            State.CARE,
            "none: cases of unknown cities, or while a room is not safe, are held",
            "make a supporter room for it and name it under `fallback_room`",
        )
    yield _resources(settings)
    yield _disk(settings.data_dir)
    for city in settings.atlas:
        if city.slug not in served:
            yield Row(
                f"city {city.slug}",
                State.CARE,
                "the configuration names no supporter room for it",
                "list one under `supporter_rooms`, or write `!serve` in one",
            )


def _resources(settings: Settings) -> Row:
    path = settings.resources or RESOURCES
    try:
        library = load_resources(path)
    except Misconfigured as fault:
        return Row("resources", State.FAULT, str(fault), f"sws-bot resources check {path}")
    which = "the packaged list" if settings.resources is None else str(path)
    return Row("resources", State.GOOD, f"{which}, {len(library.entries)} entries")


def _disk(folder: Path) -> Row:
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(there).free
    says = f"{free // MEGABYTE} MB free for {folder}"
    if folder.exists() and folder.stat().st_mode & 0o077:
        return Row("disk", State.CARE, f"{folder} can be read by others", f"chmod 700 {folder}")
    if free < LITTLE:
        state = State.FAULT if free < TOO_LITTLE else State.CARE
        return Row("disk", state, says, "make room: without it, nothing can be written down")
    return Row("disk", State.GOOD, says)


async def _known(settings: Settings, store_key: bytes) -> tuple[Known | None, Row]:
    try:
        found = await glance.known(settings.data_dir, store_key)
    except StoreFault as fault:
        return None, Row("store", State.FAULT, str(fault), "see there")
    if found is None:
        return None, Row("store", State.CARE, "empty: the bot never ran here", "sws-bot run")
    chats = sum(room.kind is RoomKind.PRIVATE for room in found.rooms)
    aliases = ", ".join(f"{alias}={city}" for alias, city in sorted(found.standing.aliases.items()))
    added = f"; aliases from chat: {aliases}" if aliases else ""
    return found, Row("store", State.GOOD, f"opens; {chats} private chats{added}")


# -- on the homeserver ------------------------------------------------------------------------------------


async def _on_the_homeserver(
    settings: Settings, login: Session, known: Known | None, survey: Survey, once: str
) -> AsyncIterator[Row]:
    alive = await survey.login()
    if alive is not Login.ALIVE or login.user != settings.user_id:
        yield Row("login", State.FAULT, "the homeserver does not accept the saved login", "sws-bot login")
        return
    yield Row("login", State.GOOD, f"{settings.homeserver} knows {settings.user_id}")
    for row in _identity(await survey.identity()):
        yield row
    joined = await survey.joined()
    supporters = _supporter_rooms(settings, known)
    for room in supporters:
        yield await _supporter_room(room, known, survey, settings.user_id)
    own: RoomId | None = None
    private = {room.room for room in known.rooms if room.kind is RoomKind.PRIVATE} if known else set()
    for id_ in joined:
        if id_ in private or id_ in {room.room for room in supporters}:
            continue
        seen = await survey.room(id_)
        if seen is not None and seen.ours:
            own = id_
        elif seen is not None:
            yield _community_room(id_, seen, known, settings.atlas)
    yield await _pace(own, survey, settings, once)


def _identity(found: Identity) -> Iterator[Row]:
    match found.signed:
        case Signed.YES:
            yield Row("identity", State.GOOD, "this device is signed by the bot's own identity")
        case Signed.NO:
            yield Row(
                "identity",
                State.FAULT,
                "this device is not signed: people's clients hide what it says",
                "sws-bot login --recovery-key",
            )
        case Signed.NO_IDENTITY:
            yield Row("identity", State.FAULT, "the account has no identity", "sws-bot login")
        case Signed.NOT_SHOWN:
            yield Row("identity", State.FAULT, "the homeserver does not show this device", "sws-bot login")
    if found.unsigned_others:
        yield Row(
            "other devices",
            State.CARE,
            f"{found.unsigned_others} unsigned: some people's clients refuse to send to the bot",
            "log them out in another client of the account",
        )


def _supporter_rooms(settings: Settings, known: Known | None) -> tuple[SupporterRoom, ...]:
    """The configuration's, then those confirmed in chat, then the fallback."""
    found = {room.room: room for room in (known.standing.supporter_rooms if known else ())}
    found.update({room.room: room for room in settings.supporter_rooms})
    if settings.fallback_room is not None:
        found.setdefault(settings.fallback_room, SupporterRoom(settings.fallback_room, ()))
    return tuple(found.values())


async def _supporter_room(room: SupporterRoom, known: Known | None, survey: Survey, me: UserId) -> Row:
    seen = await survey.room(room.room)
    serves = _listed(room.cities) or "the fallback"
    what = _named("supporter room", room.room, seen)
    if seen is None:
        says, fix = WHY[Unsafe.NOT_THERE]
        return Row(what, State.FAULT, f"serves {serves}, but {says}", fix)
    roster = known.standing.rosters.get(room.room) if known else None
    wrong = faults(seen.facts, roster, me)
    if not wrong:
        return Row(what, State.GOOD, f"serves {serves}; safe; people in it: {len(seen.facts.joined) - 1}")
    says = "; ".join(WHY[each][0] for each in wrong)
    state = State.CARE if wrong == (Unsafe.NOT_CONFIRMED,) and known is None else State.FAULT
    return Row(what, state, f"serves {serves}, but {says}", "; ".join(WHY[each][1] for each in wrong))


def _community_room(id_: RoomId, seen: SeenRoom, known: Known | None, atlas: Atlas) -> Row:
    cities = next((room.cities for room in known.rooms if room.room == id_), ()) if known else ()
    says = [f"belongs to {_listed(cities)}" if cities else "belongs to no city", *_seen(seen.facts)]
    fixes = []
    if not cities and len(atlas):
        fixes.append("a room admin writes `!city` and a city in it")
    if not seen.facts.may_remove:
        fixes.append("make the bot a moderator, so that it can remove a doxx at once")
    state = State.CARE if fixes else State.GOOD
    return Row(_named("community room", id_, seen), state, "; ".join(says), "; ".join(fixes))


def _seen(facts: RoomFacts) -> Iterator[str]:
    yield "encrypted" if facts.encrypted else "not encrypted"
    yield "the bot may remove posts" if facts.may_remove else "the bot may not remove posts"
    if facts.replaced:
        yield "replaced by a newer room"


async def _pace(own: RoomId | None, survey: Survey, settings: Settings, once: str) -> Row:
    if own is None:
        return Row("rate limit", State.CARE, "not measured: the bot has no own room yet", "sws-bot run")
    if glance.running(settings.data_dir):
        return Row("rate limit", State.GOOD, "not measured: that would slow down the running bot")
    found = await survey.pace(own, once)
    if found.wait is None:
        return Row("rate limit", State.GOOD, f"took {found.accepted} messages at once")
    return Row(
        "rate limit",
        State.CARE,
        f"after {found.accepted} messages the homeserver asks to wait {found.wait / 1000:g} s",
        "its administrator can lift that for this account (override_ratelimit, see docs/operator.md)",
    )


def _listed(cities: tuple[CitySlug, ...]) -> str:
    return ", ".join(cities)


def _named(kind: str, id_: RoomId, seen: SeenRoom | None) -> str:
    return f"{kind} {id_}" + (f" ({seen.name})" if seen and seen.name else "")
