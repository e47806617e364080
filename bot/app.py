"""Builds every part and starts the loops; the only file that knows everything."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from bot import ports, reload
from bot.config import Settings
from bot.core.decide import decide as decide_on
from bot.core.decide import passes_by, questions
from bot.core.resources import Library
from bot.core.takedown import Desk
from bot.document import Misconfigured
from bot.lists import RESOURCES, ResourceFile
from bot.logs import LogJournal, guard_loop
from bot.loops.ahead import ahead
from bot.loops.catch_up import catch_up
from bot.loops.decide import Core, decide
from bot.loops.deliver import deliver
from bot.loops.forget import forget
from bot.loops.patience import LISTENING, back_off
from bot.loops.receive import receive
from bot.loops.supervise import AtStop, Loop, Place, supervise
from bot.loops.surroundings import Knowledge, Surroundings
from bot.machine import MachineClock, MachineRandomness
from bot.matrix import session
from bot.matrix.chat import MatrixChat
from bot.matrix.session import Session
from bot.playbook import load_takedown
from bot.ports import Chat, Clock, Forbidden, Gone, Journal, Pins, Randomness, TryAgainLater
from bot.store.database import Database
from bot.store.people import StoredPins
from bot.systemd import Systemd
from bot.texts.catalogue import Shipped
from bot.texts.voice import Voice

T = TypeVar("T")
STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class Parts(Struct, frozen=True):
    """What is the same for a start, a check and a test."""

    settings: Settings
    store_key: bytes
    journal: Journal
    clock: Clock
    randomness: Randomness

    def today(self) -> date:
        """By which "last checked" is judged stale; a few hours more or less make no difference."""
        return datetime.fromtimestamp(self.clock.now() / 1000, UTC).date()


async def run(settings: Settings, store_key: bytes, journal: LogJournal, systemd: Systemd) -> None:
    """The bot, until SIGTERM or SIGINT.

    Raises `Misconfigured`, `NotLoggedIn`, `StoreFault`, `StoreInUse` and `LoggedOut`, which the operator must
    mend, and `NotProven` when the encrypted round trip fails.
    """
    parts = Parts(settings, store_key, journal, MachineClock(), MachineRandomness())
    guard_loop(journal, asyncio.get_running_loop())
    starting = asyncio.current_task()
    _on_stop(lambda: starting.cancel() if starting else None)
    try:
        async with _opened(parts) as (around, chat, lists):
            beat = _Beat(journal, systemd)
            _on_stop(partial(_stop, around, systemd, beat))
            await supervise(around, _loops(around, lists, beat, chat.prove))
    except asyncio.CancelledError:
        # Stopped before the loops ran: there was nothing in hand yet.
        systemd.stopping()
    journal.event("stopped")


@asynccontextmanager
async def _opened(parts: Parts) -> AsyncIterator[tuple[Surroundings, MatrixChat, ResourceFile]]:
    """What must be there before the first message: lists, words, store, login."""
    lists = ResourceFile(parts.settings.resources or RESOURCES)
    desk = load_takedown()
    catalogues = Shipped()
    try:
        login = _session(parts.settings, parts.store_key)
        database = await Database.open(parts.settings.data_dir, parts.store_key)
    except OSError as fault:
        raise Misconfigured(f"data_dir {parts.settings.data_dir} cannot be used: {fault.strerror}") from fault
    try:
        pins = StoredPins(database, parts.clock)
        await pins.load()
        chat = await _patiently(parts, partial(_chat, parts, login, pins))
        try:
            voice = Voice(catalogues, lambda: parts.settings.atlas, lambda: lists.last, desk, parts.today)
            yield _surroundings(parts, database, chat, voice, pins, lists, desk), chat, lists
        finally:
            await chat.close()
    finally:
        await database.close()


def _session(settings: Settings, store_key: bytes) -> Session:
    """The login this machine holds, at the homeserver's address as it is configured now."""
    login = session.read(settings.data_dir, store_key)
    if login.user != settings.user_id:
        raise Misconfigured(
            "data_dir holds a login of another account than user_id: give this one its own data_dir"
        )
    return replace(login, homeserver=settings.homeserver)


