"""Edits: they change what was passed on of the message; a case comes of one only when there was none."""

from __future__ import annotations

from msgspec.structs import replace

from bot.core.audience import ACTED_ON, Right, Role, Verdict, may
from bot.core.case_steps import in_thread, new_card
from bot.core.cases import is_open
from bot.core.changes import RewordCase
from bot.core.commands import hint
from bot.core.commands.reply import fits, pass_on
from bot.core.consent import Use
from bot.core.consent import may as may_use
from bot.core.effects import Decision, Plan
from bot.core.files import note
from bot.core.forged import send_again
from bot.core.further import go_on, names_another_city, tell_more
from bot.core.model import (
    FILE_NOTES,
    Attached,
    Card,
    CardNote,
    Category,
    CommandName,
    Message,
    Posted,
    RoomKind,
    Side,
)
from bot.core.other_files import another_file, old_files
from bot.core.parse import Reading, without_names
from bot.core.phrases import Line, Phrase
from bot.core.posts import post, take_down
from bot.core.private_talk import in_private, listen
from bot.core.report import work_out
from bot.core.turning_urgent import turns_urgent
from bot.core.view import CaseView, View


def edited(message: Message, reading: Reading, view: View) -> Decision:
    """Commands are not run by an edit: what was done once would be done twice."""
    if view.room.kind is RoomKind.SUPPORTER and view.edited_cases:
        return _reply_edited(message, reading, view)
    if reading.command is not None:
        return hint(message, view, Line(Phrase.EDITED_COMMAND))
    private = view.room.kind is RoomKind.PRIVATE
    if view.room.kind is RoomKind.SUPPORTER or not (private or reading.categories or view.edited_cases):
        return Decision()
    if message.trust not in ACTED_ON:
        return send_again(message, reading, view)
    if private and not may_use(Use.CASE, view.sender.consent):
        return listen(message, reading, view)
    if view.edited_cases:
        return _joins(message, reading, view)
    if private:
        return _of_words_not_known(message, reading, view)
    return post(work_out(message, reading, Posted.PUBLICLY, view), view)


def _joins(message: Message, reading: Reading, view: View) -> Decision:
    """Every case that got the words gets the new ones; a public edit is taken down by both texts' rule."""
    each_case = [_joins_one(message, reading, case, view) for case in view.edited_cases]
    changes = [change for each in each_case for change in each.changes]
    plans = [plan for each in each_case for plan in each.plans]
    for more in (names_another_city(message, reading, view), another_file(message, view)):
        changes += more.changes
        plans += more.plans
    if view.room.kind is RoomKind.PRIVATE:
        return Decision(tuple(changes), tuple(plans))
    both = {*reading.categories, *(each for case in view.edited_cases for each in case.card.categories)}
    together = replace(reading, categories=tuple(each for each in Category if each in both))
    removal = take_down(work_out(message, together, Posted.PUBLICLY, view), view)
    return Decision(tuple(changes), (*plans, *removal))


def _joins_one(message: Message, reading: Reading, case: CaseView, view: View) -> Decision:
    """On its card or in its thread, where the words stand; and they may sound urgent by now."""
    if message.edits != case.original_event:
        hurry = turns_urgent(case, reading, view)
        more = _named(tell_more(message, reading, case, why=_about_file(message, view)), case)
        return Decision(hurry.changes, (more, *hurry.plans))
    now = replace(case, card=_reworded(message, reading, case, view))
    hurry = turns_urgent(now, reading, view)
    said = in_thread(case, Line(Phrase.CASE_CHANGED), name="changed")
    shown = hurry.plans or (new_card(case),)
    return Decision((RewordCase(case.card.case, now.card), *hurry.changes), (*shown, said))


def _reworded(message: Message, reading: Reading, case: CaseView, view: View) -> Card:
    platforms = dict.fromkeys((*case.card.platforms, *view.desk.for_links(reading.links)))
    words = without_names(reading.words, message.sender)
    card = replace(case.card, words=words, platforms=tuple(platforms))
    if view.attached is Attached.SAME:
        return card
    why = note(message, view)
    notes = (each for each in card.notes if each not in FILE_NOTES)
    came = () if message.attachment is None else (message.attachment,)
    return replace(card, attachments=came, notes=(*notes, *(() if why is None else (why,))))


def _about_file(message: Message, view: View) -> CardNote | None:
    """What supporters have to know about a file that came with the edit."""
    why = None if view.attached is Attached.SAME else note(message, view)
    return None if why is CardNote.PICTURE_FOLLOWS else why


def _of_words_not_known(message: Message, reading: Reading, view: View) -> Decision:
    """What they changed was passed on to nobody, or long ago: the talk goes on."""
    case = view.sender.case
    return in_private(message, reading, view) if case is None else go_on(message, reading, case, view)


def _reply_edited(message: Message, reading: Reading, view: View) -> Decision:
    """The worker's copy of a supporter's words changes with them: where they could be said anew, too."""
    supporter = message.sender in view.rosters.get(message.room, frozenset())
    roles = frozenset({Role.SUPPORTER}) if supporter else frozenset()
    if may(Right.ANSWER_CASES, RoomKind.SUPPORTER, roles, message.trust) is not Verdict.ALLOWED:
        return Decision()
    words = reading.words
    if reading.command is not None:
        if reading.command.name.key not in (CommandName.REPLY, "answer", "r"):
            return hint(message, view, Line(Phrase.EDITED_COMMAND))
        words = reading.command.rest
    gone = old_files(message, view, Side.SUPPORTER)
    here = [case for case in view.edited_cases if is_open(case) and case.room == message.room]
    if not here or not fits(message):
        said = hint(message, view, Line(Phrase.REPLY_ONLY_PICTURES if here else Phrase.REPLY_WHERE))
        return Decision(said.changes, (*gone, *said.plans))
    says = bool(words) or message.attachment is not None
    told = ((case, pass_on(message, words, case, view)) for case in here if says)
    return Decision((), (*gone, *(_named(plan, case) for case, each in told for plan in each.plans)))


def _named(plan: Plan, case: CaseView) -> Plan:
    """One message may have gone into several cases: each has a plan of its own name."""
    return replace(plan, name=f"{plan.name} {case.card.case}")
