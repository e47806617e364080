"""A private Synapse on loopback in a folder of its own, for the demo and the live tests."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import importlib.util
import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Final

from bot.demo.attached import environment

NAME = "sws.test"
"""The server name: `.test` can never be anybody's."""


class Limits(Enum):
    """How fast people may do things."""

    GENEROUS = "generous"
    SYNAPSE = "synapse"
    """What Synapse allows an ordinary account when its configuration says nothing."""
    FREE_ENTRY = "free entry"
    """The same, but many may register, log in and join at once."""


class NotInstalled(Exception):
    """Synapse is not among the installed packages."""


class NotStarted(Exception):
    """Synapse stopped by itself or never answered; the message ends with its own last words."""


_FREELY = {"per_second": 10_000, "burst_count": 10_000}
_GENEROUS = {
    "rc_message": _FREELY,
    "rc_registration": _FREELY,
    "rc_login": {"address": _FREELY, "account": _FREELY, "failed_attempts": _FREELY},
    "rc_admin_redaction": _FREELY,
    "rc_joins": {"local": _FREELY, "remote": _FREELY},
    "rc_joins_per_room": _FREELY,
    "rc_key_requests": _FREELY,
    "rc_invites": {"per_room": _FREELY, "per_user": _FREELY, "per_issuer": _FREELY},
    "rc_room_creation": _FREELY,
    "rc_media_create": _FREELY,
    "rc_user_directory": _FREELY,
    "rc_profile": _FREELY,
}


def installed() -> bool:
    return importlib.util.find_spec("synapse") is not None


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_ENTRY = ("rc_registration", "rc_login", "rc_joins", "rc_joins_per_room")
_LIFTED: Final[Mapping[Limits, Mapping[str, Any]]] = {
    Limits.GENEROUS: _GENEROUS,
    Limits.SYNAPSE: {},
    Limits.FREE_ENTRY: {name: _GENEROUS[name] for name in _ENTRY},
}


def _settings(folder: Path, port: int, limits: Limits, secret: str) -> dict[str, Any]:
    """One listener on loopback, no federation, nothing that phones home, cheap password hashes."""
    listener = {
        "port": port,
        "type": "http",
        "tls": False,
        "bind_addresses": ["127.0.0.1"],
        "resources": [{"names": ["client"]}],
    }
    return {
        "server_name": NAME,
        "public_baseurl": f"http://127.0.0.1:{port}/",
        "pid_file": str(folder / "synapse.pid"),
        "listeners": [listener],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "synapse.db")}},
        "log_config": str(folder / "log.json"),
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "registration_shared_secret": secret,
        "macaroon_secret_key": secrets.token_hex(16),
        "form_secret": secrets.token_hex(16),
        "bcrypt_rounds": 4,
        "report_stats": False,
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "presence": {"enabled": False},
        "url_preview_enabled": False,
        "enable_search": False,
        **_LIFTED[limits],
    }


def _logging(folder: Path) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {
            "file": {
                "class": "logging.FileHandler",
                "formatter": "line",
                "filename": str(folder / "synapse.log"),
            }
        },
        "root": {"level": "WARNING", "handlers": ["file"]},
    }


@dataclass(slots=True)
class Homeserver:
    """A running Synapse. `start` and `stop` block; `homeserver()` below is the asynchronous way in."""

    folder: Path
    limits: Limits = Limits.GENEROUS
    url: str = ""
    name: str = NAME
    _secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def database(self) -> Path:
        return self.folder / "synapse.db"

    def user_id(self, person: str) -> str:
        return f"@{person}:{self.name}"

    def start(self, within: float = 120) -> None:
        """Write the configuration once, start Synapse and wait until it answers."""
        if not installed():
            raise NotInstalled
        self.folder = self.folder.absolute()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.url:
            self._write_configuration(_free_port())
        settings = str(self.folder / "homeserver.json")
        command = [sys.executable, "-m", "bot.demo.attached", "synapse.app.homeserver", "-c", settings]
        with (self.folder / "output.log").open("ab") as output:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            self._wait_until_it_answers(within)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ask it to end; after ten seconds, make it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def sees(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the homeserver's own database holds: everything its operator could read."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=30)) as database:
            return database.execute(query, values).fetchall()

    async def register(self, person: str, password: str, *, admin: bool = False) -> str:
        """Make an account and give its Matrix ID; with `admin`, one that may use Synapse's own API."""
        return await asyncio.to_thread(self.register_now, person, password, admin=admin)

    def register_now(self, person: str, password: str, *, admin: bool = False) -> str:
        path = "/_synapse/admin/v1/register"
        nonce = self.call("GET", path)["nonce"]
        words = (nonce, person, password, "admin" if admin else "notadmin")
        proof = hmac.new(self._secret.encode(), "\0".join(words).encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": person, "password": password, "admin": admin, "mac": proof}
        return str(self.call("POST", path, body)["user_id"])

    def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, token: str | None = None
    ) -> Any:
        """One plain request to the homeserver, for what no client needs to do."""
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            self.url + path, method=method, data=None if body is None else json.dumps(body).encode()
        )
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
            return json.load(answer)

    def _write_configuration(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        self._write("signing.key", f"ed25519 a_{secrets.token_hex(2)} {seed}\n")
        self._write("log.json", json.dumps(_logging(self.folder), indent=1))
        settings = _settings(self.folder, port, self.limits, self._secret)
        self._write("homeserver.json", json.dumps(settings, indent=1))

    def _write(self, name: str, text: str) -> None:
        with open(os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)

    def _wait_until_it_answers(self, within: float) -> None:
        end = time.monotonic() + within
        while time.monotonic() < end:
            if self._process is None or self._process.poll() is not None:
                raise NotStarted(f"Synapse stopped while starting: {self._last_words()}")
            try:
                self.call("GET", "/_matrix/client/versions")
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
            else:
                return
        raise NotStarted(f"Synapse did not answer within {within:.0f} seconds: {self._last_words()}")

    def _last_words(self) -> str:
        logs = [self.folder / "output.log", self.folder / "synapse.log"]
        return "\n".join(log.read_text(errors="replace")[-1500:] for log in logs if log.exists())


@asynccontextmanager
async def homeserver(folder: Path, limits: Limits = Limits.GENEROUS) -> AsyncIterator[Homeserver]:
    """`async with homeserver(folder) as hs: await hs.register("rosa", "password")`; stopped at the end."""
    server = Homeserver(folder, limits)
    try:
        await asyncio.to_thread(server.start)
        yield server
    finally:
        await asyncio.to_thread(server.stop)
