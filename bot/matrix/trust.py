"""Judges an answer to a keys query before nio sees it: which devices did their owner cross-sign?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from bot.core.model import UserId
from bot.matrix.signatures import decode, signed_by


class Verdict(StrEnum):
    """What a device is to us; only the first kind is ever given a key."""

    SIGNED = "signed"
    """Cross-signed by its owner, whose identity is the one first seen."""
    UNSIGNED = "unsigned"
    """A well-formed device that no pinned identity signed."""
    CHANGED = "changed"
    """Its owner shows another identity than the one first seen."""
    BAD = "bad"
    """Not a device we know of, or keys that contradict themselves."""


class Device(Struct, frozen=True):
    """A device whose keys are well-formed and signed by themselves."""

    user: UserId
    id: str
    ed25519: str
    curve25519: str
    signed: bool
    """By its owner's self-signing key, which the master key signed."""


class Person(Struct, frozen=True):
    """What the homeserver showed of one person."""

    user: UserId
    master: str | None
    """The public master key: the identity. None when there is none, or a broken one."""
    devices: Mapping[str, Device]


def verdict(device: Device | None, master: str | None, pin: str | None) -> Verdict:
    """The one rule of whose devices get our keys."""
    if device is None:
        return Verdict.BAD
    if master is None or pin is None:
        return Verdict.UNSIGNED
    if master != pin:
        return Verdict.CHANGED
    return Verdict.SIGNED if device.signed else Verdict.UNSIGNED


def judge(body: object) -> dict[UserId, Person]:
    """Everyone the answer tells about. Whatever it holds, this does not raise."""
    people = {}
    for user, devices in _mapping(_part(body, "device_keys")).items():
        if is_user(user) and isinstance(devices, dict):
            people[UserId(user)] = _person(UserId(user), devices, body)
    return people


def admitted(body: object, people: Mapping[UserId, Person]) -> dict[str, Any]:
    """The same answer with nothing in it that was not judged good, for nio.

    Display names are left out: they are unsigned, anybody's words, and we have no use for them.
    """
    offered = _mapping(_part(body, "device_keys"))
    kept = {
        user: {
            id_: {key: part for key, part in offered[user][id_].items() if key != "unsigned"}
            for id_ in person.devices
        }
        for user, person in people.items()
    }
    return {"device_keys": kept, "failures": {}}


# -- one person --------------------------------------------------------------------------------------------

_CROSS_SIGNING: Final = {
    "master": "master_keys",
    "self_signing": "self_signing_keys",
    "user_signing": "user_signing_keys",
}


def _person(user: UserId, offered: Mapping[Any, Any], body: object) -> Person:
    objects = {usage: _part(_part(body, part), user) for usage, part in _CROSS_SIGNING.items()}
    publics = {usage: _cross_signing_key(thing, user, usage) for usage, thing in objects.items()}
    master, signing = publics["master"], publics["self_signing"]
    if master is None or signing == master or not signed_by(objects["self_signing"], user, master, master):
        signing = None
    # A device named like a cross-signing key would have that key's name in signatures.
    reserved = {public for thing in objects.values() for public in _claimed_keys(thing)}
    devices = {
        device.id: device
        for id_, thing in offered.items()
        if id_ not in reserved and (device := _device(thing, user, id_, signing)) is not None
    }
    return Person(user, master, devices)


def _cross_signing_key(thing: object, user: UserId, usage: str) -> str | None:
    """The one public key of a cross-signing object, if the object is what it should be."""
    keys = _mapping(_part(thing, "keys"))
    if len(keys) != 1 or _part(thing, "user_id") != user or _part(thing, "usage") != [usage]:
        return None
    ((name, public),) = keys.items()
    return public if decode(public) is not None and name == f"ed25519:{public}" else None


def _claimed_keys(thing: object) -> Iterator[str]:
    for name, public in _mapping(_part(thing, "keys")).items():
        yield from (key for key in (public, str(name).removeprefix("ed25519:")) if isinstance(key, str))


def _device(thing: object, user: UserId, id_: object, signing: str | None) -> Device | None:
    """The device, if its keys are well-formed, are its own, and are signed by itself."""
    if not isinstance(thing, dict) or not isinstance(id_, str) or not id_ or not _is_shaped(thing):
        return None
    if thing.get("user_id") != user or thing.get("device_id") != id_:
        return None
    ed25519, curve25519 = thing["keys"].get(f"ed25519:{id_}"), thing["keys"].get(f"curve25519:{id_}")
    if decode(ed25519) is None or decode(curve25519) is None or not signed_by(thing, user, id_, ed25519):
        return None
    signed = signing is not None and signed_by(thing, user, signing, signing)
    return Device(user, id_, ed25519, curve25519, signed)


def _is_shaped(thing: Mapping[Any, Any]) -> bool:
    """Has the shape that nio demands: it refuses the answer about everybody for one device that has not."""
    algorithms, keys = thing.get("algorithms"), thing.get("keys")
    signatures = thing.get("signatures")
    return (
        isinstance(algorithms, list)
        and all(isinstance(name, str) for name in algorithms)
        and isinstance(keys, dict)
        and all(isinstance(key, str) for key in keys.values())
        and isinstance(signatures, dict)
        and all(
            isinstance(made, dict) and all(isinstance(signature, str) for signature in made.values())
            for made in signatures.values()
        )
    )


def is_user(user: object) -> bool:
    """Can it be asked about? For one name that is none, a homeserver refuses the whole question."""
    return isinstance(user, str) and user.startswith("@") and ":" in user and user.isprintable()


def _part(thing: object, key: str) -> Any:
    return thing.get(key) if isinstance(thing, dict) else None


def _mapping(thing: object) -> Mapping[Any, Any]:
    return thing if isinstance(thing, dict) else {}
