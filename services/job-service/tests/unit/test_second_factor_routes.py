"""Changing a second factor requires proof of owning it, and recovery codes replace a lost
authenticator."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient

from job_service.auth.ports import AuthPorts, KeptFactor
from job_service.auth.recovery_code import CODES, read_recovery_code
from job_service.auth.second_factor import make_recovery_codes
from job_service.sweeps.reseal_factors import reseal_factors
from job_service.testing.auth import TokenIssuer, build_test_settings
from job_service.testing.auth_stores import MemoryAuthDatabase, MemorySessions
from job_service.testing.factors import FixedAuthenticator, MemoryFactors
from job_service.testing.identity import CONFIRM_CODE, TOTP_CODE, MemoryIdentity
from videoforge.problems import Code, Problem

EMAIL = "ann@example.org"
PASSWORD = "Correct-Horse-7"
WEB = {"X-VideoForge-Client": "web", "Origin": "http://localhost:8080"}
_ACCOUNTS = itertools.count(1)


def get_sessions(auth: AuthPorts) -> MemorySessions:
    assert isinstance(auth.database, MemoryAuthDatabase)
    assert isinstance(auth.database.tx.sessions, MemorySessions)
    return auth.database.tx.sessions


@pytest.fixture
def factors(auth: AuthPorts) -> MemoryFactors:
    assert isinstance(auth.database, MemoryAuthDatabase)
    assert isinstance(auth.database.tx.factors, MemoryFactors)
    return auth.database.tx.factors


@pytest.fixture
def client(make_client: Callable[[], FlaskClient], auth: AuthPorts, email: str) -> FlaskClient:
    client = make_client()
    account = {"email": email, "password": PASSWORD}
    assert client.post("/api/auth/register", json=account).status_code == 201
    assert client.post("/api/auth/confirm", json={"email": email, "code": CONFIRM_CODE}).status_code == 204
    return client


@pytest.fixture
def email() -> str:
    """A different one each time: an account's counter lasts for an hour."""
    return f"ann-{next(_ACCOUNTS)}@example.org"


@pytest.fixture
def headers(client: FlaskClient, email: str) -> dict[str, str]:
    answer = sign_in(client, email)
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


@pytest.fixture
def codes(client: FlaskClient, headers: dict[str, str]) -> list[str]:
    """The recovery codes of an active second factor."""
    assert client.post("/api/auth/mfa/setup", json={}, headers=headers).status_code == 200
    answer = client.post("/api/auth/mfa/verify", json={"code": TOTP_CODE}, headers=headers)
    assert answer.status_code == 200, answer.json
    return list(answer.json["recovery_codes"])


@pytest.mark.parametrize("email", ["a+b&c@example.org"])
def test_the_url_for_authenticator_apps_survives_any_address(
    client: FlaskClient, headers: dict[str, str], email: str
) -> None:
    setup = client.post("/api/auth/mfa/setup", json={}, headers=headers).json
    totp = pyotp.parse_uri(setup["otpauth_url"])
    assert (totp.name, totp.issuer, totp.secret) == (email, "VideoForge", setup["secret"])


def sign_in(client: FlaskClient, email: str, **headers: Any) -> Any:
    return client.post("/api/auth/login", json={"email": email, "password": PASSWORD}, **headers)


def recover(client: FlaskClient, email: str, code: str) -> Any:
    session = sign_in(client, email).json["session"]
    return client.post("/api/auth/mfa", json={"email": email, "session": session, "recovery_code": code})


def age(auth: AuthPorts, minutes: float) -> None:
    """Make every browser session older."""
    sessions = get_sessions(auth)
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    sessions.rows = {name: replace(row, created_at=at) for name, row in sessions.rows.items()}


def test_ten_different_codes_in_three_groups_are_parsed_as_people_type_them() -> None:
    made = make_recovery_codes()
    assert len({code.selector for code in made}) == CODES
    shown = made[0].render()
    assert [len(group) for group in shown.split("-")] == [4, 4, 4]
    assert read_recovery_code(f" {shown.lower().replace('-', ' ')} ") == made[0]
    assert read_recovery_code("O1IL-0000-0000") == read_recovery_code("0111-OOOO-0000")
    assert read_recovery_code("123456") is None
    assert read_recovery_code("UUUU-UUUU-UUUU") is None


