"""What one decision may know of the person it is about: their chats, their cases, what they chose and did."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.cases import is_open, is_talk
from bot.core.model import Consent, Language, Millis, UserId
from bot.core.view import PersonView, RoomView
from bot.loops.surroundings import Knowledge
from bot.store import alerts, cases, checkins, consents, people, waiting
from bot.store.database import Transaction


async def view(tx: Transaction, person: UserId, knowledge: Knowledge, now: Millis) -> PersonView:
    """Of most people there is nothing but a chat and a case or two: what is not there is not asked for."""
    chats = await people.private_chats(tx, person)
    theirs = await cases.all_of(tx, person)
    open_ = tuple(case for case in theirs if is_open(case))
    over = (case for case in theirs if not is_open(case) and is_talk(case))
    kept = await people.kept_in(tx, person)
    asked = await people.city_asked_of(tx, person, now) if "asked_cities" in kept else None
    return PersonView(
        person=person,
        language=language_among(chats, knowledge.language),
        private_chat=chats[0].room if chats else None,
        asked_city=None if asked is None else asked.case,
        waiting_files=await waiting.of(tx, person, now) if "waiting_files" in kept else (),
        check_in=await checkins.running(tx, person) if "check_ins" in kept else None,
        consent=await consents.of(tx, person) if "consents" in kept else Consent.SUPPORTERS,
        alarm_word=await checkins.alarm_word(tx, person) if "alarm_words" in kept else None,
        alerts=await alerts.of_cases(tx, [case.card.case for case in theirs]),
        case=next((case for case in open_ if is_talk(case)), None),
        cases=open_,
        closed=max(over, key=lambda case: case.moved, default=None),
        acts=await people.acts(tx, person, now) if "acts" in kept else {},
    )


async def language_of(tx: Transaction, person: UserId, usual: Language) -> Language:
    """What they chose in a private chat; the choice goes with them into a newer one."""
    return language_among(await people.private_chats(tx, person), usual)


def language_among(chats: Sequence[RoomView], usual: Language) -> Language:
    """The same, their private chats at hand, the newest first."""
    return next((chat.chosen for chat in chats if chat.chosen), usual)
