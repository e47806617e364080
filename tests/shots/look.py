"""Looks at a picture of a screen: what differs from another one, and where something of a colour stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """A screen as it was at one moment, as red, green and blue bytes."""

    width: int
    rgb: bytes

    def at(self, x: int, y: int) -> Colour:
        place = 3 * (y * self.width + x)
        return self.rgb[place], self.rgb[place + 1], self.rgb[place + 2]

    @property
    def height(self) -> int:
        return len(self.rgb) // 3 // self.width

    def differing(self, other: Look) -> int:
        """In how many pixels; all of them when the two are not of one size."""
        if (self.width, len(self.rgb)) != (other.width, len(other.rgb)):
            return max(len(self.rgb), len(other.rgb)) // 3
        if self.rgb == other.rgb:
            return 0
        mine, theirs = (zip(*[iter(look.rgb)] * 3, strict=True) for look in (self, other))
        return sum(one != two for one, two in zip(mine, theirs, strict=True))

    def lowest_row(self, left: int, right: int, fits: Callable[[Colour], bool]) -> int | None:
        """The lowest row that is of this colour all the way from `left` to `right`."""
        rows = range(self.height - 1, -1, -1)
        return next((y for y in rows if all(fits(self.at(x, y)) for x in range(left, right))), None)

    def lowest(self, left: int, right: int, fits: Callable[[Colour], bool]) -> tuple[int, int] | None:
        """The lowest pixel of this colour in these columns."""
        places = ((x, y) for y in range(self.height - 1, -1, -1) for x in range(left, right))
        return next((place for place in places if fits(self.at(*place))), None)


def slate(colour: Colour) -> bool:
    """The colour of nheko's large buttons, pointed at or not."""
    red, green, blue = colour
    return 55 <= red <= 100 and 60 <= green <= 105 and 80 <= blue <= 130


def bright(colour: Colour) -> bool:
    """Neither grey nor pale: nheko gives the marks of each thread a colour of their own."""
    return max(colour) - min(colour) >= 60