def test_turning_on_gives_recovery_codes_once_and_the_account_counts_them(
    client: FlaskClient, headers: dict[str, str], codes: list[str]
) -> None:
    assert len(set(codes)) == CODES
    me = client.get("/api/auth/me", headers=headers).json
    assert (me["mfa_enabled"], me["recovery_codes_left"]) == (True, CODES)


def test_a_recovery_code_signs_in_once(
    client: FlaskClient, email: str, headers: dict[str, str], codes: list[str]
) -> None:
    signed_in = recover(client, email, codes[3].lower())
    assert signed_in.status_code == 200, signed_in.json
    assert client.get("/api/auth/me", headers=headers).json["recovery_codes_left"] == CODES - 1
    assert recover(client, email, codes[3]).json["code"] == "code_mismatch"
    assert sign_in(client, email).json["challenge"], "the factor stays on"


@pytest.mark.parametrize("code", ["0000-0000-0000", "UUUU-UUUU-UUUU"])
def test_an_invalid_recovery_code_does_not_sign_in(
    client: FlaskClient, email: str, codes: list[str], code: str
) -> None:
    assert recover(client, email, code).json["code"] == "code_mismatch"


def test_a_right_selector_with_a_wrong_secret_uses_up_no_code(
    client: FlaskClient, email: str, codes: list[str]
) -> None:
    assert recover(client, email, codes[0][:4] + "-0000-0000").json["code"] == "code_mismatch"
    assert recover(client, email, codes[0]).status_code == 200


def test_another_users_recovery_code_is_refused(
    client: FlaskClient, email: str, codes: list[str], factors: MemoryFactors
) -> None:
    stolen = {("another", selector): code for (_, selector), code in factors.codes.items()}
    factors.codes = stolen
    assert recover(client, email, codes[0]).json["code"] == "code_mismatch"
    assert len(factors.codes) == CODES


def test_a_recovery_code_needs_the_password_first(
    client: FlaskClient, email: str, codes: list[str], factors: MemoryFactors
) -> None:
    body = {"email": email, "session": "x" * 40, "recovery_code": codes[0]}
    assert client.post("/api/auth/mfa", json=body).json["code"] == "challenge_expired"
    assert len(factors.codes) == CODES


@pytest.mark.parametrize(
    "given", [{}, {"code": TOTP_CODE, "recovery_code": "0000-0000-0000"}, {"recovery_code": "short"}]
)
def test_a_challenge_is_answered_by_one_code(client: FlaskClient, email: str, given: dict[str, str]) -> None:
    answer = client.post("/api/auth/mfa", json={"email": email, "session": "x"} | given)
    assert answer.json["code"] == "validation_failed"


def test_a_pool_that_is_down_uses_up_no_recovery_code(
    client: FlaskClient,
    email: str,
    codes: list[str],
    factors: MemoryFactors,
    auth: AuthPorts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_args: Any, **_values: Any) -> None:
        raise Problem(Code.identity_unavailable)

    session = sign_in(client, email).json["session"]
    body = {"email": email, "session": session, "recovery_code": codes[0]}
    with monkeypatch.context() as patch:
        patch.setattr(auth.identity, "answer_challenge", fail)
        assert client.post("/api/auth/mfa", json=body).json["code"] == "identity_unavailable"
    assert len(factors.codes) == CODES
    assert client.post("/api/auth/mfa", json=body).status_code == 200


def test_a_neighbouring_code_is_tried_if_the_current_one_has_been_used(
    client: FlaskClient, email: str, codes: list[str], auth: AuthPorts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth.authenticator, "list_codes", lambda _secret: ["000000", TOTP_CODE])
    assert recover(client, email, codes[0]).status_code == 200


