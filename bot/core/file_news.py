"""What is said about what came of attachments: to who sent them, and to supporters who wait for them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.core.changes import AskedForFiles, NoteAct
from bot.core.effects import Decision, Outcome, Plan, SayPrivately, TellMore
from bot.core.files import wait_for_yes
from bot.core.model import CardNote, Handling, Millis, Unfit
from bot.core.phrases import Line, Phrase
from bot.core.replaced import found_while_telling
from bot.core.results import Carried, Done, Held, NotCarried, Refused, Why
from bot.core.sensitive import Sensitive
from bot.core.view import View

SAID_LATELY: Final = Millis(10 * 60 * 1000)
WAS_SAID: Final[Mapping[Handling, str]] = MappingProxyType(
    {Handling.CLEANED: "picture-was-said", Handling.AS_IT_IS: "file-was-said"}
)
CARRIED: Final[Mapping[Handling, Phrase]] = MappingProxyType(
    {Handling.CLEANED: Phrase.PICTURE_TOLD, Handling.AS_IT_IS: Phrase.FILE_TOLD}
)
REFUSED: Final[Mapping[Why, Phrase]] = MappingProxyType({Why.NOT_AGREED: Phrase.FILE_NOT_SHARED})
UNFIT: Final[Mapping[Unfit, Phrase]] = MappingProxyType(
    {
        Unfit.TOO_LARGE: Phrase.FILE_TOO_LARGE,
        Unfit.DAMAGED: Phrase.FILE_DAMAGED,
        Unfit.NOT_THERE: Phrase.FILE_NOT_THERE,
    }
)
"""What cannot be cleaned is asked about instead."""


def file(outcome: Outcome, view: View) -> Decision:
    """What arrived is said once in a while; what did not is said always, and to both sides."""
    results, person = outcome.results, outcome.origin.sender
    new = {each.handling for each in results if isinstance(each, Carried)} - _said_lately(outcome, view)
    unfit = tuple(each for each in results if isinstance(each, NotCarried))
    refused = tuple(each for each in results if isinstance(each, Refused))
    found = (
        *((True, CARRIED[handling]) for handling in sorted(new)),
        (any(isinstance(each, Held) for each in results), Phrase.FILE_HELD),
        *((True, REFUSED.get(each.why, Phrase.FILE_CASE_CLOSED)) for each in refused),
        *((True, UNFIT[each.why]) for each in unfit if each.why in UNFIT),
    )
    lines = dict.fromkeys(Line(phrase) for holds, phrase in found if holds)
    asking = tuple((e.case, e.file) for e in unfit if e.why not in UNFIT and e.case is not None)
    kept, asked = wait_for_yes(outcome.origin, asking, view) if asking else ((), ())
    said = (Plan("answer", (SayPrivately(person, tuple(lines), outcome.origin.language),)),) if lines else ()
    noted = tuple(NoteAct(person, WAS_SAID[handling], outcome.at) for handling in sorted(new))
    onward = found_while_telling(outcome, view)
    plans = (*onward.plans, *said, *asked, *_supporters_hear(unfit))
    return Decision((*onward.changes, *noted, *kept), plans)


def _said_lately(outcome: Outcome, view: View) -> frozenset[Handling]:
    """What was said of late need not be said again; further news of something held is always said."""
    return frozenset(
        handling
        for handling, act in WAS_SAID.items()
        if not outcome.later and any(at > outcome.at - SAID_LATELY for at in view.sender.acts.get(act, ()))
    )


def _supporters_hear(unfit: tuple[NotCarried, ...]) -> tuple[Plan, ...]:
    """A picture was to follow: why it does not."""
    return tuple(
        Plan(
            f"without-file-{number}",
            (TellMore(each.case, Sensitive(""), attachments=(each.file.kind,), notes=(_why(each.why),)),),
        )
        for number, each in enumerate(unfit)
        if each.case is not None
    )


def _why(unfit: Unfit) -> CardNote:
    return CardNote.FILE_WAITS if unfit is Unfit.NOT_CLEANABLE else CardNote.ATTACHMENT_NOT_CARRIED


def asked(outcome: Outcome, _view: View) -> Decision:
    """An answer to this very message is a yes or no to what waits."""
    question = next((each.event for each in outcome.results if isinstance(each, Done)), None)
    return Decision() if question is None else Decision((AskedForFiles(outcome.origin.sender, question),))
