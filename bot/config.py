"""The configuration: YAML into frozen settings, with one sentence for each thing that can be wrong."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from msgspec import Struct, field

from bot.core.cities import Atlas, EmptyAlias, SharedAlias
from bot.core.model import City, CitySlug, Language, Millis, RoomId, SupporterRoom, UserId
from bot.core.spans import DAY, HOUR, Escalation, Spans, minutes
from bot.document import Misconfigured, Place, read

__all__ = ["Misconfigured", "Settings", "load"]

SETTINGS = (
    "homeserver",
    "user_id",
    "data_dir",
    "stewards",
    "invites_from",
    "language",
    "resources",
    "cities",
    "regions",
    "supporter_rooms",
    "fallback_room",
    "escalation",
    "retention_days",
    "alert_hours",
)
REQUIRED = ("homeserver", "user_id", "data_dir", "stewards")
ESCALATION_SETTINGS = ("usual", "urgent")
RUNGS = ("room", "neighbours", "everybody")
CITY_SETTINGS = ("name", "aliases", "neighbours", "timezone", "country")
ROOM_SETTINGS = ("cities",)
SECRETS = ("password", "store_key", "recovery_key", "access_token")
WEBHOOKS = "slack_webhook_"

SERVER = r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
SERVER_NAME = re.compile(SERVER)
USER_ID = re.compile(rf"@[!-9;-~]+:{SERVER}")
ROOM_ID = re.compile(rf"![^:\s]+:{SERVER}|![A-Za-z0-9_-]{{43}}")
"""`!opaque:server`, or since room version 12 `!` and the hash of the room's first event."""


class Settings(Struct, frozen=True):
    """Everything an operator decides that is no secret, in the words of the file."""

    homeserver: str
    user_id: UserId
    data_dir: Path
    stewards: tuple[UserId, ...]
    invites_from: tuple[str, ...] = ()
    """Homeservers or full Matrix IDs whose invitations are accepted; stewards' always are."""
    language: Language = Language.EN
    resources: Path | None = None
    """None: the packaged list."""
    atlas: Atlas = field(default_factory=lambda: Atlas(()))
    """`cities` and `regions` of the file."""
    supporter_rooms: tuple[SupporterRoom, ...] = ()
    fallback_room: RoomId | None = None
    spans: Spans = field(default_factory=Spans)
    """`escalation`, `retention_days` and `alert_hours`."""


def load(path: Path) -> Settings:
    """Read the file. Raises `Misconfigured` at the first thing that is wrong."""
    whole = read(path)
    _no_secrets(whole)
    top = whole.fields(SETTINGS, REQUIRED)
    beside = path.resolve().parent
    atlas = _atlas(top.get("cities"), top.get("regions"))
    stewards = tuple(_user_id(place) for place in top["stewards"].items())
    if not stewards:
        raise top["stewards"].fault(
            "needs at least one Matrix ID: somebody has to hear when a room is not safe"
        )
    return Settings(
        homeserver=_homeserver(top["homeserver"]),
        user_id=_user_id(top["user_id"]),
        data_dir=beside / Path(top["data_dir"].text()).expanduser(),
        stewards=stewards,
        invites_from=tuple(_origin(place) for place in top["invites_from"].items())
        if "invites_from" in top
        else (),
        language=_language(top["language"]) if "language" in top else Language.EN,
        resources=beside / Path(top["resources"].text()).expanduser() if "resources" in top else None,
        atlas=atlas,
        supporter_rooms=_supporter_rooms(top.get("supporter_rooms"), [city.slug for city in atlas]),
        fallback_room=_room_id(top["fallback_room"]) if "fallback_room" in top else None,
        spans=_spans(top.get("escalation"), top.get("retention_days"), top.get("alert_hours")),
    )


def _no_secrets(whole: Place) -> None:
    """A secret in the file is no mere unknown key: the operator must hear where it belongs."""
    for key, place in whole.entries().items():
        if key in SECRETS or key.startswith(WEBHOOKS):
            raise place.fault(
                f"is a secret and does not belong in this file: move it to secrets/{key} and change it"
            )


def _homeserver(place: Place) -> str:
    url = place.text()
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise place.fault("is not a web address, like https://matrix.example.org") from None
    if parts.scheme not in ("https", "http") or not host or parts.query or parts.fragment:
        raise place.fault("must be a web address, like https://matrix.example.org")
    if "@" in parts.netloc:
        raise place.fault("must not carry a user name or password")
    if parts.scheme == "http" and not _is_loopback(host):
        raise place.fault("must begin with https:// (http:// is only for a homeserver on this machine)")
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _user_id(place: Place) -> UserId:
    text = place.text()
    if not USER_ID.fullmatch(text):
        raise place.fault('must be a full Matrix ID, like "@rosa:example.org"')
    return UserId(text)


