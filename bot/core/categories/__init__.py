"""The table of categories: where does a hashtag come in, and what goes out for it?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.core.categories.danger import DANGER
from bot.core.categories.doxx import DOXX
from bot.core.categories.fyi import FYI
from bot.core.categories.harassment import HARASSMENT
from bot.core.categories.hashtag import Hashtag
from bot.core.categories.help import HELP
from bot.core.categories.supporter import SUPPORTER
from bot.core.model import Category

TABLE: Final[Mapping[Category, Hashtag]] = MappingProxyType(
    {row.category: row for row in (DOXX, DANGER, HARASSMENT, HELP, SUPPORTER, FYI)}
)


def deciding(categories: tuple[Category, ...]) -> Hashtag:
    """The row that decides: the most careful category's, or help's for a private message without a tag."""
    return next((TABLE[category] for category in Category if category in categories), HELP)
