"""What people of the town do, drawn by lot: they write, edit, delete, claim, chatter, step back and wait."""

from __future__ import annotations

import random
import re

from bot.core.model import EventId, RoomId, UserId
from bot.core.spans import DAY, MINUTE
from tests.promises.town import Kind, Town, Words, ours
from tests.wire import ME

WAITS = (1, 4, 11, 11, 25, 70, 13 * 60, 26 * 60, 5 * 24 * 60)
"""Minutes."""
LONGEST = 35 * DAY
"""So much time passes at most while people do things: a name that was drawn is not free again before."""
NAME = re.compile(r"\b[a-z]+-[a-z]+\b")
BY_NAME = ("!claim", "!release", "!close", "!reopen", "!postpone", "!reply", "!note")
NOBODYS = "zesty-zither"
"""A name that no case bears, unless it is drawn."""


class Days:
    """Draws what happens next. The lots are the same in every town; what they fall on is there already."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.began = town.clock.time
        self.acts = 0
        self._acts = (
            *6 * (self.report,),
            *6 * (self.work,),
            *3 * (self.edit,),
            *2 * (self.delete,),
            *2 * (self.chatter,),
            *3 * (self.wait,),
            self.board,
            self.step_back,
            self.share,
            self.come_or_go,
        )

    @property
    def dice(self) -> random.Random:
        return self.town.dice

    def act(self) -> None:
        self.acts += 1
        self.dice.choice(self._acts)()

    # -- workers -----------------------------------------------------------------------------------------

    def _worker(self) -> tuple[UserId, RoomId]:
        """One of them, in a private chat."""
        person = self.dice.choice(self.town.names.workers)
        return person, self.town.chat(person) or self.town.come(person)

    def report(self) -> None:
        """Words in private, sometimes of a new kind or with their own name; now and then a post."""
        town, (person, chat) = self.town, self._worker()
        city = town.city[person]
        if self.dice.random() < 0.2:
            tag = self.dice.choice(("#swshelp", "#swsharassment", "#swsdanger", "#swsdoxx"))
            town.say(town.lobby, person, f"{tag} {city}", Kind.POST)
            return
        tag = self.dice.choice(("", "", "", city, f"#swsharassment {city}", f"#swsfyi {city}"))
        name = self.dice.choice(("", "", f" I am {person}"))
        heard = [event.id for event in ours(town.room(chat))]
        answered = self.dice.choice(heard) if heard and self.dice.random() < 0.2 else None
        town.say(chat, person, tag + name, Kind.PRIVATE, reply_to=answered)

    def step_back(self) -> None:
        """What a worker can take back, or ask, about all that is theirs."""
        person, chat = self._worker()
        does = self.dice.choice(("!status", "!status", "!withdraw", "!withdraw", "!forget"))
        self.town.do(person, chat, does)
        if does != "!status":
            self.town.stepped_back.add(person)
        if does == "!forget":
            self.town.share_nothing.discard(person)

    def share(self) -> None:
        """Not in the moment of being forgotten: what was agreed goes with all else, and they are told so."""
        person, chat = self._worker()
        since = self.town.rested_at
        if any(d.at > since and d.person == person and d.what == "!forget" for d in self.town.deeds):
            return
        if person in self.town.share_nothing:
            self.town.do(person, chat, "!share supporters")
            self.town.share_nothing.discard(person)
        else:
            self.town.do(person, chat, "!share nobody")
            self.town.share_nothing.add(person)
        self.town.stepped_back.add(person)

    def come_or_go(self) -> None:
        """Somebody leaves the private chat, or is there again."""
        person = self.dice.choice(self.town.names.workers)
        chat = self.town.chat(person)
        if chat is None or self.dice.random() < 0.2:
            self.town.come(person)
        else:
            self.town.server.leave(self.town.room(chat), person)

    # -- supporters --------------------------------------------------------------------------------------

    def _card(self) -> tuple[UserId, RoomId, EventId] | None:
        """A supporter, one of their rooms, and a card: mostly one of that room."""
        supporter = self.dice.choice(self.town.names.supporters)
        room = self.dice.choice([name for name, team in self.town.teams.items() if supporter in team])
        somewhere = self.dice.choice((room, room, room, *self.town.teams))
        cards = self.town.cards(somewhere)
        return (supporter, room, self.dice.choice(cards[-6:]).id) if cards else None

    def work(self) -> None:
        """A supporter does something about a case, in its thread."""
        town, found = self.town, self._card()
        if found is None:
            return
        supporter, room, card = found
        other = self.dice.choice(town.names.supporters)
        own_name = self.dice.choice(("", "", f" ask for {supporter}"))
        does = self.dice.choice(
            (
                "hand",
                "!claim",
                "!release",
                "!handoff",
                "!close",
                "!reopen",
                "!note",
                "answer",
                *3 * ("!reply",),
            )
        )
        match does:
            case "hand":
                town.raise_hand(supporter, room, card)
            case "!reply":
                town.say(room, supporter, does + own_name, Kind.REPLY, card)
            case "answer":
                town.say(room, supporter, "well" + own_name, Kind.REPLY, reply_to=card)
            case "!note":
                town.say(room, supporter, does, Kind.NOTE, card)
            case "!handoff":
                town.do(supporter, room, f"{does} {other}", card)
            case _:
                town.do(supporter, room, does, card)

    def chatter(self) -> None:
        """Among themselves: in the room, in a thread, as an answer to something else than a card."""
        town, found = self.town, self._card()
        if found is None:
            return
        supporter, room, card = found
        cards = {each.id for each in town.cards(room)}
        said = [event.id for event in town.room(room).events if event.id not in cards]
        where = self.dice.choice(("room", "thread", "answer"))
        thread = card if where == "thread" else None
        answered = self.dice.choice(said) if said and where == "answer" else None
        town.say(room, supporter, "between us", Kind.TALK, thread, answered)

    def board(self) -> None:
        """What is open here; or a case is named that may be anybody's, or nobody's, outside its thread."""
        town, supporter = self.town, self.dice.choice(self.town.names.supporters)
        room = self.dice.choice([name for name, team in town.teams.items() if supporter in team])
        names = [name_on(card.text) for place in town.teams for card in town.cards(place)]
        by_name = f"{self.dice.choice(BY_NAME)} {self.dice.choice((NOBODYS, *names))}"
        town.do(supporter, room, self.dice.choice(("!cases", "!cases waiting", by_name, by_name)))

    # -- everybody ---------------------------------------------------------------------------------------

    def _within_reach(self) -> list[Words]:
        """What its author may still change, where the bot hears of it."""
        town = self.town
        return [
            each
            for each in town.said
            if each.event not in town.deleted
            and each.kind is not Kind.POST
            and {each.author, ME} <= town.room(each.room).joined
        ]

    def edit(self) -> None:
        """Chatter may be edited into a command, too: that passes nothing on."""
        theirs = self._within_reach()
        if theirs:
            chosen = self.dice.choice(theirs[-12:])
            command = {Kind.REPLY: "!reply", Kind.NOTE: "!note", Kind.TALK: self.dice.choice(("", "!reply"))}
            self.town.change(chosen, command.get(chosen.kind, ""))

    def delete(self) -> None:
        theirs = self._within_reach()
        if theirs:
            self.town.delete(self.dice.choice(theirs[-12:]))

    def wait(self) -> None:
        length = self.dice.choice(WAITS) * MINUTE
        if self.town.clock.time + length < self.began + LONGEST:
            self.town.pass_time(length)


def name_on(card: str) -> str:
    found = NAME.search(card)
    assert found is not None
    return found[0]
