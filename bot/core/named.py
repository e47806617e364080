"""What every value of a union is, so that it can be stored and comes back as what it was."""

from __future__ import annotations

from msgspec import Struct


class Named(Struct, frozen=True, tag_field="is", tag=True):
    """Stored with the name of its class beside it. Renaming such a class needs a migration.

    Every change, effect, result and whatever comes in is one: a plan holds them in one row.
    """
