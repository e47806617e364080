"""What a test has to say reaches the process that sums up, whatever is in it."""

from __future__ import annotations

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, object, object]:
    """Half a character, as attackers send and logs repeat, would end the process: it is spelled out."""
    return spelled_out((yield))


def spelled_out(told: object) -> object:
    """The same, with `\\ud800` where half of a character was."""
    match told:
        case str():
            return told.encode("utf-8", "backslashreplace").decode("utf-8")
        case dict():
            return {key: spelled_out(value) for key, value in told.items()}
        case list() | tuple():
            return type(told)(spelled_out(each) for each in told)
        case _:
            return told
