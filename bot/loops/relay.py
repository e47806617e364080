"""Keeps both sides of a case true: cards that change, a supporter's words, and what is taken back."""

from __future__ import annotations

from bot.core.cases import is_open, is_talk
from bot.core.effects import PassOn, RemoveCopy, SayPrivately, UpdateCard, UpdateOldCards
from bot.core.model import EventId, Language
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.results import Done, Refused, Why
from bot.core.speech import Quote, Whispered
from bot.core.view import CaseView
from bot.loops import ladder, private_chats, traces
from bot.loops.ladder import NotYet, Strikes
from bot.loops.looking import supporters
from bot.loops.person_views import language_of
from bot.loops.surroundings import Surroundings
from bot.loops.underway import Key
from bot.ports import Forbidden, Gone, NotSafe
from bot.store import cases, copies, people, rooms
from bot.store.copies import Copy
from bot.store.database import Transaction


async def update_card(effect: UpdateCard, key: Key, around: Surroundings, strikes: Strikes) -> Done | Refused:
    """The card shows the case as it is now. One that nobody was told yet is told as it is by then."""
    async with around.database.transaction() as tx:
        case, held = await cases.by_name(tx, effect.case), await cases.is_held(tx, effect.case)
    if case is None:
        return Refused(Why.GONE)
    if case.room is None or case.event is None:
        if held:
            return Done()
        raise NotYet
    rung = await ladder.standing_in(case.room, around)
    words = around.voice.card(case, rung.language)
    try:
        event = await ladder.retell(rung, case.event, words, key, around, strikes)
    except NotSafe:
        raise NotYet from None
    source = traces.on_card(case, key, case.room)
    await traces.note(Copy(event, case.room, effect.case, source, case.event), around)
    return Done(event, case.room)


async def update_old_cards(
    effect: UpdateOldCards, key: Key, around: Surroundings, strikes: Strikes
) -> Done | Refused:
    """Where the case was. A room that is not safe any more is not told; nobody is kept waiting by that."""
    knowledge = around.knowledge()
    async with around.database.transaction() as tx:
        case = await cases.by_name(tx, effect.case)
        serving = supporters(await rooms.standing(tx), knowledge).rooms
    if case is None:
        return Refused(Why.GONE)
    cities = next((room.cities for room in serving if room.room == case.room), ())
    for left in case.left:
        rung = await ladder.standing_in(left.room, around)
        words = around.voice.moved(case, left, cities, rung.language)
        try:
            event = await ladder.retell(rung, left.event, words, key, around, strikes)
        except NotSafe:
            continue
        quoted = any(isinstance(each, Quote) for each in words.blocks)
        source = case.original_event if quoted else traces.before(case, key, left.room)
        await traces.note(Copy(event, left.room, effect.case, source, left.event), around)
    return Done()


# -- a supporter's words ------------------------------------------------------------------------------------


async def pass_on(effect: PassOn, key: Key, around: Surroundings) -> Done | Refused:
    """Into the private chat; whether its owner ever came into it is part of the answer."""
    async with around.database.transaction() as tx:
        case = await cases.by_name(tx, effect.case)
        withdrawn = await copies.is_withdrawn(tx, effect.case, effect.source)
        before = await copies.of_source(tx, effect.case, effect.source)
        language = await _language(tx, case, around)
        several = case is not None and await _must_say_which(tx, case)
        chats = () if case is None else await people.private_chats(tx, case.person, most=1)
    if case is None:
        return Refused(Why.GONE)
    if withdrawn and not chats:
        return Refused(Why.TAKEN_BACK)
    # Taken back: without its words it is the same event, if we were ended right after it was sent.
    lines = (Line(Phrase.REPLY_FROM_SUPPORTER),) if withdrawn else _lines(effect, several=several)
    first = copies.to_change(before)
    if first is not None:
        words = around.voice.whispered(lines, language)
        done = await _change(first, effect, case, words, key, around)
    else:
        said = await private_chats.say(SayPrivately(case.person, lines, language), key, around)
        done = await _put(said, effect, None, case, around)
    return Refused(Why.TAKEN_BACK) if withdrawn else done


def _lines(effect: PassOn, *, several: bool) -> tuple[Line | Whisper, ...]:
    wordless = Whisper(Line(Phrase.PICTURE_FROM_SUPPORTER))
    said = Whisper(Line(Phrase.REPLY_FROM_SUPPORTER), quote=effect.words) if effect.words else wordless
    return (said, Line(Phrase.REPLY_HOW_TO_ANSWER)) if several else (said,)


