"""Entries of the resource list and of the takedown desk as people read them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bot.core.model import Category, PlatformId, ResourceId
from bot.core.resources import Freshness, Library, Resource, Status
from bot.core.speech import Items, Paragraph
from bot.core.takedown import Desk, Filer, Platform, Report, ReportKind
from bot.texts.names import Names

FORMS = {
    Category.DOXX: (
        ReportKind.DOXX,
        ReportKind.NCII,
        ReportKind.IMAGE_PRIVACY,
        ReportKind.ANY,
        ReportKind.IN_APP,
        ReportKind.MODERATORS,
        ReportKind.CONTACT,
        ReportKind.SEARCH,
        ReportKind.OUTDATED,
        ReportKind.LOOKUP,
        ReportKind.NONE,
    ),
    Category.HARASSMENT: (
        ReportKind.HARASSMENT,
        ReportKind.ANY,
        ReportKind.IN_APP,
        ReportKind.MODERATORS,
        ReportKind.CONTACT,
        ReportKind.NONE,
    ),
}
"""Which of a platform's ways are shown, the most fitting first."""
MOST_FORMS = 4


def resource(library: Library, wanted: ResourceId, names: Names, today: date) -> str:
    """One entry on one line: what it is, how to reach it, and how sure we are that it is there."""
    entry = library.get(wanted)
    if entry is None:
        return names.words("resource.gone")
    if entry.status is Status.CLOSED:
        return f"{entry.name.rstrip('.')}. {_closed(entry, names)}"
    parts = (
        f"{entry.name.rstrip('.')}.",
        entry.description,
        ", ".join(_contacts(entry)) + ".",
        *((f"{entry.hours.rstrip('.')}.",) if entry.hours else ()),
        *((f"{entry.note.rstrip('.')}.",) if entry.note else ()),
        *((names.words("resource.paused"),) if entry.status is Status.PAUSED else ()),
        _checked(entry, names, today),
        names.words("resource.id").format(id=entry.id),
    )
    return " ".join(part for part in parts if part != ".")


def _closed(entry: Resource, names: Names) -> str:
    if entry.evidence_year is None:
        return names.words("resource.closed")
    return names.words("resource.closed-year").format(year=entry.evidence_year)


def _contacts(entry: Resource) -> Iterator[str]:
    for phone in entry.phones:
        yield f"{phone.number} ({phone.serves})" if phone.serves else phone.number
    yield from (contact for contact in (entry.email, entry.url, entry.address) if contact)


def _checked(entry: Resource, names: Names, today: date) -> str:
    freshness = entry.freshness(today)
    if freshness is Freshness.UNCHECKED or entry.checked is None:
        return names.words("resource.unchecked")
    return names.words(f"resource.{freshness}").format(date=entry.checked.isoformat())


def platform(
    desk: Desk, wanted: PlatformId, categories: tuple[Category, ...], names: Names
) -> Iterator[Paragraph | Items]:
    """How to have something removed from one platform; what gives the filer away is said before any link."""
    entry = desk.get(wanted)
    if entry is None:
        yield Paragraph(names.words("desk.unknown").format(platform=wanted))
        return
    yield Paragraph(entry.name, strong=True)
    yield Items(tuple(_steps(entry, categories, names)))


def _steps(entry: Platform, categories: tuple[Category, ...], names: Names) -> Iterator[str]:
    for text in entry.before:
        yield names.words("desk.before").format(text=text)
    kinds = next((FORMS[each] for each in (Category.DOXX, Category.HARASSMENT) if each in categories), ())
    for report in entry.forms(*(kinds or FORMS[Category.DOXX]))[:MOST_FORMS]:
        yield _form(report, names)
    if entry.say:
        yield names.words("desk.say").format(text=entry.say)
    if entry.collect:
        yield names.words("desk.collect").format(text="; ".join(entry.collect) + ".")
    for text in entry.warnings:
        yield names.words("desk.careful").format(text=text)
    if entry.filer is Filer.PERSON_OR_AUTHORISED:
        yield names.words("desk.filer")


def _form(report: Report, names: Names) -> str:
    where = [each for each in (report.url, report.email, report.handle) if each]
    words = (
        *((names.words("desk.before").format(text=report.before),) if report.before else ()),
        f"{names.words(f'report.{report.kind}')}{': ' if where else '.'}{', '.join(where)}",
        *((f"({report.note.rstrip('.')})",) if report.note else ()),
    )
    return " ".join(words)
