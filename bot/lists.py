"""The resource list from its YAML file: taken whole or refused whole, read again when the file changes."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from bot.core.cities import Atlas, EmptyAlias, SharedAlias
from bot.core.model import City, CitySlug, ResourceId
from bot.core.resources import Library, PeerLed, Phone, Resource, Scope, Status, Topic
from bot.core.takedown import Confidence
from bot.document import Misconfigured, Place, read
from bot.values import (
    choice,
    choices,
    code,
    day,
    each,
    fields,
    link,
    mail,
    maybe,
    named,
    phone,
    slug,
    text,
    texts,
    year,
    yes,
)

RESOURCES = Path(str(files("bot"))) / "data" / "resources.yaml"
"""The list that ships with the bot."""

_BIGGEST = 4_000_000
_REQUIRED = ("id", "name", "description", "topics", "scope", "source", "seen", "status", "publish")
_KNOWN = (
    *_REQUIRED,
    *(
        "countries",
        "cities",
        "languages",
        "peer_led",
        "confidence",
        "url",
        "phones",
        "email",
        "address",
        "hours",
    ),
    *("note", "upkeep", "withheld", "evidence_year", "checked"),
)


def load_resources(path: Path) -> Library:
    """The whole list. Raises `Misconfigured` at the first fault, naming file, line and entry."""
    whole = opened(path)
    top = fields(whole, ("schema", "places", "entries"), ("schema", "entries"))
    places = _places(top.get("places"))
    known = frozenset(city.slug for city in places)
    found = named(top["entries"], _KNOWN, _REQUIRED)
    return Library(tuple(_resource(place, given, known) for place, given in found), places)


def opened(path: Path) -> Place:
    """A list of ours as one place, when it is of this schema."""
    if path.is_file() and path.stat().st_size > _BIGGEST:
        raise Misconfigured(f"{path} is larger than {_BIGGEST // 1_000_000} MB: that is no list of ours")
    whole = read(path)
    schema = whole.entries().get("schema")
    if schema is not None and getattr(schema.node, "value", None) != "1":
        raise schema.fault("must be 1; a newer list needs a newer sws-bot")
    return whole


def _places(place: Place | None) -> tuple[City, ...]:
    if place is None:
        return ()
    cities = tuple(_city(name, city) for name, city in place.entries().items())
    try:
        Atlas(cities)
    except (SharedAlias, EmptyAlias) as fault:
        raise place.fault(f"must name each place once: {fault}") from None
    return cities


def _city(name: str, place: Place) -> City:
    given = fields(place, ("name", "country", "aliases"), ("name",))
    return City(
        slug=CitySlug(name),
        name=text(given["name"]),
        aliases=each(given, "aliases", text),
        country=maybe(given, "country", _country),
    )


def _country(place: Place) -> str:
    return code(place, "[A-Z]{2}", 'the two capital letters of a country, like "US"')


def _language(place: Place) -> str:
    return code(place, "[a-z]{2,3}", 'the small letters of a language, like "es"')


def _resource(place: Place, given: Mapping[str, Place], known: frozenset[CitySlug]) -> Resource:
    entry = Resource(
        id=ResourceId(slug(given["id"])),
        name=text(given["name"]),
        description=text(given["description"]),
        topics=choices(given["topics"], Topic),
        scope=choice(given["scope"], Scope),
        source=texts(given["source"]),
        seen=day(given["seen"]),
        status=choice(given["status"], Status),
        publish=yes(given["publish"]),
        countries=each(given, "countries", _country),
        cities=each(given, "cities", lambda city: _known_city(city, known)),
        languages=each(given, "languages", _language),
        peer_led=maybe(given, "peer_led", lambda led: choice(led, PeerLed)) or PeerLed.UNKNOWN,
        confidence=maybe(given, "confidence", lambda sure: choice(sure, Confidence)) or Confidence.THIRD_PAGE,
        url=maybe(given, "url", link),
        phones=each(given, "phones", _phone),
        email=maybe(given, "email", mail),
        address=maybe(given, "address", text),
        hours=maybe(given, "hours", text),
        note=maybe(given, "note", text),
        upkeep=maybe(given, "upkeep", text),
        withheld=maybe(given, "withheld", text),
        evidence_year=maybe(given, "evidence_year", year),
        checked=maybe(given, "checked", day),
    )
    _makes_sense(entry, given, place)
    return entry


def _phone(place: Place) -> Phone:
    given = fields(place, ("number", "serves"), ("number",))
    return Phone(phone(given["number"]), maybe(given, "serves", text))


def _known_city(place: Place, known: frozenset[CitySlug]) -> CitySlug:
    city = CitySlug(text(place))
    if city not in known:
        raise place.fault("is no slug under places")
    return city


def _makes_sense(entry: Resource, given: Mapping[str, Place], place: Place) -> None:
    """What each value alone does not show."""
    if not entry.topics:
        raise given["topics"].fault("needs at least one topic")
    if entry.scope is Scope.CITY and not entry.cities:
        raise given["scope"].fault('is "city", but the entry names none under cities')
    if entry.publish and entry.status is Status.CLOSED:
        raise given["publish"].fault(
            "must be false for a closed entry: it is told only to who asks for it by name"
        )
    if entry.publish and entry.withheld:
        raise given["withheld"].fault("says why an entry is not shown, but publish is true")
    if entry.publish and not (entry.url or entry.phones or entry.email or entry.address):
        raise place.fault("has no url, phone, email or address: what is shown must be reachable")
    if not entry.publish and entry.status in (Status.LISTED, Status.PAUSED) and not entry.withheld:
        raise given["publish"].fault('is false for an open entry: say why under "withheld"')


class ResourceFile:
    """A resource list that may change while we run. A broken change keeps the last good list."""

    def __init__(self, path: Path) -> None:
        """Raises `Misconfigured` when the file is broken now: there is no last good list yet."""
        self._path = path
        self._seen = self._mark()
        self._library = load_resources(path)
        self._fault: Misconfigured | None = None

    @property
    def last(self) -> Library:
        """The newest good list when the file was last looked at; `bot.reload` does that every few seconds."""
        return self._library

    def current(self) -> Library:
        """The newest good list; looks at the file first, and reads it only when it changed."""
        mark = self._mark()
        if mark != self._seen:
            self._seen = mark
            try:
                self._library = load_resources(self._path)
                self._fault = None
            except Misconfigured as fault:
                self._fault = fault
        return self._library

    def fault(self) -> Misconfigured | None:
        """What is wrong with the newest version of the file; told once, then None until it changes again."""
        told, self._fault = self._fault, None
        return told

    def _mark(self) -> tuple[int, int, int] | None:
        """Changes whenever the file does; None while it cannot be looked at."""
        try:
            state = self._path.stat()
        except OSError:
            return None
        return state.st_mtime_ns, state.st_size, state.st_ino
