"""What came with a worker's words: pictures go along cleaned, everything else after a yes."""

from __future__ import annotations

from typing import Final

from bot.core.changes import Change, KeepFile, LetGoFiles, NoteAct
from bot.core.effects import (
    Decision,
    Origin,
    Plan,
    Reason,
    SayPrivately,
    TellFile,
)
from bot.core.limits import Limit, within
from bot.core.model import (
    Attachment,
    AttachmentKind,
    CardNote,
    CaseName,
    EventId,
    Handling,
    Message,
    Millis,
    Posted,
)
from bot.core.phrases import Line, Phrase
from bot.core.view import View

ASKED_LATELY: Final = Millis(60 * 60 * 1000)
"""So long one question is enough for all that comes after it."""


def note(message: Message, view: View) -> CardNote | None:
    """What supporters are told about what came with a message; None when nothing did."""
    if message.attachment is None:
        return None
    if message.file is None or not within(Limit.FILE, view.sender.acts.get(Limit.FILE, ()), view.now):
        return CardNote.ATTACHMENT_NOT_CARRIED
    return CardNote.PICTURE_FOLLOWS if _is_picture(message.file) else CardNote.FILE_WAITS


def goes_along(message: Message, cases: tuple[CaseName, ...], view: View) -> Decision:
    """What is done about the attachment itself, for each case that came of the message."""
    file = message.file
    if file is None or not cases:
        return _lost(message, view, Phrase.FILE_NOT_THERE)
    if note(message, view) is CardNote.ATTACHMENT_NOT_CARRIED:
        return _lost(message, view, Phrase.FILES_TOO_MANY)
    noted = NoteAct(message.sender, Limit.FILE, message.at)
    if not _is_picture(file):
        kept, asked = wait_for_yes(message, tuple((case, file) for case in cases), view)
        return Decision((noted, *kept), asked)
    steps = tuple(TellFile(case, file, Handling.CLEANED, _source(message)) for case in cases)
    return Decision((noted,), (Plan("file", steps, _origin(message, Reason.FILE, view)),))


def _is_picture(file: Attachment) -> bool:
    return file.kind is AttachmentKind.PICTURE


def _lost(message: Message, view: View, phrase: Phrase) -> Decision:
    """Said at once: the words arrive, and what came with them does not."""
    if message.attachment is None:
        return Decision()
    return Decision(
        (), (Plan("file", (SayPrivately(message.sender, (Line(phrase),), view.sender.language),)),)
    )


# -- what waits for a yes ------------------------------------------------------------------------------------


def wait_for_yes(
    about: Message | Origin, files: tuple[tuple[CaseName, Attachment], ...], view: View
) -> tuple[tuple[Change, ...], tuple[Plan, ...]]:
    """Kept for a day, and asked about once for all that comes together."""
    person = about.sender
    source = _source(about)
    kept = tuple(KeepFile(person, case, file, view.now, source) for case, file in files)
    if any(view.now - each.at < ASKED_LATELY for each in view.sender.waiting_files):
        return kept, ()
    said = SayPrivately(person, (Line(Phrase.FILE_ASK),), view.sender.language)
    return kept, (Plan("ask-file", (said,), _origin(about, Reason.ASK_FILE, view)),)


def answers_question(message: Message, view: View) -> bool:
    """Whether this is a Matrix reply to the question; to anything else "yes" may mean anything."""
    questions = {each.question for each in view.sender.waiting_files}
    return message.reply_to is not None and message.reply_to in questions


def let_go(message: Message, view: View) -> Decision:
    """The yes came: everything that waits goes to the case it belongs to, as it is."""
    waiting = view.sender.waiting_files
    steps = tuple(TellFile(each.case, each.file, Handling.AS_IT_IS, each.source) for each in waiting)
    plan = Plan("file", steps, _origin(message, Reason.FILE, view))
    return Decision((LetGoFiles(message.sender),), (plan,))


def _origin(about: Message | Origin, reason: Reason, view: View) -> Origin:
    return Origin(
        reason=reason,
        room=about.room,
        sender=about.sender,
        event=_source(about),
        posted=Posted.PRIVATELY,
        language=view.sender.language,
    )


def _source(about: Message | Origin) -> EventId | None:
    """The message as people know it, also when it was changed since."""
    return about.event if isinstance(about, Origin) else about.edits or about.id
