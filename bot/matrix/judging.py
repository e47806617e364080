"""A nio client that judges keys before nio believes them; `client.Client` builds on it."""

from __future__ import annotations

from typing import Any, Final, NoReturn

from nio import AsyncClient, KeysClaimResponse, KeysQueryResponse, LocalProtocolError, Response

from bot.matrix import onetime
from bot.matrix.devices import Devices
from bot.matrix.sharing import Sharing
from bot.matrix.translate import part
from bot.matrix.wire import raise_for, understood
from bot.ports import Pins, TryAgainLater

ENOUGH: Final = 3
"""So often a claim may be answered with nonsense; then the others' message waits no longer for those keys."""


class JudgingClient(AsyncClient):  # type: ignore[misc]  # nio has no types
    """Every answer about keys passes through our judgement, whoever asked for it.

    Use `devices.learn()` in place of `keys_query()`, and `sharing.encrypt()` in place of `room_send()`'s own
    sharing of room keys, which is closed here: it raises at, hangs on, or ignores what it should skip.
    """

    def __init__(self, *args: Any, pins: Pins, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.devices = Devices(self, pins)
        self.sharing = Sharing(self, self.devices)
        self._senseless = 0

    async def create_matrix_response(
        self,
        response_class: type[Any],
        transport_response: Any,
        data: tuple[Any, ...] | None = None,
        save_to: Any = None,
    ) -> Response:
        """Put the judged answer in the place of the one that came."""
        if response_class not in (KeysQueryResponse, KeysClaimResponse):
            return await super().create_matrix_response(response_class, transport_response, data, save_to)
        try:
            body = understood(await transport_response.read())
        except ValueError as broken:
            raise TryAgainLater("the homeserver's answer about keys cannot be read") from broken
        if not 200 <= transport_response.status < 300:
            # nio takes any answer of the right shape for a good one, whatever its status.
            raise_for(transport_response.status, body if isinstance(body, dict) else {})
        answer = response_class.from_dict(await self._judged(response_class, body), *(data or ()))
        answer.transport_response = transport_response
        return answer

    async def _judged(self, response_class: type[Any], body: object) -> dict[str, Any]:
        if response_class is KeysQueryResponse:
            return await self.devices.screen(body)
        if not isinstance(part(body, "one_time_keys"), dict):
            # Taken for "there are none", it leaves devices without the key to this message.
            self._senseless += 1
            if self._senseless % ENOUGH:
                raise TryAgainLater("the homeserver's answer holds no one-time keys")
        known = {(known.user_id, known.id): (known.ed25519, known.curve25519) for known in self.device_store}
        return onetime.admitted(body, known)

    async def receive_response(self, response: Response) -> None:
        """Let nio take the answer in, then write our verdicts over it; on disk in one go."""
        if not isinstance(response, (KeysQueryResponse, KeysClaimResponse)):
            return await super().receive_response(response)  # type: ignore[no-any-return]
        # nio would forget who changed while an answer was on its way.
        changed_meanwhile = set(self.users_for_key_query)
        with self.store.database.atomic():
            # Nothing in here waits for anything, or others would write into our transaction.
            await super().receive_response(response)
            if isinstance(response, KeysQueryResponse):
                self.users_for_key_query.update(changed_meanwhile)
                self.devices.settle(response.device_keys)
        return None

    async def keys_query(self) -> NoReturn:
        """Closed: an answer nobody asked `devices` for is dropped."""
        raise LocalProtocolError("ask through devices.learn()")

    async def share_group_session(self, *_: Any, **__: Any) -> NoReturn:
        """Closed: nio either raises at a device without trust or gives it the key."""
        raise LocalProtocolError("share through sharing.encrypt()")
