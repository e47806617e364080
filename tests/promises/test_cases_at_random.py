"""We promise that whatever order things happen in, no case crosses rooms and no receipt lies.

Two workers and three supporters of two teams write, edit, delete, claim, answer and close in an order
drawn by lot, while the bot is ended and started again; then everything that stands in every room is read.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.core.model import EventId, RoomId, Trust, UserId
from tests.promises.stories import BOTH, CHICAGO_ROOM, FALLBACK, LOBBY, NYC_ROOM, before
from tests.stage import HandClock, Stage, knowledge, stage
from tests.wire import ME, Homeserver, Room, Sent

MIA, TOM, SOL, KIM, LEE = (f"@{name}:test" for name in ("mia", "tom", "sol", "kim", "lee"))
CHATS = {MIA: RoomId("!mia:test"), TOM: RoomId("!tom:test")}
TEAM = {SOL: NYC_ROOM, KIM: NYC_ROOM, LEE: CHICAGO_ROOM}
CITY = {MIA: "#nyc", TOM: "#chicago"}
HOME = {MIA: NYC_ROOM, TOM: CHICAGO_ROOM}
ROUNDS = 60


@dataclass
class Words:
    """Something somebody wrote, known by a word that is in nothing else."""

    word: str
    room: RoomId
    event: EventId
    author: str
    kind: str
    edits: list[str] = field(default_factory=list)
    deleted: bool = False


@dataclass
class Town:
    """What people did, in one order of many."""

    dice: random.Random
    server: Homeserver = field(default_factory=Homeserver)
    said: list[Words] = field(default_factory=list)
    drawn: int = 0

    def begin(self) -> None:
        """The bot has been there before: what comes now is news to it."""
        before(self.server)
        for person, name in CHATS.items():
            self.server.invite_bot(self.server.room(name, person), person, direct=True)
        for name in (NYC_ROOM, CHICAGO_ROOM):
            team = (UserId(person) for person, room in TEAM.items() if room == name)
            self.server.rooms[name].joined = {ME, *team}

    def word(self) -> str:
        self.drawn += 1
        return f"w{self.drawn}x"

    def act(self) -> None:
        self.dice.choice((*3 * (self.report,), *3 * (self.work,), *2 * (self.edit,), self.delete))()

    def say(self, room: RoomId, author: str, text: str, kind: str, thread: EventId | None = None) -> None:
        word = self.word()
        event = self.server.post(self.server.rooms[room], author, f"{text} {word}", thread=thread)
        self.said.append(Words(word, room, event, author, kind))

    def report(self) -> None:
        """Words in private, sometimes of a new kind; now and then a post or a tip in the lobby."""
        person = self.dice.choice((MIA, TOM))
        city = CITY[person]
        tag = self.dice.choice(("", "", "", city, f"#swsharassment {city}", f"#swsfyi {city}"))
        if self.dice.random() < 0.2:
            self.say(LOBBY, person, f"#swshelp {city}", "post")
        else:
            self.say(CHATS[person], person, tag, "private")

    def work(self) -> None:
        """A supporter does something with a case: mostly one of their own room."""
        supporter = self.dice.choice((SOL, KIM, LEE))
        room = TEAM[supporter]
        somewhere = self.dice.choice((room, room, room, *HOME.values()))
        cards = [e for e in self.server.rooms[somewhere].events if is_card(e)]
        if not cards:
            return
        card = self.dice.choice(cards).id
        other = self.dice.choice((SOL, KIM, LEE))
        words = ("!claim", "!release", f"!handoff {other}", "!close", "!reopen", *3 * ("!reply",))
        does = self.dice.choice(("hand", *words))
        if does == "hand":
            self.server.react(self.server.rooms[room], supporter, card)
        elif does == "!reply":
            self.say(room, supporter, "!reply", "reply", card)
        else:
            self.say(room, supporter, does, "talk", card)

    def edit(self) -> None:
        theirs = [each for each in self.said if not each.deleted and each.kind in ("private", "reply")]
        if theirs:
            chosen = self.dice.choice(theirs)
            chosen.edits.append(self.word())
            text = f"{'!reply ' if chosen.kind == 'reply' else ''}{chosen.edits[-1]}"
            self.server.post(self.server.rooms[chosen.room], chosen.author, text, edits=chosen.event)

    def delete(self) -> None:
        theirs = [each for each in self.said if not each.deleted and each.kind in ("private", "reply")]
        if theirs:
            chosen = self.dice.choice(theirs)
            chosen.deleted = True
            self.server.delete(self.server.rooms[chosen.room], chosen.author, chosen.event)


def is_card(event: Sent) -> bool:
    return event.sender == ME and event.text.startswith("Case ") and event.edits is None


def ours(room: Room) -> list[Sent]:
    return [event for event in room.events if event.sender == ME]


async def _first_words(town: Town, bot: Stage) -> None:
    await bot.settle()
    town.begin()
    await bot.settle()
    for person, chat in CHATS.items():
        town.say(chat, person, CITY[person], "private")
    await bot.settle()


async def live(town: Town, folder: Path, seed: int) -> None:
    """The bot among them: ended at many moments, in the middle of things, and at last left to finish."""
    known, clock = knowledge(BOTH, FALLBACK), HandClock()
    acts = ROUNDS
    while acts:
        async with stage(folder, town.server, known, clock=clock, seed=seed + acts) as bot:
            await bot.start()
            if acts == ROUNDS:
                await _first_words(town, bot)
            for _ in range(min(acts, town.dice.randrange(1, 9))):
                town.act()
                acts -= 1
                for _ in range(town.dice.randrange(3)):
                    await bot._step()
                    await bot.sync()
    async with stage(folder, town.server, known, clock=clock, seed=seed) as bot:
        await bot.start()
        await bot.settle(200)


@pytest.mark.parametrize("seed", range(12))
async def test_no_order_of_things_puts_a_word_where_it_does_not_belong(seed: int, tmp_path: Path) -> None:
    town = Town(random.Random(seed))
    await live(town, tmp_path, seed)
    rooms = town.server.rooms
    for each in town.said:
        for word in (each.word, *each.edits):
            places = [(room, e) for room in rooms.values() for e in ours(room) if word in e.text]
            _only_where_it_belongs(each, places, town)
    _nobody_is_named(town)
    _every_receipt_is_true(town)


def _only_where_it_belongs(each: Words, places: list[tuple[Room, Sent]], town: Town) -> None:
    if each.kind == "talk":
        assert places == []
    for room, event in places:
        if each.kind == "reply":
            assert room.joined | room.invited in ({ME, MIA}, {ME, TOM})
            assert UserId(MIA if HOME[MIA] == TEAM[each.author] else TOM) in room.joined
        else:
            assert room.id in (HOME[each.author], FALLBACK)
        if each.deleted and each.kind != "post":
            assert event.removed, "what was deleted is removed on the other side"
    if each.kind in ("private", "post") and not each.deleted:
        shown = [text for room in town.server.rooms.values() for text in room.texts()]
        assert any([each.word, *each.edits][-1] in text for text in shown), "no word is lost"


def _nobody_is_named(town: Town) -> None:
    for room in town.server.rooms.values():
        text = "\n".join(event.text for event in ours(room))
        people = room.joined | room.invited
        for person in (MIA, TOM, SOL, KIM, LEE):
            if person not in people or person in (MIA, TOM):
                assert person not in text
        for secret in (*CHATS.values(), LOBBY, "$event"):
            assert secret not in text


def _every_receipt_is_true(town: Town) -> None:
    """ "The worker has it" stands only behind words that stand in the worker's chat, and as often."""
    for name in (NYC_ROOM, CHICAGO_ROOM):
        room = town.server.rooms[name]
        receipts = sum("The worker has it" in event.text for event in ours(room))
        theirs = [each for each in town.said if each.kind == "reply" and each.room == name]
        replies = [each.word for each in theirs]
        edits = [word for each in theirs for word in each.edits]
        passed = sum(
            any(word in event.text for word in (*replies, *edits))
            for chat in town.server.rooms.values()
            for event in ours(chat)
            if chat.id not in (NYC_ROOM, CHICAGO_ROOM, FALLBACK)
        )
        assert receipts == passed
        claims = [text.splitlines()[0] for text in room.texts() if text.startswith("Case ")]
        assert len(claims) == len({claim.split(":")[0] for claim in claims}), "one card for each case"


