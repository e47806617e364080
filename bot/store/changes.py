"""Writes down what was decided: every kind of change to the table it belongs to."""

from __future__ import annotations

from typing import assert_never

from bot.core.changes import (
    Agree,
    AnsweredCity,
    AskedCity,
    AskedForFiles,
    AskServe,
    BeginCheckIn,
    CancelTimer,
    Change,
    ChangeRoster,
    EndCheckIn,
    ForgetRoom,
    GoOffShift,
    GoOnShift,
    KeepAlarmWord,
    KeepAlert,
    KeepFile,
    LetGoFiles,
    MoveCase,
    NoteAct,
    NoteCase,
    OpenCase,
    PlaceCase,
    PostponeCase,
    RewordCase,
    SetAlias,
    SetRoom,
    SetTimer,
    SettleServe,
    StopServing,
    TakeRoster,
    TrustAgain,
    UnplaceCase,
    WithdrawPart,
)
from bot.core.model import Millis
from bot.store import alerts, cases, checkins, consents, people, rooms, shifts, timers, waiting
from bot.store.database import Transaction


async def write_down(tx: Transaction, change: Change, now: Millis) -> None:
    match change:
        case (
            OpenCase()
            | PlaceCase()
            | UnplaceCase()
            | MoveCase()
            | NoteCase()
            | RewordCase()
            | WithdrawPart()
            | PostponeCase()
        ):
            await _case(tx, change)
        case AskedCity() | AnsweredCity() | NoteAct() | TrustAgain():
            await _person(tx, change, now)
        case BeginCheckIn() | EndCheckIn() | KeepAlarmWord():
            await _check_in(tx, change, now)
        case Agree():
            await consents.agree(tx, change)
        case GoOnShift():
            await shifts.begin(tx, change)
        case GoOffShift():
            await shifts.end(tx, change)
        case KeepFile() | AskedForFiles() | LetGoFiles():
            await _files(tx, change, now)
        case SetRoom() | ForgetRoom() | SetAlias():
            await _room(tx, change, now)
        case AskServe() | SettleServe() | StopServing() | TakeRoster() | ChangeRoster():
            await _supporters(tx, change, now)
        case KeepAlert():
            await alerts.keep(tx, change.alert, now)
        case SetTimer() | CancelTimer():
            await _timer(tx, change, now)
        case _:
            assert_never(change)


async def _case(
    tx: Transaction,
    change: (
        OpenCase | PlaceCase | UnplaceCase | MoveCase | NoteCase | RewordCase | WithdrawPart | PostponeCase
    ),
) -> None:
    match change:
        case OpenCase():
            await cases.open_case(tx, change)
        case PlaceCase():
            await cases.place_case(tx, change)
        case UnplaceCase():
            await cases.unplace_case(tx, change)
        case MoveCase():
            await cases.move_case(tx, change)
        case NoteCase():
            await cases.note_case(tx, change)
        case RewordCase():
            await cases.reword_case(tx, change)
        case WithdrawPart():
            await cases.withdraw_part(tx, change)
        case PostponeCase():
            await cases.postpone_case(tx, change)


async def _person(
    tx: Transaction, change: AskedCity | AnsweredCity | NoteAct | TrustAgain, now: Millis
) -> None:
    match change:
        case AskedCity():
            await people.asked_city(tx, change, now)
        case AnsweredCity():
            await people.answered_city(tx, change.person)
        case NoteAct():
            await people.note_act(tx, change)
        case TrustAgain():
            await people.trust_again(tx, change.person)


async def _check_in(tx: Transaction, change: BeginCheckIn | EndCheckIn | KeepAlarmWord, now: Millis) -> None:
    match change:
        case BeginCheckIn():
            await checkins.begin(tx, change)
        case EndCheckIn():
            await checkins.end(tx, change.person)
        case KeepAlarmWord():
            await checkins.keep_alarm_word(tx, change, now)


async def _timer(tx: Transaction, change: SetTimer | CancelTimer, now: Millis) -> None:
    match change:
        case SetTimer():
            await timers.set_timer(tx, change, now)
        case CancelTimer():
            await timers.cancel_timer(tx, change.name)


async def _files(tx: Transaction, change: KeepFile | AskedForFiles | LetGoFiles, now: Millis) -> None:
    match change:
        case KeepFile():
            await waiting.keep(tx, change)
        case AskedForFiles():
            await waiting.asked(tx, change, now)
        case LetGoFiles():
            await waiting.let_go(tx, change.person)


async def _room(tx: Transaction, change: SetRoom | ForgetRoom | SetAlias, now: Millis) -> None:
    match change:
        case SetRoom():
            await rooms.set_room(tx, change, now)
        case ForgetRoom():
            await rooms.forget_room(tx, change.room)
        case SetAlias():
            await rooms.set_alias(tx, change, now)


async def _supporters(
    tx: Transaction, change: AskServe | SettleServe | StopServing | TakeRoster | ChangeRoster, now: Millis
) -> None:
    match change:
        case AskServe():
            await rooms.ask_serve(tx, change)
        case SettleServe():
            await rooms.settle_serve(tx, change, now)
        case StopServing():
            await rooms.stop_serving(tx, change.room, now)
        case TakeRoster():
            await rooms.take_roster(tx, change, now)
        case ChangeRoster():
            await rooms.change_roster(tx, change, now)