def _room_id(place: Place) -> RoomId:
    return _checked_room_id(place, place.text())


def _checked_room_id(place: Place, text: str) -> RoomId:
    if text.startswith("#"):
        raise place.fault(
            'is a room address; use the internal room ID, like "!abc:example.org" (room settings, Advanced)'
        )
    if not ROOM_ID.fullmatch(text):
        raise place.fault('must be a room ID, like "!abc:example.org", or "!" and 43 letters in newer rooms')
    return RoomId(text)


def _origin(place: Place) -> str:
    text = place.text()
    if text.startswith("@"):
        return _user_id(place)
    if not SERVER_NAME.fullmatch(text):
        raise place.fault(
            'must be a homeserver, like example.org, or a full Matrix ID, like "@rosa:example.org"'
        )
    return text


def _language(place: Place) -> Language:
    try:
        return Language(place.text())
    except ValueError:
        raise place.fault(f"must be one of: {', '.join(Language)}") from None


def _atlas(cities: Place | None, regions: Place | None) -> Atlas:
    """All cities and regions; no word may mean two of them, and every city spoken of must be among them."""
    described = cities.entries() if cities else {}
    expanded = regions.entries() if regions else {}
    for entry in described.values():
        _known(entry.fields(CITY_SETTINGS).get("neighbours"), described)
    for entry in expanded.values():
        _known(entry, described)
    try:
        return Atlas(
            tuple(_city(CitySlug(slug), entry) for slug, entry in described.items()),
            {tag: tuple(map(CitySlug, entry.texts())) for tag, entry in expanded.items()},
        )
    except SharedAlias as fault:
        where = described.get(fault.second) or expanded[fault.second.removeprefix("region ")]
        raise where.fault(
            f'and {fault.first} both answer to "{fault.alias}": take it away from one of them'
        ) from None
    except EmptyAlias as fault:
        where = described.get(fault.city) or expanded[fault.city.removeprefix("region ")]
        raise where.fault("has a name or alias without a letter or digit: remove it") from None


def _city(slug: CitySlug, place: Place) -> City:
    given = place.fields(CITY_SETTINGS, ("name",))
    timezone = given["timezone"].text() if "timezone" in given else "UTC"
    if timezone not in available_timezones():
        raise given["timezone"].fault("must be a time zone name, like America/New_York")
    country = given["country"].text() if "country" in given else None
    if country is not None and not re.fullmatch("[A-Z]{2}", country):
        raise given["country"].fault('must be the two capital letters of a country, like "US"')
    return City(
        slug=slug,
        name=given["name"].text(),
        aliases=given["aliases"].texts() if "aliases" in given else (),
        neighbours=tuple(map(CitySlug, given["neighbours"].texts())) if "neighbours" in given else (),
        timezone=timezone,
        country=country,
    )


def _known(named: Place | None, described: Collection[str]) -> tuple[CitySlug, ...]:
    """A list of cities, each of which is described under `cities`."""
    found = []
    for place in named.items() if named else ():
        if (slug := place.text()) not in described:
            near = get_close_matches(slug, described, n=1, cutoff=0.5)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            raise place.fault(f'is "{slug}", which is not described under cities{hint}')
        found.append(CitySlug(slug))
    return tuple(found)


def _supporter_rooms(place: Place | None, described: Collection[str]) -> tuple[SupporterRoom, ...]:
    rooms: list[SupporterRoom] = []
    for key, entry in (place.entries() if place else {}).items():
        room = _checked_room_id(entry, key)
        cities = _known(entry.fields(ROOM_SETTINGS, ROOM_SETTINGS)["cities"], described)
        if not cities:
            raise entry.fault("needs at least one city under cities")
        rooms.append(SupporterRoom(room, cities))
    return tuple(rooms)


def _spans(escalation: Place | None, retention: Place | None, alert: Place | None) -> Spans:
    """What is left out keeps its usual length."""
    default = Spans()
    given = escalation.fields(ESCALATION_SETTINGS) if escalation else {}
    return Spans(
        usual=_escalation(given["usual"]) if "usual" in given else default.usual,
        urgent=_escalation(given["urgent"]) if "urgent" in given else default.urgent,
        retention=Millis(retention.number(1, 30) * DAY) if retention else default.retention,
        alert=Millis(alert.number(1, 7 * 24) * HOUR) if alert else default.alert,
    )


def _escalation(place: Place) -> Escalation:
    """Minutes since the telling, each rung after the one before it."""
    given = place.fields(RUNGS, RUNGS)
    room, neighbours, everybody = (given[rung].number(1, 24 * 60) for rung in RUNGS)
    if not room < neighbours < everybody:
        raise place.fault("must have room before neighbours, and neighbours before everybody")
    return minutes(room, neighbours, everybody)
