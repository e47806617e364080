"""The stories, in the order they are told."""

from __future__ import annotations

from bot.demo.stories.alert import ALERT
from bot.demo.stories.case import CASE, TAKEN_BACK
from bot.demo.stories.danger import DANGER
from bot.demo.stories.doxx import DOXX
from bot.demo.stories.help import HELP
from bot.demo.stories.others import FYI, HARASSMENT, SUPPORTER
from bot.demo.stories.private import PRIVATE, UNKNOWN_CITY
from bot.demo.stories.resources import RESOURCES
from bot.demo.stories.rooms import CITY, UNSAFE
from bot.demo.stories.story import Story

TABLE: tuple[Story, ...] = (
    HELP,
    DOXX,
    DANGER,
    HARASSMENT,
    FYI,
    SUPPORTER,
    PRIVATE,
    UNKNOWN_CITY,
    CASE,
    TAKEN_BACK,
    ALERT,
    RESOURCES,
    CITY,
    UNSAFE,
)
