"""Counts what was promised and what came true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Checks:
    """Each check is one sentence, said aloud with a mark in front of it."""

    say: Callable[[str], None] = print
    failed: list[str] = field(default_factory=list)
    count: int = 0

    def that(self, sentence: str, *, holds: bool) -> None:
        self.count += 1
        self.say(f"  {'✔' if holds else '✘'} {sentence}")
        if not holds:
            self.failed.append(sentence)

    def stopped(self, story: str, why: Exception) -> None:
        """A story that could not be played to its end."""
        self.that(f"the story “{story}” plays to its end: {why}", holds=False)

    @property
    def good(self) -> bool:
        return self.count > 0 and not self.failed

    def summary(self) -> str:
        lines = [f"{self.count} checks, {self.count - len(self.failed)} good"]
        return "\n".join([*lines, *(f"  ✘ {sentence}" for sentence in self.failed)])