@pytest.mark.parametrize("code", ["999999", "0000-0000-0000"])
def test_a_wrong_code_does_not_turn_it_off(
    client: FlaskClient, headers: dict[str, str], codes: list[str], code: str
) -> None:
    answer = client.post("/api/auth/mfa/disable", json={"code": code}, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (422, "code_mismatch")
    assert client.post("/api/auth/mfa/disable", json={}, headers=headers).json["code"] == "validation_failed"
    assert client.get("/api/auth/me", headers=headers).json["mfa_enabled"] is True


@pytest.mark.parametrize("is_recovery", [False, True])
def test_a_code_turns_it_off_and_nothing_stays_stored(
    client: FlaskClient,
    headers: dict[str, str],
    codes: list[str],
    factors: MemoryFactors,
    is_recovery: bool,
) -> None:
    proof = {"code": codes[0] if is_recovery else TOTP_CODE}
    assert client.post("/api/auth/mfa/disable", json=proof, headers=headers).status_code == 204
    assert (factors.factors, factors.codes) == ({}, {})
    again = client.post("/api/auth/mfa/disable", json=proof, headers=headers)
    assert (again.status_code, again.json["code"]) == (409, "mfa_not_set_up")


def test_a_code_of_the_authenticator_proves_once(
    client: FlaskClient, headers: dict[str, str], codes: list[str], auth: AuthPorts
) -> None:
    assert isinstance(auth.authenticator, FixedAuthenticator)
    auth.authenticator.is_still = True
    proof = {"code": TOTP_CODE}
    assert client.post("/api/auth/mfa/recovery-codes", json=proof, headers=headers).status_code == 200
    assert client.post("/api/auth/mfa/disable", json=proof, headers=headers).json["code"] == "code_mismatch"


def test_new_recovery_codes_end_the_old(
    client: FlaskClient, email: str, headers: dict[str, str], codes: list[str]
) -> None:
    answer = client.post("/api/auth/mfa/recovery-codes", json={"code": codes[0]}, headers=headers)
    new = answer.json["recovery_codes"]
    assert not set(new) & set(codes)
    assert recover(client, email, codes[1]).json["code"] == "code_mismatch"
    assert recover(client, email, new[0]).status_code == 200


def test_a_second_set_up_does_not_replace_a_factor_that_is_on(
    client: FlaskClient, headers: dict[str, str], codes: list[str], factors: MemoryFactors
) -> None:
    kept = dict(factors.codes)
    for path, body in (("setup", {"password": PASSWORD}), ("verify", {"code": TOTP_CODE})):
        answer = client.post(f"/api/auth/mfa/{path}", json=body, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (409, "mfa_is_on")
    assert factors.codes == kept


def test_a_code_without_a_set_up_does_not_turn_it_on(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = client.post("/api/auth/mfa/verify", json={"code": TOTP_CODE}, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (409, "mfa_not_set_up")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("mfa/setup", {}),
        ("mfa/recovery-codes", {"code": TOTP_CODE}),
        ("mfa/disable", {"code": TOTP_CODE}),
    ],
)
def test_a_stolen_session_that_is_old_changes_nothing_without_the_password(
    client: FlaskClient,
    email: str,
    auth: AuthPorts,
    factors: MemoryFactors,
    path: str,
    body: dict[str, str],
) -> None:
    assert sign_in(client, email, headers=WEB).status_code == 200
    if path != "mfa/setup":
        assert client.post("/api/auth/mfa/setup", json={}, headers=WEB).status_code == 200
        assert client.post("/api/auth/mfa/verify", json={"code": TOTP_CODE}, headers=WEB).status_code == 200
    before = (dict(factors.factors), dict(factors.codes))
    age(auth, minutes=10)
    url = f"/api/auth/{path}"
    answer = client.post(url, json=body, headers=WEB)
    assert (answer.status_code, answer.json["code"]) == (403, "reauthentication_needed")
    wrong = client.post(url, json=body | {"password": "Wrong-Horse-7"}, headers=WEB)
    assert (wrong.status_code, wrong.json["code"]) == (422, "wrong_password")
    assert wrong.json["errors"][0]["field"] == "password"
    assert (factors.factors, factors.codes) == before
    right = client.post(url, json=body | {"password": PASSWORD}, headers=WEB)
    assert right.status_code in {200, 204}, right.json


def test_a_renewed_session_is_as_old_as_its_sign_in(
    client: FlaskClient, email: str, auth: AuthPorts, issuer: TokenIssuer
) -> None:
    """Some pools give a refreshed token a later time; the session's own start counts."""
    assert sign_in(client, email, headers=WEB).status_code == 200
    sessions = get_sessions(auth)
    age(auth, minutes=60)
    past = datetime.now(UTC)
    sessions.rows = {name: replace(row, access_expires_at=past) for name, row in sessions.rows.items()}
    answer = client.post("/api/auth/mfa/setup", json={}, headers=WEB)
    assert answer.json["code"] == "reauthentication_needed"


@pytest.mark.parametrize("claims", [{"auth_time": 1_700_000_000}, {"auth_time": None}])
def test_an_api_clients_sign_in_is_as_old_as_its_token_says_and_old_without_a_time(
    client: FlaskClient,
    email: str,
    auth: AuthPorts,
    issuer: TokenIssuer,
    claims: dict[str, Any],
) -> None:
    pool = auth.identity
    assert isinstance(pool, MemoryIdentity)
    token = issuer.issue(pool.accounts[email].user_id, **claims)
    pool._access_tokens[token] = email
    answer = client.post("/api/auth/mfa/setup", json={}, headers={"Authorization": f"Bearer {token}"})
    assert answer.json["code"] == "reauthentication_needed"


def test_wrong_codes_are_counted_for_the_account_from_any_address(
    client: FlaskClient, headers: dict[str, str], codes: list[str]
) -> None:
    statuses = []
    for number in range(22):
        client.environ_base["REMOTE_ADDR"] = f"10.8.{number}.1"
        statuses.append(
            client.post("/api/auth/mfa/disable", json={"code": "999999"}, headers=headers).status_code
        )
    assert statuses == [422] * 20 + [429] * 2
    client.environ_base["REMOTE_ADDR"] = "10.8.100.1"
    answer = client.post("/api/auth/mfa/recovery-codes", json={"code": TOTP_CODE}, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (429, "rate_limited")
    assert int(answer.headers["Retry-After"]) > 60


def test_an_attacker_without_the_password_cannot_lock_the_user_out(
    client: FlaskClient, email: str, headers: dict[str, str], codes: list[str]
) -> None:
    for number in range(25):
        client.environ_base["REMOTE_ADDR"] = f"10.7.{number}.1"
        body = {"email": email, "session": "x" * 40, "code": "999999"}
        assert client.post("/api/auth/mfa", json=body).status_code == 401
    assert recover(client, email, codes[0]).status_code == 200


def test_after_a_key_rotation_secrets_are_sealed_again(
    client: FlaskClient, email: str, codes: list[str], auth: AuthPorts, factors: MemoryFactors
) -> None:
    from cryptography.fernet import Fernet

    from job_service.auth.seal import FernetSeal

    old_key = build_test_settings().session_keys.get_secret_value()
    new_key = Fernet.generate_key().decode()
    rotating = replace(auth, seal=FernetSeal(f"{new_key},{old_key}"))
    assert reseal_factors(rotating) == 1
    assert reseal_factors(rotating) == 0
    (user_id,) = factors.factors
    sealed = factors.factors[user_id].sealed_secret
    assert sealed
    assert FernetSeal(new_key).open_factor(sealed, user_id=user_id)
    factors.factors[user_id] = KeptFactor(sealed_secret="not sealed", sealed_pending=None)
    factors.key_names[user_id] = "gone"
    assert reseal_factors(rotating) == 1
    with pytest.raises(Problem, match="identity_unavailable"):
        from job_service.auth.recover import recover as recover_by_code

        recover_by_code(rotating, email=email, session="s", recovery_code=codes[0])