async def _language(tx: Transaction, case: CaseView | None, around: Surroundings) -> Language:
    usual = around.knowledge().language
    return usual if case is None else await language_of(tx, case.person, usual)


async def _must_say_which(tx: Transaction, case: CaseView) -> bool:
    """What the worker answers would otherwise go to another case, or become a new one."""
    talks = [each for each in await cases.all_of(tx, case.person) if is_open(each) and is_talk(each)]
    return [each.card.case for each in talks] != [case.card.case]


async def _change(
    copy: Copy, effect: PassOn, case: CaseView, words: Whispered, key: Key, around: Surroundings
) -> Done:
    """The supporter edited what was passed on."""
    event = await key.into(
        copy.room,
        lambda under: around.chat.rewhisper(copy.room, case.person, copy.event, words, under),
    )
    return await _put(Done(event, copy.room), effect, copy.event, case, around)


async def _put(
    done: Done, effect: PassOn, edits: EventId | None, case: CaseView, around: Surroundings
) -> Done:
    """Written down, and said truthfully: what lies in a chat nobody came into has reached nobody."""
    if done.room is None or done.event is None:
        return done
    await traces.note(Copy(done.event, done.room, effect.case, effect.source, edits), around)
    try:
        facts = await around.chat.facts(done.room)
    except (Forbidden, Gone):
        return Done(done.event, done.room, unopened=True)
    return Done(done.event, done.room, unopened=case.person not in facts.joined)


# -- what is taken back --------------------------------------------------------------------------------------


async def remove_copy(effect: RemoveCopy, key: Key, around: Surroundings, strikes: Strikes) -> Done | Refused:
    """Everything of ours that holds the message's words goes; a card that does is followed by one without."""
    async with around.database.transaction() as tx:
        case = await cases.by_name(tx, effect.case)
        found = await copies.of_source(tx, effect.case, effect.source)
    standing = [copy for copy in found if not copy.removed]
    if case is not None and case.room is None and not _all_left(case, standing):
        raise NotYet  # where its card stands is being written down
    removed = [copy for copy in standing if await remove(copy, key, around)]
    if case is not None and case.event is not None:
        if case.event in [copy.event for copy in standing]:
            await _card_anew(case, key, around, strikes)
        elif case.event in [copy.edits for copy in standing]:
            await _card_again(case, case.event, key, around, strikes)
    async with around.database.transaction() as tx:
        await cases.forget_left(tx, effect.case, [copy.event for copy in removed])
        for copy in removed:
            await copies.taken_back(tx, copy)
    if removed != standing:
        return Refused(Why.FORBIDDEN)
    return Done() if found else Refused(Why.GONE)


def _all_left(case: CaseView, standing: list[Copy]) -> bool:
    """Nothing of it stands but where the case was: that goes at once, wherever the case goes next."""
    left = {each.room for each in case.left}
    return all(copy.room in left for copy in standing)


async def remove(copy: Copy, key: Key, around: Surroundings) -> bool:
    """Whether it is there no longer: from a room that we are not in any more nothing can be removed."""
    try:
        await around.chat.remove(copy.room, copy.event, key(copy.event))
    except Gone:
        return True
    except Forbidden:
        return False
    return True


async def _card_anew(case: CaseView, key: Key, around: Surroundings, strikes: Strikes) -> None:
    """In the same room, and the case goes on under it. Answers in the old thread are still understood."""
    if case.room is None:
        return
    rung = await ladder.standing_in(case.room, around)
    words = around.voice.card(case, rung.language)
    try:
        event = await ladder.send(rung, words, key, around, strikes)
    except NotSafe:
        raise NotYet from None
    async with around.database.transaction() as tx:
        await cases.put_anew(tx, case.card.case, case.room, event)
        await copies.note_copy(tx, Copy(event, case.room, case.card.case), around.clock.now())


async def _card_again(
    case: CaseView, card: EventId, key: Key, around: Surroundings, strikes: Strikes
) -> None:
    """What went was the last that the card said: it would show the case as it was before that."""
    if case.room is None:
        return
    rung = await ladder.standing_in(case.room, around)
    words = around.voice.card(case, rung.language)
    try:
        event = await ladder.retell(rung, card, words, key, around, strikes)
    except NotSafe:
        raise NotYet from None
    await traces.note(Copy(event, case.room, case.card.case, edits=card), around)
