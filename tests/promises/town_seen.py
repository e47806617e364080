"""What stands in a town's rooms: each word only where it belongs, once, and nothing that was taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from bot.core.model import EventId, RoomId, UserId
from bot.loops.casenames import FIRST, SECOND
from tests.promises.town import Kind, Town, Words, is_card, ours, serial
from tests.promises.town_days import NAME, name_on
from tests.wire import ME, Room, Sent


@dataclass
class Case:
    """A case as the rooms show it: every card it ever had, and what hangs on these."""

    name: str
    cards: dict[EventId, RoomId] = field(default_factory=dict)
    events: list[tuple[Room, Sent]] = field(default_factory=list)
    """All that the bot sent about it, in whatever room."""
    worker: UserId | None = None
    """Whose words stand in it; None: they took back all of them."""

    def stands(self) -> bool:
        return any(event.id in self.cards and not event.removed for _, event in self.events)


class Seen:
    """Everything the bot ever sent in a town, put in order."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.by_word = {each.word: each for each in town.said}
        self.words = re.compile(rf"{town.names.word}\d+x")
        self.roots = {
            card.id: (room, card) for room in town.supporter_rooms() for card in town.cards(room.id)
        }

    def everywhere(self) -> Iterator[tuple[Room, Sent]]:
        for room in self.town.server.rooms.values():
            for event in ours(room):
                yield room, event

    def said_in(self, event: Sent) -> list[Words]:
        """Whose words an event of ours holds. A word that nobody wrote is an error."""
        return [self.by_word[word] for word in self.words.findall(event.text)]

    def stands(self, room: Room, event: Sent) -> bool:
        """Where the bot could remove it."""
        return not event.removed and ME in room.joined

    def places(self, each: Words) -> list[tuple[Room, Sent]]:
        return self._places.get(each.word, [])

    @cached_property
    def _places(self) -> dict[str, list[tuple[Room, Sent]]]:
        found: dict[str, list[tuple[Room, Sent]]] = {}
        for room, event in self.everywhere():
            for word in self.words.findall(event.text):
                found.setdefault(word, []).append((room, event))
        return found

    @cached_property
    def cases(self) -> dict[str, Case]:
        cases: dict[str, Case] = {}
        for room, card in self.roots.values():
            case = cases.setdefault(name_on(card.text), Case(name_on(card.text)))
            case.cards[card.id] = room.id
        of_event: dict[EventId, Case] = {}
        for room, event in sorted(self.everywhere(), key=lambda found: serial(found[1].id)):
            case_ = self._case_of(event, cases, of_event)
            if case_ is not None:
                of_event[event.id] = case_
                case_.events.append((room, event))
                authors = {
                    each.author for each in self.said_in(event) if each.kind in (Kind.PRIVATE, Kind.POST)
                }
                assert len(authors | {case_.worker} - {None}) <= 1, "a case is one worker's"
                case_.worker = next(iter(authors), case_.worker)
        return cases

    def _case_of(self, event: Sent, cases: dict[str, Case], before: dict[EventId, Case]) -> Case | None:
        if event.edits in before:
            return before[event.edits]
        card = event.id if event.id in self.roots else event.thread
        if card is None:
            replies = [each for each in self.said_in(event) if each.kind is Kind.REPLY]
            card = replies[0].thread if replies else None
        return cases[name_on(self.roots[card][1].text)] if card in self.roots else None

    def case_of(self, card: EventId | None, room: RoomId) -> Case | None:
        """The case on whose card something was done: only in the room of that card."""
        if card not in self.roots or self.roots[card][0].id != room:
            return None
        return self.cases[name_on(self.roots[card][1].text)]


def at_rest(town: Town) -> None:
    """All that must be true whenever the bot did what there was to do."""
    seen = Seen(town)
    for each in town.said:
        places = seen.places(each)
        _only_where_it_belongs(each, places, seen)
        _once(each, places, seen)
        _gone_when_taken_back(each, places, seen)
    _no_word_is_lost(seen)
    _what_went_is_gone(seen)
    _nobody_is_named(seen)
    _names_say_nothing(seen)


# -- where a word may stand ------------------------------------------------------------------------


def _only_where_it_belongs(each: Words, places: list[tuple[Room, Sent]], seen: Seen) -> None:
    town = seen.town
    if each.kind in (Kind.TALK, Kind.KEPT):
        assert places == [], f"{each.kind} was for nobody"
    for room, event in places:
        if each.kind is Kind.REPLY:
            case = seen.case_of(each.thread, each.room)
            assert case is not None, "a reply in another room's thread reaches nobody"
            assert case.worker in (None, _owner(room, town))
        elif each.kind is Kind.NOTE:
            case = seen.case_of(each.thread, each.room)
            assert case is not None
            assert room.id in case.cards.values()
        elif room.id not in (town.home[each.author], town.fallback):
            assert each.author == town.names.workers[0], "only New York City has a neighbour"
            assert room.id == town.chicago
            _was_pressed(event, seen)


def _owner(room: Room, town: Town) -> UserId | None:
    """Whose private chat it is."""
    return next((person for person in town.names.workers if room in town.chats(person)), None)


