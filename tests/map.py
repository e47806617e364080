"""Writes the map of the code (`docs/code-map.md`) from line one of every file: `python -m tests.map`."""

from __future__ import annotations

from collections.abc import Iterator

from tests.source import TOP, Module, modules

FILE = TOP / "docs" / "code-map.md"
HEAD = """\
# Map of the code

Made from the first line of every file by `.venv/bin/python -m tests.map`; a test fails when it is out of
date. How one post walks through the house is in the [README](../README.md).
"""


def map_of_the_code() -> str:
    return HEAD + "".join(_folders(modules()))


def _folders(found: tuple[Module, ...]) -> Iterator[str]:
    """The front door first, then each folder with what its `__init__` says."""
    for folder in sorted({module.folder for module in found}, key=lambda name: (name.count("/"), name)):
        here = [module for module in found if module.folder == folder]
        yield f"\n## `{folder}/`\n\n"
        yield from (
            f"{module.doc.splitlines()[0]}\n\n" for module in here if module.path.endswith("__init__.py")
        )
        for module in here:
            if not module.path.endswith("__init__.py"):
                name = module.path.rpartition("/")[2]
                yield f"- [`{name}`](../{module.path}): {module.doc.splitlines()[0]}\n"


if __name__ == "__main__":
    FILE.write_text(map_of_the_code(), encoding="utf-8")