async def test_two_claims_in_one_breath_make_one_claimer(tmp_path: Path) -> None:
    for first, second in ((SOL, KIM), (KIM, SOL)):
        town = Town(random.Random(1))
        server, folder = town.server, tmp_path / first[1:4]
        async with stage(folder, server, knowledge(BOTH, FALLBACK)) as bot:
            await _first_words(town, bot)
            nyc = server.rooms[NYC_ROOM]
            card = next(event for event in nyc.events if is_card(event))
            server.post(nyc, first, "!claim", thread=card.id)
            server.react(nyc, second, card.id)
            await bot.settle()
            (shown,) = [text for text in nyc.texts() if text.startswith("Case ")]
            assert shown.splitlines()[0].endswith(f"With {first}")
            assert sum(f"{first} has" in text and "already" in text for text in nyc.texts()) == 1
            assert not any(f"{second} has" in text for text in nyc.texts())


async def test_a_forged_claim_by_message_does_nothing(tmp_path: Path) -> None:
    town = Town(random.Random(2))
    async with stage(tmp_path, town.server, knowledge(BOTH, FALLBACK)) as bot:
        await _first_words(town, bot)
        nyc = town.server.rooms[NYC_ROOM]
        card = next(event for event in nyc.events if is_card(event))
        for trust in set(Trust) - {Trust.SIGNED}:
            town.server.post(nyc, SOL, "!claim", thread=card.id, trust=trust)
        await bot.settle()
        (shown,) = [text for text in nyc.texts() if text.startswith("Case ")]
        assert shown.splitlines()[0].endswith("Waiting")