def _was_pressed(event: Sent, seen: Seen) -> None:
    """A neighbour gets what its own team has not claimed, and is told so."""
    case = next(case for case in seen.cases.values() if any(event is each for _, each in case.events))
    card = next(each for _, each in case.events if case.cards.get(each.id) == seen.town.chicago)
    assert "have not claimed it in time" in card.text


def _once(each: Words, places: list[tuple[Room, Sent]], seen: Seen) -> None:
    """Told once in each room that has it; an edit or a card made anew stands in the old one's place."""
    standing = [room for room, event in places if event.edits is None and not event.removed]
    assert len(standing) == len({room.id for room in standing}), "told twice"
    if each.kind is Kind.REPLY:  # in another chat once more, when the worker left before it was written down
        assert sum(ME in room.joined for room in standing) <= 1, "passed on twice"


def _gone_when_taken_back(each: Words, places: list[tuple[Room, Sent]], seen: Seen) -> None:
    if each.event in seen.town.deleted and each.kind not in (Kind.POST, Kind.NOTE):
        assert not [event for room, event in places if seen.stands(room, event)], (
            "deleted here, removed there"
        )


def _no_word_is_lost(seen: Seen) -> None:
    last = {each.event: each for each in seen.town.said if each.kind is not Kind.KEPT}
    for each in last.values():
        if (
            each.kind in (Kind.PRIVATE, Kind.POST)
            and each.event not in seen.town.deleted
            and not each.excused
        ):
            assert seen.places(each), "no word is lost"


# -- what goes -------------------------------------------------------------------------------------


def _what_went_is_gone(seen: Seen) -> None:
    """By its worker's wish or on its last day: of a case that goes nothing stays within the bot's reach."""
    town = seen.town
    taken = {
        name_on(event.text)
        for room in town.supporter_rooms()
        for event in ours(room)
        if "took it back. I remove" in event.text
    }
    for case in seen.cases.values():
        if case.name in taken or not case.stands():
            left = [event for room, event in case.events if seen.stands(room, event)]
            assert left == [], f"of {case.name}, which went, nothing stands"
    for person in town.names.workers:
        forgotten = _last(town, person, "!forget")
        there = any(deed.at == forgotten and person in town.room(deed.room).joined for deed in town.deeds)
        for each in town.said:
            if each.author == person and each.at < forgotten:
                left = [event for room, event in seen.places(each) if seen.stands(room, event)]
                assert left == [], "of a worker who is forgotten nothing stands"
        done = "I removed everything"
        assert not there or forgotten <= _heard(seen, person, done), "whoever is forgotten hears of it"
        answers = ("It is taken back", "there is nothing to take back", done)
        assert _last(town, person, "!withdraw") <= _heard(seen, person, *answers), "so does who takes back"


def _last(town: Town, person: UserId, what: str) -> int:
    """When somebody last did this; 0: never."""
    return max((deed.at for deed in town.deeds if (deed.person, deed.what) == (person, what)), default=0)


def _heard(seen: Seen, person: UserId, *sentences: str) -> int:
    """When a worker was last told one of these."""
    events = (event for room in seen.town.chats(person) for event in ours(room))
    told = (serial(event.id) for event in events if any(each in event.text for each in sentences))
    return max(told, default=0)


def nothing_stands(town: Town) -> None:
    """Weeks later no word of anybody is left where the bot could remove it."""
    seen = Seen(town)
    for room, event in seen.everywhere():
        if seen.stands(room, event):
            assert not seen.said_in(event)
            assert not is_card(event)


# -- who is named ----------------------------------------------------------------------------------


def _nobody_is_named(seen: Seen) -> None:
    """Supporters read of no worker, workers of no supporter and no case, nobody of a room or an event."""
    town = seen.town
    local = {person: person.partition(":")[0].removeprefix("@") for person in town.names.people()}
    supporters = [local[person] for person in town.names.supporters]
    workers = [local[person] for person in town.names.workers]
    for room in town.server.rooms.values():
        if room.id == town.steward:
            continue
        text = "\n".join(event.text for event in ours(room))
        secrets = workers if room.id in town.teams else [*workers, *supporters]
        for secret in (*secrets, town.names.mark):
            assert secret not in text
        names = set(seen.cases) & set(NAME.findall(text))
        assert names == _of_room(room, seen), "a case's name is known in its own rooms"


def _of_room(room: Room, seen: Seen) -> set[str]:
    return {name for name, case in seen.cases.items() if room.id in case.cards.values()}


def _names_say_nothing(seen: Seen) -> None:
    """Two words of the lists, and in all this time no two cases have the same."""
    begun: dict[str, EventId] = {}
    for case in seen.cases.values():
        first, second = case.name.split("-")
        assert first in FIRST
        assert second in SECOND
        for card in case.cards:
            for each in seen.said_in(seen.roots[card][1]):
                if each.kind in (Kind.PRIVATE, Kind.POST):
                    assert begun.setdefault(case.name, each.event) == each.event, "a name is not given twice"
