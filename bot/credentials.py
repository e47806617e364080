"""Where secrets come from: systemd, a named file, the environment, or `secrets/` beside the configuration."""

from __future__ import annotations

import base64
import os
import re
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from bot.core.sensitive import Sensitive
from bot.document import Misconfigured

STORE_KEY_BYTES = 32
LONGEST = 4096


class Credentials(Struct, frozen=True):
    """Looks secrets up by name, in a fixed order; the first place that has one decides."""

    folder: Path
    """`secrets/` beside the configuration."""
    environment: Mapping[str, str]

    @classmethod
    def beside(cls, config: Path, environment: Mapping[str, str] | None = None) -> Credentials:
        return cls(config.resolve().parent / "secrets", os.environ if environment is None else environment)

    def find(self, name: str) -> Sensitive | None:
        """The secret, or None when no place has one. Raises `Misconfigured` when it is there but no good."""
        text = self._text(name)
        return None if text is None else Sensitive(text)

    def need(self, name: str) -> Sensitive:
        """The secret. Raises `Misconfigured` when there is none, naming the places it was looked for."""
        return Sensitive(self._needed(name))

    def store_key(self) -> bytes:
        """The key that seals words at rest."""
        try:
            key = base64.b64decode(self._needed("store_key"), validate=True)
        except ValueError:
            key = b""
        if len(key) != STORE_KEY_BYTES:
            raise Misconfigured(
                "the secret store_key must be 32 random bytes in base64, as `sws-bot init` writes it"
            )
        return key

    def _needed(self, name: str) -> str:
        text = self._text(name)
        if text is None:
            raise Misconfigured(
                f"the secret {name} is missing: put it into {self.folder / name}, readable by you alone "
                f"(other ways: ${_variable(name)}_FILE, ${_variable(name)}, a systemd credential)"
            )
        return text

    def _text(self, name: str) -> str | None:
        directory = self.environment.get("CREDENTIALS_DIRECTORY")
        if directory and _is_there(path := Path(directory) / name):
            return _from_file(path, name)
        if path_given := self.environment.get(f"{_variable(name)}_FILE"):
            return _from_file(Path(path_given), name)
        if (text := self.environment.get(_variable(name))) is not None:
            return _one_line(text, name, f"${_variable(name)}")
        if _is_there(path := self.folder / name):
            return _from_file(path, name, private=True)
        return None


def write_store_key(folder: Path) -> Path:
    """A new random store key that only its owner can read; an existing one is never touched."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "store_key"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(base64.b64encode(secrets.token_bytes(STORE_KEY_BYTES)).decode() + "\n")
    return path


def _variable(name: str) -> str:
    return "SWS_" + re.sub(r"[^A-Z0-9]", "_", name.upper())


def _is_there(path: Path) -> bool:
    """A folder we may not look into holds nothing for us: the service's user is not meant to read root's."""
    try:
        return path.exists()
    except PermissionError:
        return False


def _from_file(path: Path, name: str, *, private: bool = False) -> str:
    """One line of a file; a `private` one is refused when anybody but its owner could have read it."""
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if private and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise Misconfigured(f"the secret {name} can be read by others: run `chmod 600 {path}`")
            return _one_line(file.read(LONGEST + 1), name, str(path))
    except OSError as fault:
        raise Misconfigured(f"the secret {name} cannot be read from {path}: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise Misconfigured(f"the secret {name} in {path} is not text") from None


def _one_line(text: str, name: str, where: str) -> str:
    line = text.strip("\r\n")
    if not line.strip():
        raise Misconfigured(f"the secret {name} in {where} is empty")
    if len(line) > LONGEST or "\n" in line or "\r" in line:
        raise Misconfigured(f"the secret {name} in {where} must be one line")
    return line
