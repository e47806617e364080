"""People with identities and devices, and a homeserver that answers about them as told, without a network."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import vodozemac

from bot.core.model import UserId
from bot.core.sensitive import Sensitive
from bot.matrix.judging import JudgingClient
from bot.matrix.keystore import KeyStore
from bot.matrix.session import crypto_config
from bot.matrix.signatures import canonical
from bot.matrix.signing import SigningKey

BOT = UserId("@bot:sws.test")
BOT_DEVICE = "BOTDEVICE"


class Phone:
    """A device of somebody."""

    def __init__(self, owner: str, id_: str) -> None:
        self.owner = owner
        self.id = id_
        self.account = vodozemac.Account()
        self.signed = True
        self.one_time: list[dict[str, Any]] = []
        self.received: list[tuple[str, dict[str, Any]]] = []
        self.room_keys_sealed: list[dict[str, Any]] = []
        self.opened: list[dict[str, Any]] = []
        self.session: vodozemac.Session | None = None

    @property
    def curve25519(self) -> str:
        return self.account.curve25519_key.to_base64()

    @property
    def ed25519(self) -> str:
        return self.account.ed25519_key.to_base64()

    def keys(self, signer: SigningKey | None) -> dict[str, Any]:
        thing: dict[str, Any] = {
            "user_id": self.owner,
            "device_id": self.id,
            "algorithms": ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
            "keys": {
                f"curve25519:{self.id}": self.curve25519,
                f"ed25519:{self.id}": self.ed25519,
            },
        }
        made = {f"ed25519:{self.id}": self._sign(thing)}
        if signer is not None and self.signed:
            made[f"ed25519:{signer.public}"] = signer.sign(thing)
        thing["signatures"] = {self.owner: made}
        thing["unsigned"] = {"device_display_name": "Phone of somebody"}
        return thing

    def offer(self, **changes: Any) -> None:
        """Put a one-time key up for claiming; `changes` spoil it."""
        self.account.generate_one_time_keys(1)
        ((name, key),) = self.account.one_time_keys.items()
        self.account.mark_keys_as_published()
        thing = {"key": key.to_base64(), **changes}
        thing["signatures"] = {self.owner: {f"ed25519:{self.id}": self._sign(thing)}}
        self.one_time.append({f"signed_curve25519:{name}": thing})

    def room_keys(self) -> list[dict[str, Any]]:
        """The room keys that arrived, decrypted."""
        for content in self.room_keys_sealed:
            self.opened.append(self._decrypted(content))
        self.room_keys_sealed.clear()
        return self.opened

    def receive(self, kind: str, content: dict[str, Any]) -> None:
        self.received.append((kind, content))
        if kind == "m.room.encrypted":
            self.room_keys_sealed.append(content)

    def withheld(self) -> list[dict[str, Any]]:
        return [content for kind, content in self.received if kind == "m.room_key.withheld"]

    def _decrypted(self, content: dict[str, Any]) -> dict[str, Any]:
        message = vodozemac.PreKeyMessage.from_base64(content["ciphertext"][self.curve25519]["body"])
        if self.session is None:
            sender = vodozemac.Curve25519PublicKey.from_base64(content["sender_key"])
            self.session, plain = self.account.create_inbound_session(sender, message)
        else:
            plain = self.session.decrypt(message.to_any())
        found: dict[str, Any] = json.loads(plain)["content"]
        return found

    def _sign(self, thing: Mapping[str, Any]) -> str:
        return self.account.sign(canonical(thing)).to_base64()


class Someone:
    """A person with an identity and any number of devices."""

    def __init__(self, user: str, seed: int, *devices: str) -> None:
        self.user = UserId(user)
        self.master, self.self_signing, self.user_signing = (
            SigningKey(bytes([seed, part] * 16)) for part in range(3)
        )
        self.devices = {id_: Phone(user, id_) for id_ in devices}

    def cross_signing(self) -> dict[str, dict[str, Any]]:
        things = {}
        for usage, key in (
            ("master", self.master),
            ("self_signing", self.self_signing),
            ("user_signing", self.user_signing),
        ):
            thing: dict[str, Any] = {
                "user_id": self.user,
                "usage": [usage],
                "keys": {f"ed25519:{key.public}": key.public},
            }
            thing["signatures"] = {self.user: {f"ed25519:{self.master.public}": self.master.sign(thing)}}
            things[f"{usage}_keys"] = thing
        return things


def answer_about(*people: Someone) -> dict[str, Any]:
    """A truthful answer to a keys query."""
    body: dict[str, Any] = {"device_keys": {}, "failures": {}}
    for person in people:
        devices = {id_: phone.keys(person.self_signing) for id_, phone in person.devices.items()}
        body["device_keys"][person.user] = devices
        for part, thing in person.cross_signing().items():
            body.setdefault(part, {})[person.user] = thing
    return copy.deepcopy(body)


class Answer:
    """What a transport gives back."""

    content_type = "application/json"
    content_disposition = None

    def __init__(self, body: Any, status: int = 200) -> None:
        self.body = json.dumps(body)
        self.status = status

    async def json(self) -> Any:
        return json.loads(self.body)

    async def text(self) -> str:
        return self.body

    async def read(self) -> bytes:
        return self.body.encode()


@dataclass
class Server:
    """Answers key requests truthfully about its people, unless `spoil` changes the answer."""

    people: dict[str, Someone] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    silent_about: set[str] = field(default_factory=set)
    spoil: Callable[[str, Any], Any] = lambda _where, body: body

    def add(self, *people: Someone) -> None:
        self.people.update({person.user: person for person in people})

    def count(self, part: str) -> int:
        return sum(part in where for where, _ in self.asked)

    def answer(self, path: str, data: str | None) -> Answer:
        body = json.loads(data) if data else {}
        self.asked.append((path, body))
        answer = self._answer(path, body)
        if not isinstance(answer, Answer):
            answer = self.spoil(path, answer)
        return answer if isinstance(answer, Answer) else Answer(answer)

    def _answer(self, path: str, body: dict[str, Any]) -> Any:
        if "/keys/query" in path:
            about = [user for user in body["device_keys"] if user not in self.silent_about]
            return answer_about(*(self.people[user] for user in about if user in self.people))
        if "/keys/claim" in path:
            return {"one_time_keys": self._claimed(body["one_time_keys"]), "failures": {}}
        if "/sendToDevice/" in path:
            self._deliver(path.split("/sendToDevice/")[1].split("/", maxsplit=1)[0], body["messages"])
            return {}
        return Answer({"errcode": "M_UNRECOGNIZED"}, 404)

    def _claimed(self, wanted: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for user, devices in wanted.items():
            for id_ in devices:
                phone = self.people[user].devices[id_]
                if phone.one_time:
                    found.setdefault(user, {})[id_] = phone.one_time.pop(0)
        return found

    def _deliver(self, kind: str, messages: Mapping[str, Mapping[str, dict[str, Any]]]) -> None:
        for user, devices in messages.items():
            for id_, content in devices.items():
                self.people[user].devices[id_].receive(kind, content)


class Pins:
    """Pins in memory, as the store keeps them on disk."""

    def __init__(self) -> None:
        self.held: dict[UserId, str] = {}

    def known(self) -> Mapping[UserId, str]:
        return self.held

    async def remember(self, pins: Mapping[UserId, str]) -> None:
        for user, key in pins.items():
            self.held.setdefault(user, key)

    async def forget(self, person: UserId) -> None:
        self.held.pop(person, None)


class Client(JudgingClient):
    """The bot's client with this server at the other end of the wire."""

    server: Server

    async def send(self, method: str, path: str, data: Any = None, *_: Any, **__: Any) -> Answer:
        return self.server.answer(path, data)


def client(folder: Path, server: Server, pins: Pins | None = None) -> Client:
    config = crypto_config(Sensitive("key of the test"), KeyStore)
    made = Client(
        "https://sws.test",
        BOT,
        device_id="BOTDEVICE",
        store_path=str(folder),
        config=config,
        pins=pins or Pins(),
    )
    made.server = server
    made.restore_login(BOT, "BOTDEVICE", "token")
    return made
