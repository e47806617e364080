"""Cross-signing: gives the bot an identity that today's clients accept, and signs a new device with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct
from nio import AsyncClient

from bot.core.model import UserId
from bot.core.sensitive import Sensitive
from bot.matrix import storage
from bot.matrix.signatures import UNSIGNED_PARTS, canonical, decode, encode
from bot.matrix.signing import SigningKey
from bot.matrix.storage import RecoveryKey, Sealed, WrongRecoveryKey
from bot.matrix.trust import Verdict, judge, verdict
from bot.matrix.wire import NeedsProof, ask, path
from bot.ports import Forbidden, Gone

RandomBytes = Callable[[int], bytes]
PASSWORD_STAGE: Final = "m.login.password"  # noqa: S105 - the name of a stage, not a password
DEFAULT_KEY: Final = "m.secret_storage.default_key"


class IdentityTrouble(Exception):
    """The bot's identity cannot be made or used; the text is a sentence for the operator."""


class AlreadyHasIdentity(IdentityTrouble):
    """The account has an identity, and we do not hold its keys. It is never replaced by us."""


class Identity(Struct, frozen=True):
    """The three private keys. They exist in memory while an operator logs in, and at no other time."""

    master: SigningKey
    self_signing: SigningKey
    user_signing: SigningKey

    def parts(self) -> tuple[tuple[str, SigningKey], ...]:
        """Each key with its usage, which is also its name in secret storage."""
        return (
            ("master", self.master),
            ("self_signing", self.self_signing),
            ("user_signing", self.user_signing),
        )


# -- the two ways to a signed device -----------------------------------------------------------------------


async def begin(
    client: AsyncClient, password: Sensitive | None, random: RandomBytes, keep: Callable[[str], None]
) -> None:
    """Give an account without identity its first one, and sign this device with it.

    `keep` is given the recovery key before the step that cannot be undone: whatever goes wrong after it,
    the operator holds the key. Raises `AlreadyHasIdentity`, `IdentityTrouble`.
    """
    me = UserId(client.user_id)
    shown = await _shown(client)
    if _part(shown, "master_keys", me):
        raise AlreadyHasIdentity(
            f"{me} already has an identity, made elsewhere: "
            "run `sws-bot login --recovery-key` with its recovery key, or use an account that has none"
        )
    device = _own_device(client, shown)
    identity = Identity(*(SigningKey(random(32)) for _ in range(3)))
    recovery = RecoveryKey(random(32))
    await _store(client, identity, recovery, random)
    keep(recovery.words())
    await _publish(client, identity, password)
    await _sign(client, identity, device)


async def rejoin(client: AsyncClient, recovery: RecoveryKey) -> None:
    """Sign this device with the identity that the account has, opened by the recovery key.

    Raises `WrongRecoveryKey`, `IdentityTrouble`.
    """
    me = UserId(client.user_id)
    shown = await _shown(client)
    if not _part(shown, "master_keys", me):
        raise IdentityTrouble(f"{me} has no identity yet: run `sws-bot login` without --recovery-key")
    identity = await _open(client, recovery)
    _refuse_other(shown, me, identity)
    await _sign(client, identity, _own_device(client, shown))


def _refuse_other(shown: Mapping[str, Any], me: UserId, identity: Identity) -> None:
    """What secret storage holds may be older than the identity people see."""
    for part, key in (("master_keys", identity.master), ("self_signing_keys", identity.self_signing)):
        thing = _part(shown, part, me)
        if not isinstance(thing, dict) or thing.get("keys") != {f"ed25519:{key.public}": key.public}:
            raise IdentityTrouble(
                "the recovery key opens another identity than the one people see of this account: "
                "use the recovery key that was printed last"
            )


async def log_out_others(client: AsyncClient, password: Sensitive | None) -> int:
    """Log out every other device of the account, and say how many they were.

    One unsigned device is enough for Element X to refuse to send to a verified bot.
    """
    told = await ask(client, "GET", path("devices"))
    ids = [device.get("device_id") for device in told.get("devices", []) if isinstance(device, dict)]
    others = [id_ for id_ in ids if isinstance(id_, str) and id_ != client.device_id]
    if others:
        await _with_proof(client, "POST", path("delete_devices"), {"devices": others}, password)
    return len(others)


# -- what the homeserver shows of us -----------------------------------------------------------------------


async def _shown(client: AsyncClient) -> dict[str, Any]:
    return await ask(client, "POST", path("keys", "query"), {"device_keys": {client.user_id: []}})


def _part(shown: Mapping[str, Any], part: str, me: UserId) -> Any:
    things = shown.get(part)
    return things.get(me) if isinstance(things, dict) else None


def _own_device(client: AsyncClient, shown: Mapping[str, Any]) -> dict[str, Any]:
    """Our device as the homeserver shows it, ready to be signed; refused unless the keys are ours."""
    me, id_ = client.user_id, client.device_id
    person = judge(shown).get(UserId(me))
    device = person.devices.get(id_) if person else None
    ours = client.olm.account.identity_keys
    if device is None or (device.ed25519, device.curve25519) != (ours["ed25519"], ours["curve25519"]):
        raise IdentityTrouble(
            "the homeserver does not show this device with its own keys, so it will not be signed: "
            "run `sws-bot login` again, and if that does not help, do not trust this homeserver"
        )
    thing = shown["device_keys"][me][id_]
    return {key: part for key, part in thing.items() if key not in UNSIGNED_PARTS}


