"""Receipts in a town, in the order of the homeserver's events: nothing is promised before it is done."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.core.model import RoomId, UserId
from tests.promises.town import Kind, Town, ours, serial
from tests.promises.town_seen import Case, Seen
from tests.wire import Sent

CLAIMED = re.compile(r"(@\S+) has (?:(\S+) now[.,]|(\S+) from now on)")
PASSED_ON = ("✅ The worker has it", "I put this into the worker's private chat")
PUBLIC = re.compile(
    r"Supporters are on it|Supporters (?:of [^.]+ )?have this\.|report (?:for [^.]+ )?reached supporters"
)


def receipts_are_true(town: Town) -> None:
    """Each thing said of a deed has a deed of its own before it."""
    seen = Seen(town)
    for case in seen.cases.values():
        _replies(case, seen)
        _claims(case, seen)
    for person in town.names.workers:
        _tellings(person, seen)
        _steps(person, seen)
    _in_public(seen)


def _each_after_its_own(said: Iterable[int], done: Iterable[int], what: str) -> None:
    """The first saying after the first deed, the second after the second, and so on."""
    deeds = sorted(done)
    for number, at in enumerate(sorted(said)):
        assert len(deeds) > number and deeds[number] < at, f"said before it was done: {what}"  # noqa: PT018


def _when(events: Iterable[Sent], *sentences: str) -> list[int]:
    """How often, and when, one of these was said."""
    return [serial(e.id) for e in events for each in sentences for _ in range(e.text.count(each))]


# -- to supporters ----------------------------------------------------------------------------------------


def _replies(case: Case, seen: Seen) -> None:
    """ "The worker has it": once for each time that words of a supporter came into the worker's chat."""
    teams = seen.town.teams
    said = _when((event for room, event in case.events if room.id in teams), *PASSED_ON)
    passed = [(r, e) for r, e in case.events if r.id not in teams and _has(Kind.REPLY, e, seen)]
    _each_after_its_own(said, [serial(event.id) for _, event in passed], f"a reply in {case.name}")
    if case.stands():
        assert len(said) >= sum(seen.stands(*each) for each in passed), "whoever replies hears of it"


def _has(kind: Kind, event: Sent, seen: Seen) -> bool:
    return any(each.kind is kind for each in seen.said_in(event))


def _claims(case: Case, seen: Seen) -> None:
    """Who "has it now" said so, or was named by who had it, in a thread of this case in this room."""
    for room, event in case.events:
        for claim in CLAIMED.finditer(event.text):
            person, name = UserId(claim[1]), claim[2] or claim[3]
            assert name == case.name
            assert person in seen.town.teams[room.id]
            ways = {"!claim", "hand", f"!claim {name}"} if claim[2] else {f"!handoff {person}"}
            assert any(
                deed.what in ways
                and (deed.person == person or claim[3])
                and deed.room == room.id
                and deed.at < serial(event.id)
                and (seen.case_of(deed.card, deed.room) is case or name in deed.what)
                for deed in seen.town.deeds
            ), "nobody has a case who did not claim it there"


# -- to workers -------------------------------------------------------------------------------------------


def _tellings(person: UserId, seen: Seen) -> None:
    """Supporters "have it" once their room has a card with it, and "this too" once the thread has it."""
    town = seen.town
    theirs = [case for case in seen.cases.values() if case.worker in (None, person)]
    for room, sentences in _who_has_it(town).items():
        cards = [serial(card) for case in theirs for card, place in case.cards.items() if place == room]
        for chat in town.chats(person):  # who left before it was written down hears it in the next one again
            _each_after_its_own(_when(ours(chat), *sentences), cards, f"{person}: {room} has it")
    more = [
        serial(event.id)
        for case in theirs
        for room, event in case.events
        if room.id in town.teams and event.id not in case.cards and event.edits not in case.cards
        if any(each.author == person for each in seen.said_in(event))
    ]
    for chat in town.chats(person):
        _each_after_its_own(_when(ours(chat), "upporters have this too"), more, "further words")


def _who_has_it(town: Town) -> dict[RoomId, tuple[str, ...]]:
    """Sentences by which a worker is told that one team has their words."""

    def of_city(city: str) -> tuple[str, ...]:
        return f"upporters of {city} have what you wrote", f"I asked supporters of {city} too"

    fallback = (
        "Supporters have what you wrote",
        "supporters have what you wrote now",
        "I asked the fallback team too",
    )
    return {town.nyc: of_city("New York City"), town.chicago: of_city("Chicago"), town.fallback: fallback}


def _steps(person: UserId, seen: Seen) -> None:
    """That a case is closed, open again or looked after is said after somebody did that."""
    town = seen.town
    theirs = {case.name for case in seen.cases.values() if case.worker in (None, person)}

    def deeds(*ways: str) -> list[int]:
        return [
            deed.at
            for deed in town.deeds
            for way in ways
            if deed.what.split()[0] == way
            for case in (seen.case_of(deed.card, deed.room),)
            if (case is not None and case.name in theirs) or theirs & set(deed.what.split())
        ]

    own = [each.at for each in town.said if each.author == person]
    for chat in town.chats(person):
        heard = ours(chat)
        _each_after_its_own(_when(heard, "Supporters have closed your case"), deeds("!close"), "a closing")
        _each_after_its_own(_when(heard, "is open again"), [*deeds("!reopen"), *own], "an opening")
        for at in _when(heard, "a supporter is looking after it"):
            assert min(deeds("!claim", "hand", "!handoff"), default=at) < at, "nobody looks after it"


# -- to everybody -----------------------------------------------------------------------------------------


def _in_public(seen: Seen) -> None:
    """The community room hears that supporters have a post after they have it."""
    town = seen.town
    public = ours(town.room(town.lobby))
    posts = [
        (place, serial(card))
        for case in seen.cases.values()
        for card, place in case.cards.items()
        if _has(Kind.POST, seen.roots[card][1], seen)
    ]
    said = [serial(event.id) for event in public if PUBLIC.search(event.text)]
    _each_after_its_own(said, [at for _, at in posts], "a post")
    for room, city in ((town.nyc, "New York City"), (town.chicago, "Chicago")):
        sentences = (f"Supporters of {city} have this", f"A danger report for {city} reached supporters")
        _each_after_its_own(_when(public, *sentences), [at for place, at in posts if place == room], city)
