"""A supporter's cross-signing identity: made anew at a real homeserver, or looked at again by everybody."""

from __future__ import annotations

from itertools import count

from bot.demo.people import Person
from bot.matrix.wire import NeedsProof, path
from tests.matrix.world import Someone

_SEEDS = count(1)


async def reset(person: Person) -> None:
    """As after losing every device: a new identity, and this device signed by it."""
    anew = Someone(person.user, next(_SEEDS))
    body = {part.removesuffix("s"): thing for part, thing in anew.cross_signing().items()}
    where = path("keys", "device_signing", "upload")
    try:
        await person._ask("POST", where, body)
    except NeedsProof as wanted:
        proof = {
            "type": "m.login.password",
            "session": wanted.session,
            "identifier": {"type": "m.id.user", "user": person.user},
            "password": person.password,
        }
        await person._ask("POST", where, {**body, "auth": proof})
    await _sign(person, anew)


async def _sign(person: Person, anew: Someone) -> None:
    shown = await person._ask("POST", path("keys", "query"), {"device_keys": {person.user: []}})
    ((id_, device),) = shown["device_keys"][person.user].items()
    device.pop("unsigned", None)
    device.pop("signatures")
    made = {f"ed25519:{anew.self_signing.public}": anew.self_signing.sign(device)}
    signed = {**device, "signatures": {person.user: made}}
    await person._ask("POST", path("keys", "signatures", "upload"), {person.user: {id_: signed}})


async def touch_device(person: Person) -> None:
    """Something about their device changes, so that everybody asks about it again."""
    where = path("devices", person._client.device_id)
    await person._ask("PUT", where, {"display_name": f"Phone {next(_SEEDS)}"})
