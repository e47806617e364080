"""A YAML file read strictly: every fault names the file, the line and the key, and never a value."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path

import yaml
from msgspec import Struct

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same loader in C where it was built: the shipped lists are read at each start."""
TEXT = "tag:yaml.org,2002:str"
NOTHING = "tag:yaml.org,2002:null"
WHOLE = "tag:yaml.org,2002:int"
READ_AS = {
    "tag:yaml.org,2002:bool": "yes or no",
    "tag:yaml.org,2002:int": "a number",
    "tag:yaml.org,2002:float": "a number",
    "tag:yaml.org,2002:timestamp": "a date",
    NOTHING: "nothing at all",
}


class Misconfigured(Exception):
    """The operator must mend something first; the text is one sentence that says what and where."""


class Place(Struct, frozen=True):
    """One value of a document, together with where it stands."""

    file: str
    path: str
    node: yaml.Node | None
    """None: the file is empty."""

    def fault(self, what: str) -> Misconfigured:
        """An error that begins with the file, the line and the key."""
        line = f", line {self.node.start_mark.line + 1}" if self.node else ""
        return Misconfigured(f"{self.file}{line}: {self.path + ' ' if self.path else ''}{what}")

    def text(self) -> str:
        """Text, and only what YAML takes for text: an unquoted NO is not a word, nor is 10:30."""
        if isinstance(self.node, yaml.ScalarNode):
            if self.node.tag == TEXT:
                return str(self.node.value)
            if self.node.tag in READ_AS:
                raise self.fault(
                    f"must be text, but YAML reads it as {READ_AS[self.node.tag]}: put it in quotes"
                )
            raise self.fault(
                'must stand in quotes, because what begins with "!" means something else in YAML'
            )
        raise self.fault("must be one line of text")

    def number(self, least: int, most: int) -> int:
        """A whole number within these bounds."""
        tag, value = getattr(self.node, "tag", None), getattr(self.node, "value", "")
        if tag != WHOLE or not value.isdecimal() or not least <= int(value) <= most:
            raise self.fault(f"must be a whole number from {least} to {most}")
        return int(value)

    def items(self) -> tuple[Place, ...]:
        """The members of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.fault("must be a list, like [one, two]")
        return tuple(Place(self.file, f"{self.path}[{i}]", node) for i, node in enumerate(self.node.value))

    def texts(self) -> tuple[str, ...]:
        return tuple(item.text() for item in self.items())

    def entries(self) -> Mapping[str, Place]:
        """The members of a mapping, by key; a key that stands twice is an error."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.fault("must be a mapping, like {key: value}" if self.path else "holds no settings")
        found: dict[str, Place] = {}
        for key_node, value_node in self.node.value:
            key = self._key(key_node)
            path = f"{self.path}.{key}" if self.path else key
            if key in found:
                first = found[key].node
                raise Place(self.file, path, key_node).fault(
                    f"stands twice, first on line {first.start_mark.line + 1 if first else 1}"
                )
            found[key] = Place(self.file, path, value_node)
        return found

    def _key(self, node: yaml.Node) -> str:
        if isinstance(node, yaml.ScalarNode) and node.tag == TEXT:
            return str(node.value)
        return Place(self.file, f"a key of {self.path}" if self.path else "a key", node).text()

    def fields(self, known: Collection[str], required: Collection[str] = ()) -> Mapping[str, Place]:
        """The members of a mapping; an unknown key is an error that names the nearest known one."""
        return self.known(self.entries(), known, required)

    def known(
        self, found: Mapping[str, Place], known: Collection[str], required: Collection[str] = ()
    ) -> Mapping[str, Place]:
        """The same where the members were already `found`."""
        for key, place in found.items():
            if key not in known:
                near = get_close_matches(key, known, n=1, cutoff=0.5)
                hint = f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(sorted(known))}"
                raise place.fault(f"is not a setting; {hint}")
        given = {key: place for key, place in found.items() if not _is_nothing(place.node)}
        for key in required:
            if key not in given:
                raise self.fault(f'{"needs" if self.path else "the file needs"} the setting "{key}"')
        return given


def _is_nothing(node: yaml.Node | None) -> bool:
    """`resources:` with nothing behind it means the same as leaving the line out."""
    return isinstance(node, yaml.ScalarNode) and node.tag == NOTHING


def read(path: Path) -> Place:
    """The whole file as one place."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Misconfigured(f"{path} is not UTF-8 text (byte {fault.start}): save it as UTF-8") from None
    except FileNotFoundError:
        raise Misconfigured(f"{path} does not exist") from None
    except OSError as fault:
        raise Misconfigured(f"{path} cannot be read: {fault.strerror}") from None
    try:
        node = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise Misconfigured(
            f"{path}{where}: this is not valid YAML (what begins with @, !, #, * or & must stand in quotes)"
        ) from None
    except yaml.YAMLError:
        raise Misconfigured(f"{path} holds a character that YAML does not allow") from None
    return Place(str(path), "", node)
