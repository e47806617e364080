"""The takedown desk: which platform a link belongs to, where to report it, who may file, what to know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol, final

from msgspec import Struct, field

from bot.core.model import PlatformId

GENERIC: Final = PlatformId("generic_host")
"""The path for every site we do not know; a guessed abuse address would be worse than none."""


class ReportKind(StrEnum):
    """What a report form is for."""

    DOXX = "doxx"
    HARASSMENT = "harassment"
    NCII = "ncii"
    """Intimate images shared or faked without consent."""
    IMAGE_PRIVACY = "image_privacy"
    DMCA = "dmca"
    ANY = "any"
    IN_APP = "in_app"
    MODERATORS = "own_moderators"
    SEARCH = "search"
    OUTDATED = "outdated"
    """Takes a search result away after the page is gone."""
    MONITOR = "monitor"
    LOOKUP = "lookup"
    CONTACT = "contact"
    FEEDBACK = "feedback"
    GUIDANCE = "guidance"
    OTHER = "other"
    UNKNOWN = "unknown"
    NONE = "none"
    """There is no way to ask this site."""


class Confidence(StrEnum):
    OWN_SITE = "own_site"
    """Seen on pages of whom it is about."""
    THIRD_PAGE = "third_page"


class Filer(StrEnum):
    """Whose report a platform takes."""

    NOT_STATED = "not_stated"
    PERSON_OR_AUTHORISED = "person_or_authorised"
    """The person shown or named, or somebody with their written leave."""


class Match(StrEnum):
    """How a link is known to belong to a platform."""

    HOST = "host"
    GOOGLE = "google"
    """Google under any country's ending."""
    PATH = "path"
    """Any host: the shape of the path tells."""
    BY_HAND = "by_hand"
    """Nothing in the link tells; a supporter finds out."""
    OTHERWISE = "otherwise"
    """Every link that nothing else matches."""


class Report(Struct, frozen=True):
    kind: ReportKind
    url: str | None = None
    email: str | None = None
    handle: str | None = None
    note: str | None = None
    before: str | None = None
    """Said before this way is given: it can tell the attacker something."""
    upkeep: str | None = None
    """For whoever keeps the desk; never shown."""
    source: tuple[str, ...] = ()
    confidence: Confidence = Confidence.THIRD_PAGE


class Platform(Struct, frozen=True):
    id: PlatformId
    name: str
    hosts: tuple[str, ...] = ()
    except_hosts: tuple[str, ...] = ()
    """Hosts below `hosts` that are something else."""
    match: Match = Match.HOST
    paths: tuple[str, ...] = ()
    filer: Filer = Filer.NOT_STATED
    reports: tuple[Report, ...] = ()
    say: str = ""
    collect: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    """Said before any of its links is given."""
    account_needed: bool | None = None
    """None: not known."""
    warnings: tuple[str, ...] = ()
    how_to_tell: str | None = None
    upkeep: str | None = None

    def forms(self, *kinds: ReportKind) -> tuple[Report, ...]:
        """Its ways to report something of these kinds, in the order of the kinds; without kinds, all."""
        if not kinds:
            return self.reports
        return tuple(report for kind in kinds for report in self.reports if report.kind is kind)


class Tool(Struct, frozen=True):
    """A service that helps beyond one platform."""

    id: str
    name: str
    url: str
    serves: str
    how: str
    email: str | None = None
    warnings: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    confidence: Confidence = Confidence.THIRD_PAGE


class Priority(StrEnum):
    CRUCIAL = "crucial"
    HIGH = "high"


class Broker(Struct, frozen=True):
    """A people-search site that sells addresses, and where to opt out of it."""

    name: str
    opt_out: tuple[str, ...]
    priority: Priority
    needs_phone: bool = False


class Guide(Struct, frozen=True):
    """What holds for every platform."""

    first_steps: tuple[str, ...] = ()
    collect: tuple[str, ...] = ()
    never_collect: tuple[str, ...] = ()
    letters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tools: tuple[Tool, ...] = ()
    brokers: tuple[Broker, ...] = ()
    brokers_list: str | None = None
    """Where the steps for each broker are kept up to date."""
    brokers_source: str | None = None
    brokers_warnings: tuple[str, ...] = ()


class Link(Protocol):
    """What the desk needs of a link: read-only, both lower case where case does not matter."""

    @property
    def host(self) -> str: ...
    @property
    def path(self) -> str: ...


class PlatformsCollide(ValueError):
    """One id or host for two platforms."""

    def __init__(self, what: str, first: str, second: str) -> None:
        super().__init__(f'"{what}" stands under both {first} and {second}; keep one')


@final
class Desk:
    """Finds platforms by the host of a link, on label borders: `notfacebook.com` is not Facebook."""

    __slots__ = ("_by_host", "_by_path", "_except", "_google", "_otherwise", "_platforms", "guide")

    def __init__(self, platforms: tuple[Platform, ...], guide: Guide | None = None) -> None:
        self.guide = guide if guide is not None else Guide()
        self._platforms: dict[PlatformId, Platform] = {}
        self._by_host: dict[str, PlatformId] = {}
        self._except: set[str] = set()
        self._google: PlatformId | None = None
        self._by_path: list[tuple[re.Pattern[str], PlatformId]] = []
        self._otherwise = GENERIC
        for platform in platforms:
            self._add(platform)

    def _add(self, platform: Platform) -> None:
        if platform.id in self._platforms:
            raise PlatformsCollide(platform.id, platform.name, self._platforms[platform.id].name)
        self._platforms[platform.id] = platform
        for host in platform.hosts:
            if self._by_host.setdefault(host, platform.id) != platform.id:
                raise PlatformsCollide(host, self._by_host[host], platform.id)
        self._except.update(platform.except_hosts)
        self._by_path.extend((re.compile(path), platform.id) for path in platform.paths)
        if platform.match is Match.GOOGLE:
            self._google = platform.id
        elif platform.match is Match.OTHERWISE:
            self._otherwise = platform.id

    def for_hosts(self, hosts: Iterable[str]) -> tuple[PlatformId, ...]:
        """The platforms of these hosts, each once, in order; the generic path for a host we do not know."""
        return tuple(dict.fromkeys(self._of(host, "") for host in hosts))

    def for_links(self, links: Iterable[Link]) -> tuple[PlatformId, ...]:
        """As `for_hosts`, and also knows the Fediverse by the shape of a path."""
        return tuple(dict.fromkeys(self._of(link.host, link.path) for link in links))

    def _of(self, host: str, path: str) -> PlatformId:
        labels = host.casefold().rstrip(".").split(".")[-12:]
        for start in range(len(labels)):
            suffix = ".".join(labels[start:])
            if suffix in self._except:
                return self._otherwise
            if suffix in self._by_host:
                return self._by_host[suffix]
        if self._google is not None and _is_google(labels):
            return self._google
        shown = path[:500]
        return next((id_ for pattern, id_ in self._by_path if pattern.search(shown)), self._otherwise)

    def knows(self, host: str) -> bool:
        """Whether this host belongs to a platform by its name."""
        return self._of(host, "") != self._otherwise

    def get(self, platform: PlatformId) -> Platform | None:
        return self._platforms.get(platform)

    @property
    def platforms(self) -> tuple[Platform, ...]:
        return tuple(self._platforms.values())


def _is_google(labels: list[str]) -> bool:
    if "google" not in labels:
        return False
    ending = labels[len(labels) - labels[::-1].index("google") :]
    country = ending[-1:] and len(ending[-1]) == 2
    return ending == ["com"] or (bool(country) and (len(ending) == 1 or ending[:-1] in (["co"], ["com"])))
