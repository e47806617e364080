"""What `!more` needs to know: the last question, kept for an hour as an act, in our names for things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.core.changes import NoteAct
from bot.core.commands.command import Asked
from bot.core.model import CitySlug, Millis
from bot.core.resources import Query, Topic

MARK: Final = "asked"


def note_question(asked: Asked, query: Query, page: int, left: int) -> tuple[NoteAct, ...]:
    """Nothing when no more can be shown, or when the question had words of its own: words are not kept."""
    if query.words or not left:
        return ()
    parts = (query.cities, query.places, query.countries, query.topics, query.languages)
    online = "online" if query.online else ""
    name = "/".join((MARK, str(page), online, *(",".join(part) for part in parts)))
    return (NoteAct(asked.sender, name, asked.view.now),)


def last_question(acts: Mapping[str, tuple[Millis, ...]]) -> tuple[Query, int] | None:
    """The newest question among the acts of the last hour, and the page that was shown."""
    questions = [(times[-1], name) for name, times in acts.items() if name.startswith(f"{MARK}/") and times]
    if not questions:
        return None
    _, page, online, *parts = max(questions)[1].split("/")
    cities, places, countries, topics, languages = (tuple(filter(None, part.split(","))) for part in parts)
    query = Query(
        cities=tuple(map(CitySlug, cities)),
        places=tuple(map(CitySlug, places)),
        countries=countries,
        topics=tuple(map(Topic, topics)),
        languages=languages,
        online=bool(online),
    )
    return query, int(page)
