"""Keeps others able to write to us: one-time keys, the fallback key, changed devices, broken sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot.core.model import Millis
from bot.matrix.client import Client
from bot.matrix.signatures import UNSIGNED_PARTS
from bot.matrix.translate import part
from bot.matrix.trust import is_user
from bot.matrix.wire import ask, path
from bot.ports import Forbidden, LoggedOut, TryAgainLater

KIND: Final = "signed_curve25519"
ENOUGH: Final = 0.5
"""Of what an account can hold; below it, new ones are uploaded."""
ALGORITHMS: Final = ("m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2")
OTHER_KEYS: Final = (
    "the homeserver has other keys for this device than this machine, whose store must be lost or old: "
    "run `sws-bot login --recovery-key` to make a new device"
)


class Upkeep:
    """After each sync: what it says about our own keys and about other people's devices."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def check_ours(self) -> None:
        """Is what the homeserver shows of this device what we have? Raises `LoggedOut` when not."""
        me, id_ = self._client.user_id, self._client.device_id
        shown = await ask(self._client, "POST", path("keys", "query"), {"device_keys": {me: [id_]}})
        device = part(part(part(shown, "device_keys"), me), id_)
        ours = {f"{kind}:{id_}": key for kind, key in self._client.olm.account.identity_keys.items()}
        if device is not None and part(device, "keys") != ours:
            raise LoggedOut(OTHER_KEYS)

    def note_changes(self, body: object) -> None:
        """Whose devices changed: asked about before the next message goes out or is judged."""
        changed = part(part(body, "device_lists"), "changed")
        people = {user for user in changed if is_user(user)} if isinstance(changed, list) else set()
        self._client.olm.add_changed_users(people)

    async def refill(self, body: object) -> None:
        """Upload the one-time and fallback keys that the homeserver no longer has.

        Raises `LoggedOut` when the homeserver holds keys of this device that are not ours.
        """
        account = self._client.olm.account
        account_keys = account._account
        missing = account.max_one_time_keys - _count(body) - len(account_keys.one_time_keys)
        if _count(body) < account.max_one_time_keys * ENOUGH and missing > 0:
            account.generate_one_time_keys(missing)
        unused = part(body, "device_unused_fallback_key_types")
        if isinstance(unused, list) and KIND not in unused and not account_keys.fallback_key:
            account_keys.generate_fallback_key()
        if account_keys.one_time_keys or account_keys.fallback_key or not account.shared:
            await self._upload()

    async def _upload(self) -> None:
        olm = self._client.olm
        # Before they are sent: a key that somebody uses and we did not keep is a message lost.
        olm.save_account()
        content: dict[str, Any] = {
            "one_time_keys": self._signed(olm.account._account.one_time_keys, {}),
            "fallback_keys": self._signed(olm.account._account.fallback_key, {"fallback": True}),
        }
        if not olm.account.shared:
            content["device_keys"] = self._device_keys()
        try:
            told = await ask(self._client, "POST", path("keys", "upload"), content)
        except Forbidden as refused:
            raise LoggedOut(OTHER_KEYS) from refused
        if not isinstance(told.get("one_time_key_counts"), dict):
            raise TryAgainLater("the homeserver did not say that it has our keys")
        olm.account.shared = True
        olm.mark_keys_as_published()
        olm.save_account()

    def _signed(self, keys: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
        return {f"{KIND}:{id_}": self._sign({"key": key.to_base64(), **more}) for id_, key in keys.items()}

    def _sign(self, thing: Mapping[str, Any]) -> dict[str, Any]:
        bare = {key: value for key, value in thing.items() if key not in UNSIGNED_PARTS}
        signature = self._client.olm.sign_json(bare)
        return {
            **bare,
            "signatures": {self._client.user_id: {f"ed25519:{self._client.device_id}": signature}},
        }

    def _device_keys(self) -> dict[str, Any]:
        id_, keys = self._client.device_id, self._client.olm.account.identity_keys
        return self._sign(
            {
                "algorithms": list(ALGORITHMS),
                "device_id": id_,
                "user_id": self._client.user_id,
                "keys": {f"{kind}:{id_}": key for kind, key in keys.items()},
            }
        )

    async def mend(self) -> None:
        """Open new sessions to devices whose messages we could no longer read, and say so to them."""
        olm = self._client.olm
        if olm.wedged_devices:
            await self._client.keys_claim(olm.get_users_for_key_claiming())
            # Who has no good key left is tried again when the next message cannot be read.
            olm.wedged_devices.clear()
            for message in [
                queued for queued in olm.outgoing_to_device_messages if queued.type == "m.room.encrypted"
            ]:
                await self._client.to_device(message)
        # Requests for keys, which we do not make.
        olm.outgoing_to_device_messages.clear()

    def forget(self, now: Millis) -> None:
        """Drop room keys past their last day."""
        for session in self._client.notes.forget(now):
            for senders in self._client.olm.inbound_group_store._entries.values():
                for sessions in senders.values():
                    sessions.pop(session, None)


def _count(body: object) -> int:
    """How many one-time keys the homeserver still has; saying nothing means none."""
    count = part(part(body, "device_one_time_keys_count"), KIND)
    return max(0, count) if isinstance(count, int) else 0