async def _chat(parts: Parts, login: Session, pins: Pins) -> MatrixChat:
    chat = MatrixChat(login, parts.settings.data_dir, pins, parts.clock, parts.journal)
    try:
        await chat.open()
    except (Forbidden, Gone) as refused:
        raise Misconfigured(
            "homeserver answers, but not as the bot's homeserver: compare it with the file"
        ) from refused
    return chat


async def _patiently(parts: Parts, deed: Callable[[], Awaitable[T]]) -> T:
    """A homeserver that does not answer at start-up is waited for."""
    tries = 0
    while True:
        try:
            return await deed()
        except TryAgainLater as later:
            parts.journal.event("waiting_for_homeserver", tries=tries)
            jitter = parts.randomness.jitter()
            await parts.clock.sleep(back_off(tries, jitter, most=LISTENING, asked=later.after))
            tries += 1


def _surroundings(
    parts: Parts,
    database: Database,
    chat: Chat,
    voice: ports.Voice,
    pins: Pins,
    lists: ResourceFile,
    desk: Desk,
) -> Surroundings:
    settings = parts.settings

    # Asked for many times a report: nothing in it changes but the list.
    @lru_cache(maxsize=1)
    def with_list(library: Library) -> Knowledge:
        return Knowledge(
            me=settings.user_id,
            atlas=settings.atlas,
            library=library,
            desk=desk,
            stewards=settings.stewards,
            invites_from=settings.invites_from,
            listed=settings.supporter_rooms,
            fallback=settings.fallback_room,
            language=settings.language,
            spans=settings.spans,
        )

    def knowledge() -> Knowledge:
        return with_list(lists.last)

    return Surroundings(database, chat, voice, pins, parts.clock, parts.randomness, parts.journal, knowledge)


class _Beat:
    """Ready after the first sync that was written down, when nothing that is said is missed, and once it is
    proven that we are heard; alive with each sync."""

    def __init__(self, journal: Journal, systemd: Systemd) -> None:
        self._journal = journal
        self._systemd = systemd
        self._synced = self._ready = False
        self._proven = False
        self.proven_or_stopping = asyncio.Event()

    def synced(self) -> None:
        self._synced = True
        self._perhaps_ready()
        self._systemd.alive()

    def heard_ourselves(self) -> None:
        self._proven = True
        self.proven_or_stopping.set()
        self._perhaps_ready()

    def _perhaps_ready(self) -> None:
        if self._synced and self._proven and not self._ready:
            self._ready = True
            self._systemd.ready()
            self._journal.event("ready")


def _loops(
    around: Surroundings, lists: ResourceFile, beat: _Beat, prove: Callable[[], Awaitable[None]]
) -> tuple[Loop, ...]:
    return (
        Loop(Place.PROVE, partial(_prove, beat, prove), AtStop.DROP),
        Loop(Place.RECEIVE, partial(receive, around, passes_by, beat.synced), AtStop.DROP),
        Loop(Place.CATCH_UP, partial(catch_up, around), AtStop.DROP),
        Loop(Place.DECIDE, partial(decide, around, Core(questions, decide_on, passes_by))),
        Loop(Place.DELIVER, partial(_once_proven, beat, partial(deliver, around))),
        Loop(Place.AHEAD, partial(_once_proven, beat, partial(ahead, around)), AtStop.DROP),
        Loop(Place.FORGET, partial(forget, around)),
        Loop(Place.RELOAD, partial(reload.watch, around, lists), AtStop.DROP),
    )


async def _prove(beat: _Beat, prove: Callable[[], Awaitable[None]]) -> None:
    """Beside the first sync, which may take longer."""
    await prove()
    beat.heard_ourselves()


async def _once_proven(beat: _Beat, loop: Callable[[], Awaitable[None]]) -> None:
    """Nothing is told that nobody could read; and what is done ahead of it would only delay the proof."""
    await beat.proven_or_stopping.wait()
    await loop()


def _on_stop(do: Callable[[], object]) -> None:
    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, do)


def _stop(around: Surroundings, systemd: Systemd, beat: _Beat) -> None:
    systemd.stopping()
    around.journal.event("stopping")
    around.bells.stop()
    beat.proven_or_stopping.set()