async def _sign(client: AsyncClient, identity: Identity, device: Mapping[str, Any]) -> None:
    """Sign the device, then look whether the homeserver shows it signed: one was seen to keep what it had."""
    me, id_ = UserId(client.user_id), client.device_id
    key = identity.self_signing
    signed = {**device, "signatures": {me: {f"ed25519:{key.public}": key.sign(device)}}}
    told = await ask(client, "POST", path("keys", "signatures", "upload"), {me: {id_: signed}})
    person = judge(await _shown(client)).get(me)
    seen = verdict(person.devices.get(id_), person.master, identity.master.public) if person else None
    if told.get("failures") or seen is not Verdict.SIGNED:
        raise IdentityTrouble(
            "the homeserver did not keep the signature of this device, so people's clients would hide what "
            "the bot says: run `sws-bot login --recovery-key` with the recovery key of this account"
        )


# -- publishing -------------------------------------------------------------------------------------------


async def _publish(client: AsyncClient, identity: Identity, password: Sensitive | None) -> None:
    me = client.user_id
    master = _object(me, "master", identity.master)
    signed_by_device = client.olm.account.sign(canonical(master).decode())
    master["signatures"] = {
        me: {
            f"ed25519:{client.device_id}": signed_by_device,
            f"ed25519:{identity.master.public}": identity.master.sign(master),
        }
    }
    body = {"master_key": master}
    for usage, key in identity.parts()[1:]:
        thing = _object(me, usage, key)
        thing["signatures"] = {me: {f"ed25519:{identity.master.public}": identity.master.sign(thing)}}
        body[f"{usage}_key"] = thing
    await _with_proof(client, "POST", path("keys", "device_signing", "upload"), body, password)


def _object(me: str, usage: str, key: SigningKey) -> dict[str, Any]:
    return {"user_id": me, "usage": [usage], "keys": {f"ed25519:{key.public}": key.public}}


async def _with_proof(
    client: AsyncClient, method: str, where: str, body: Mapping[str, Any], password: Sensitive | None
) -> None:
    """Ask, and prove with the password who we are when the homeserver wants to know."""
    try:
        await ask(client, method, where, body)
    except NeedsProof as wanted:
        if password is None or (PASSWORD_STAGE,) not in wanted.flows:
            raise IdentityTrouble(
                "the homeserver wants a proof that only a person with a browser can give: "
                "the bot needs an account that logs in with a password"
            ) from wanted
        proof = {
            "type": PASSWORD_STAGE,
            "session": wanted.session,
            "identifier": {"type": "m.id.user", "user": client.user_id},
            "password": password.reveal(),
        }
        try:
            await ask(client, method, where, {**body, "auth": proof})
        except (NeedsProof, Forbidden) as refused:
            raise IdentityTrouble("the homeserver did not accept the password as a proof") from refused


# -- secret storage ---------------------------------------------------------------------------------------


async def _store(client: AsyncClient, identity: Identity, recovery: RecoveryKey, random: RandomBytes) -> None:
    """Put the private keys into secret storage, and see that they come out again."""
    key_id = encode(random(16)).replace("+", "p").replace("/", "s")
    described = {"name": "sws-bot", **storage.description(recovery, random(16))}
    await _put(client, f"m.secret_storage.key.{key_id}", described)
    for usage, key in identity.parts():
        name = f"m.cross_signing.{usage}"
        sealed = storage.seal(recovery, name, encode(key.seed()), random(16))
        await _put(client, name, {"encrypted": {key_id: sealed.content()}})
    await _put(client, DEFAULT_KEY, {"key": key_id})
    back = await _open(client, recovery)
    if [key.public for _, key in back.parts()] != [key.public for _, key in identity.parts()]:
        raise IdentityTrouble("the homeserver did not keep what was put into secret storage: try again")


async def _open(client: AsyncClient, recovery: RecoveryKey) -> Identity:
    """The private keys from secret storage. Raises `WrongRecoveryKey`."""
    key_id = (await _get(client, DEFAULT_KEY)).get("key")
    if not isinstance(key_id, str):
        raise IdentityTrouble("the account has no secret storage, so there is nothing a recovery key opens")
    storage.check(recovery, await _get(client, f"m.secret_storage.key.{key_id}"))
    seeds = []
    for usage in ("master", "self_signing", "user_signing"):
        name = f"m.cross_signing.{usage}"
        sealed = (await _get(client, name)).get("encrypted")
        secret = storage.unseal(
            recovery, name, Sealed.read(sealed.get(key_id) if isinstance(sealed, dict) else None)
        )
        seed = decode(secret.rstrip("="))
        if seed is None:
            raise WrongRecoveryKey(f"what it opens as {name} is not a key")
        seeds.append(SigningKey(seed))
    return Identity(*seeds)


async def _put(client: AsyncClient, kind: str, content: Mapping[str, Any]) -> None:
    await ask(client, "PUT", path("user", client.user_id, "account_data", kind), content)


async def _get(client: AsyncClient, kind: str) -> dict[str, Any]:
    try:
        return await ask(client, "GET", path("user", client.user_id, "account_data", kind))
    except Gone:
        return {}
