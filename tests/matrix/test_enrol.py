"""`sws-bot login` against a homeserver that is honest, forgetful, or hostile."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import UserId
from bot.core.sensitive import Sensitive
from bot.matrix import enrol as enrolling
from bot.matrix.enrol import Account, CannotLogIn, OthersRemain, alive, enrol
from bot.matrix.identity import AlreadyHasIdentity, IdentityTrouble
from bot.matrix.keystore import Lock, StoreInUse
from bot.matrix.session import FILE, Session, read
from bot.matrix.signatures import encode
from bot.matrix.signing import SigningKey
from bot.matrix.storage import RecoveryKey, WrongRecoveryKey
from bot.matrix.trust import Verdict, judge, verdict
from bot.ports import TryAgainLater
from tests.matrix.account import AccountServer, Refused

BOT = UserId("@bot:sws.test")
PASSWORD = "a password of the test"
STORE_KEY = bytes(range(32))


@pytest.fixture
def server() -> AccountServer:
    return AccountServer(BOT, PASSWORD)


@pytest.fixture
async def account(server: AccountServer, tmp_path: Path) -> AsyncIterator[Account]:
    async with server.running() as url:
        yield Account(url, BOT, Sensitive(PASSWORD), tmp_path / "data", STORE_KEY)


async def first_login(account: Account) -> tuple[Session, str]:
    shown: list[str] = []
    session, _ = await enrol(account, None, os.urandom, shown.append)
    (words,) = shown
    return session, words


def seen(server: AccountServer, device: str) -> Verdict:
    """What somebody who pinned the bot makes of its device."""
    body = {"device_keys": {BOT: server.keys}, **server.cross_signing}
    person = judge(body)[BOT]
    return verdict(person.devices.get(device), person.master, person.master)


def crypto_files(account: Account) -> list[str]:
    return sorted(file.name for file in (account.folder / "crypto").iterdir())


# -- the first login -------------------------------------------------------------------------------------


async def test_the_first_login_makes_a_signed_device(server: AccountServer, account: Account) -> None:
    session, _ = await first_login(account)
    assert seen(server, session.device) is Verdict.SIGNED
    assert read(account.folder, STORE_KEY) == session
    assert await alive(session)


async def test_the_order_is_login_sync_keys_identity(server: AccountServer, account: Account) -> None:
    await first_login(account)
    steps = [
        "POST login",
        "GET sync",
        "POST keys/upload",
        "POST keys/device_signing/upload",
        "POST keys/signatures/upload",
    ]
    assert [asked for asked in server.asked if asked in steps] == steps


async def test_no_private_signing_key_stays_on_this_machine_or_in_the_clear(
    server: AccountServer, account: Account
) -> None:
    given: list[bytes] = []

    def random(length: int) -> bytes:
        given.append(os.urandom(length))
        return given[-1]

    await enrol(account, None, random, lambda _: None)
    seeds = [seed for seed in given if len(seed) == 32]
    # The pickle key, three signing keys, the recovery key.
    assert len(seeds) == 5
    held = b"".join(file.read_bytes() for file in account.folder.rglob("*") if file.is_file())
    uploaded = str((server.data, server.cross_signing, server.keys)).encode()
    for seed in seeds:
        for spelling in (seed, encode(seed).encode(), seed.hex().encode()):
            assert spelling not in held
            assert spelling not in uploaded


async def test_nothing_that_opens_the_account_is_readable_by_others(account: Account) -> None:
    session, _ = await first_login(account)
    words = (account.folder / FILE).read_text()
    assert session.token.reveal() not in words
    assert session.pickle_key.reveal() not in words
    for path in (account.folder, *account.folder.rglob("*")):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


async def test_the_recovery_key_is_known_before_the_identity_is_published(
    server: AccountServer, account: Account
) -> None:
    published: list[bool] = []
    await enrol(account, None, os.urandom, lambda _: published.append(bool(server.cross_signing)))
    assert published == [False]


async def test_older_devices_are_logged_out(server: AccountServer, account: Account) -> None:
    server.devices["OLD"] = "token of OLD"
    server.wants_proof = {"delete_devices"}
    session, count = await enrol(account, None, os.urandom, lambda _: None)
    assert (count, list(server.devices)) == (1, [session.device])


async def test_a_homeserver_that_wants_a_proof_for_the_identity_gets_the_password(
    server: AccountServer, account: Account
) -> None:
    server.wants_proof = {"device_signing"}
    session, _ = await first_login(account)
    assert seen(server, session.device) is Verdict.SIGNED


async def test_a_proof_that_needs_a_browser_is_named_as_such(server: AccountServer, account: Account) -> None:
    server.wants_proof, server.stages = {"device_signing"}, ["m.oauth"]
    with pytest.raises(IdentityTrouble, match="browser"):
        await first_login(account)
    assert server.devices == {}


async def test_devices_that_cannot_be_logged_out_are_named_and_the_login_stands(
    server: AccountServer, account: Account
) -> None:
    server.devices["OLD"] = "token of OLD"
    server.wants_proof, server.stages = {"delete_devices"}, ["m.oauth"]
    with pytest.raises(OthersRemain, match="this device is ready"):
        await first_login(account)
    assert await alive(read(account.folder, STORE_KEY))


# -- what must not be signed ------------------------------------------------------------------------------


async def test_an_identity_that_we_do_not_hold_is_never_replaced(
    server: AccountServer, account: Account
) -> None:
    await first_login(account)
    before, session = dict(server.cross_signing), (account.folder / FILE).read_bytes()
    with pytest.raises(AlreadyHasIdentity, match="--recovery-key"):
        await enrol(account, None, os.urandom, pytest.fail)
    assert server.cross_signing == before
    assert (account.folder / FILE).read_bytes() == session
    assert list(server.devices) == ["DEVICE1"]
    assert all("DEVICE1" in name for name in crypto_files(account))


def other_keys(answer: Any) -> Any:
    for device in answer["device_keys"][BOT].values():
        for name in device["keys"]:
            device["keys"][name] = encode(bytes(range(32)))
    return answer


def no_device(answer: Any) -> Any:
    return {**answer, "device_keys": {BOT: {}}}


@pytest.mark.parametrize("lie", [other_keys, no_device, lambda _: {}, lambda _: {"device_keys": 7}])
async def test_keys_that_are_not_ours_are_not_signed(
    server: AccountServer, account: Account, lie: Any
) -> None:
    server.rules["keys/query"] = lie
    with pytest.raises(IdentityTrouble, match="with its own keys"):
        await first_login(account)
    assert server.cross_signing == {}
    assert server.devices == {}
    assert crypto_files(account) == []


async def test_a_signature_that_the_homeserver_does_not_keep_is_noticed(
    server: AccountServer, account: Account
) -> None:
    def forget(answer: Any) -> Any:
        for device in server.keys.values():
            made = device["signatures"][BOT]
            device["signatures"][BOT] = {
                name: made[name] for name in made if name.startswith("ed25519:DEVICE")
            }
        return answer

    server.rules["keys/signatures/upload"] = forget
    with pytest.raises(IdentityTrouble, match="did not keep the signature"):
        await first_login(account)
    assert not (account.folder / FILE).exists()


async def test_an_identity_is_not_published_when_its_keys_could_not_be_stored(
    server: AccountServer, account: Account
) -> None:
    server.rules[f"user/{BOT}/account_data/m.cross_signing.master"] = lambda _: {"encrypted": {}}
    with pytest.raises((IdentityTrouble, WrongRecoveryKey)):
        await enrol(account, None, os.urandom, pytest.fail)
    assert server.cross_signing == {}


# -- a new device of the same bot -------------------------------------------------------------------------


async def test_with_the_recovery_key_a_new_device_is_the_same_bot(
    server: AccountServer, account: Account
) -> None:
    first, words = await first_login(account)
    identity = dict(server.cross_signing)
    second, count = await enrol(account, RecoveryKey.read(Sensitive(words)), os.urandom, pytest.fail)
    assert second.device != first.device
    assert server.cross_signing == identity
    assert seen(server, second.device) is Verdict.SIGNED
    assert (count, list(server.devices)) == (1, [second.device])
    assert read(account.folder, STORE_KEY) == second
    assert all(second.device in name for name in crypto_files(account))


async def test_another_recovery_key_signs_nothing(server: AccountServer, account: Account) -> None:
    first, _ = await first_login(account)
    with pytest.raises(WrongRecoveryKey, match="not the one of this account"):
        await enrol(account, RecoveryKey(bytes(32)), os.urandom, pytest.fail)
    assert list(server.devices) == [first.device]
    assert read(account.folder, STORE_KEY) == first


async def test_secret_storage_of_another_identity_signs_nothing(
    server: AccountServer, account: Account
) -> None:
    _, words = await first_login(account)
    other = SigningKey(os.urandom(32))
    master = {"user_id": BOT, "usage": ["master"], "keys": {f"ed25519:{other.public}": other.public}}
    server.cross_signing["master_keys"] = {BOT: master}
    server.asked.clear()
    with pytest.raises(IdentityTrouble, match="another identity"):
        await enrol(account, RecoveryKey.read(Sensitive(words)), os.urandom, pytest.fail)
    assert "POST keys/signatures/upload" not in server.asked


async def test_a_recovery_key_without_an_identity_is_refused(account: Account) -> None:
    with pytest.raises(IdentityTrouble, match="without --recovery-key"):
        await enrol(account, RecoveryKey(bytes(32)), os.urandom, pytest.fail)


async def test_an_account_without_secret_storage_is_named_as_such(
    server: AccountServer, account: Account
) -> None:
    _, words = await first_login(account)
    server.data.clear()
    with pytest.raises(IdentityTrouble, match="no secret storage"):
        await enrol(account, RecoveryKey.read(Sensitive(words)), os.urandom, pytest.fail)


# -- logging in ---------------------------------------------------------------------------------------------


async def test_a_wrong_password_is_named_without_being_said(account: Account) -> None:
    wrong = Account(account.homeserver, BOT, Sensitive("hunter2"), account.folder, STORE_KEY)
    with pytest.raises(CannotLogIn, match="user_id or the password") as refused:
        await first_login(wrong)
    assert "hunter2" not in str(refused.value)
    assert crypto_files(account) == []


async def test_a_homeserver_without_passwords_is_named_as_such(
    server: AccountServer, account: Account
) -> None:
    server.rules["login"] = lambda _: {"flows": [{"type": "m.login.sso"}]}
    with pytest.raises(CannotLogIn, match="with a password"):
        await first_login(account)


async def test_another_account_than_the_configured_one_is_refused(
    server: AccountServer, account: Account
) -> None:
    server.rules["login"] = lambda answer: {**answer, "user_id": "@other:sws.test"}
    with pytest.raises(CannotLogIn, match="another account"):
        await first_login(account)


async def test_what_is_no_homeserver_is_named_as_such(server: AccountServer, account: Account) -> None:
    def gone(_: Any) -> Any:
        raise Refused(404, errcode="M_UNRECOGNIZED")

    server.rules["login"] = gone
    with pytest.raises(CannotLogIn, match="not a Matrix homeserver"):
        await first_login(account)


async def test_a_homeserver_that_is_away_is_not_the_operators_fault(account: Account) -> None:
    away = Account("http://127.0.0.1:9", BOT, Sensitive(PASSWORD), account.folder, STORE_KEY)
    with pytest.raises(TryAgainLater, match="no connection"):
        await first_login(away)


async def test_whatever_step_fails_nothing_is_left_behind(server: AccountServer, account: Account) -> None:
    server.wants_proof = set()
    for step in ("sync", "keys/upload", "keys/query", "keys/device_signing/upload", "keys/signatures/upload"):

        def broken(_: Any) -> Any:
            raise Refused(500)

        server.rules, server.cross_signing = {step: broken}, {}
        with pytest.raises((TryAgainLater, CannotLogIn)):
            await first_login(account)
        assert server.devices == {}, step
        assert crypto_files(account) == [], step
        assert not (account.folder / FILE).exists(), step


async def test_a_session_that_the_homeserver_forgot_is_not_alive(
    server: AccountServer, account: Account
) -> None:
    session, _ = await first_login(account)
    server.devices.clear()
    assert not await alive(session)


async def test_a_second_login_at_the_same_time_is_refused(account: Account) -> None:
    account.folder.mkdir()
    lock = Lock(account.folder)
    with pytest.raises(StoreInUse):
        await first_login(account)
    lock.release()


def test_the_name_of_the_device_says_nothing() -> None:
    assert enrolling.DEVICE_NAME == "bot"
