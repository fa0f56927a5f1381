"""Contract of the port IdentityProvider: the in-memory user pool and Cognito's (MiniStack) give the
same answers."""

import uuid
from collections.abc import Callable, Iterator

import pyotp
import pytest

from infra.local.provisioning.aws import AwsAccess
from job_service.auth.cognito import CognitoIdentity, build_cognito_clients
from job_service.auth.credentials import Challenge, TokenSet
from job_service.auth.ports import IdentityProvider
from job_service.testing.identity import CONFIRM_CODE, RESET_CODE, MemoryIdentity
from job_service.testing.token_issuer import TokenIssuer
from tests.servers.fixtures import CognitoPool, MailCatcher
from videoforge.problems import Problem

pytestmark = pytest.mark.integration

PASSWORD = "Correct-Horse-7"
NEW_PASSWORD = "Better-Horse-8"


@pytest.fixture
def cognito(
    ministack: AwsAccess, cognito_pool: CognitoPool, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CognitoIdentity]:
    for name, value in ministack.environment().items():
        monkeypatch.setenv(name, value)
    client, quick = build_cognito_clients(region=cognito_pool.region, endpoint_url=ministack.endpoint_url)
    yield CognitoIdentity(client, quick=quick, pool_id=cognito_pool.pool_id, client_id=cognito_pool.client_id)
    client.close()
    quick.close()


@pytest.fixture(params=["memory", "cognito"])
def identity(request: pytest.FixtureRequest) -> IdentityProvider:
    if request.param == "memory":
        return MemoryIdentity(TokenIssuer(), totp=lambda secret: pyotp.TOTP(secret).now())
    adapter: IdentityProvider = request.getfixturevalue("cognito")
    return adapter


@pytest.fixture
def email() -> str:
    return f"{uuid.uuid4().hex}@example.org"


@pytest.fixture
def read_code(identity: IdentityProvider, email: str, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Read the code that was sent: for the in-memory pool the given one, for the other the one in
    the newest email."""
    read: list[str] = []

    def read_code(of_memory: str) -> str:
        if isinstance(identity, MemoryIdentity):
            return of_memory
        catcher: MailCatcher = request.getfixturevalue("mail_catcher")
        read.append(catcher.await_code(email, count=len(read) + 1))
        return read[-1]

    return read_code


@pytest.fixture
def user_id(identity: IdentityProvider, email: str, read_code: Callable[[str], str]) -> str:
    """The id of a confirmed user in the group `user`."""
    user = identity.register(email, password=PASSWORD)
    identity.confirm(email, code=read_code(CONFIRM_CODE))
    identity.add_to_group(email, group="user")
    return user.user_id


def sign_in(identity: IdentityProvider, email: str, *, password: str = PASSWORD) -> TokenSet:
    tokens = identity.sign_in(email, password=password)
    assert isinstance(tokens, TokenSet)
    return tokens


def test_a_new_user_signs_in_after_confirming_with_the_right_code(
    identity: IdentityProvider, email: str, read_code: Callable[[str], str]
) -> None:
    user = identity.register(email, password=PASSWORD)
    assert user.is_confirmed is False
    with pytest.raises(Problem, match="user_not_confirmed"):
        identity.sign_in(email, password=PASSWORD)
    with pytest.raises(Problem, match="code_mismatch"):
        identity.confirm(email, code="000000")
    identity.confirm(email, code=read_code(CONFIRM_CODE))
    profile = identity.get_profile(sign_in(identity, email).access_token)
    assert (profile.user_id, profile.email, profile.has_mfa) == (user.user_id, email, False)


def test_confirming_twice_or_for_an_unknown_user_is_a_wrong_code(
    identity: IdentityProvider, email: str, user_id: str
) -> None:
    for who in (email, "nobody@example.org"):
        with pytest.raises(Problem, match="code_mismatch"):
            identity.confirm(who, code=CONFIRM_CODE)


def test_a_user_is_confirmed_automatically_by_the_service(identity: IdentityProvider, email: str) -> None:
    identity.register(email, password=PASSWORD)
    identity.auto_confirm(email)
    assert sign_in(identity, email).expires_in_seconds == 3600


def test_a_taken_email_is_refused(identity: IdentityProvider, email: str, user_id: str) -> None:
    with pytest.raises(Problem, match="409 email_taken"):
        identity.register(email, password=PASSWORD)


def test_a_weak_password_is_refused(identity: IdentityProvider, email: str) -> None:
    with pytest.raises(Problem, match="422 weak_password"):
        identity.register(email, password="abcdefgh")


def test_an_unknown_user_and_a_wrong_password_are_the_same(
    identity: IdentityProvider, email: str, user_id: str
) -> None:
    problems = []
    for who, password in ((email, "Wrong-Horse-7"), ("nobody@example.org", PASSWORD)):
        with pytest.raises(Problem) as caught:
            identity.sign_in(who, password=password)
        problems.append(caught.value.to_dict(request_id=""))
    assert problems[0] == problems[1]
    assert problems[0]["code"] == "invalid_credentials"


def test_a_refresh_gives_another_access_token_and_keeps_the_refresh_token(
    identity: IdentityProvider, email: str, user_id: str
) -> None:
    tokens = sign_in(identity, email)
    again = identity.refresh(tokens.refresh_token)
    assert again.access_token != tokens.access_token
    assert again.refresh_token == tokens.refresh_token


@pytest.mark.parametrize("token", ["nonsense", "a.b.c"])
def test_an_invalid_refresh_token_ends_the_session(identity: IdentityProvider, token: str) -> None:
    with pytest.raises(Problem, match="401 session_expired"):
        identity.refresh(token)


def test_a_sign_out_ends_all_refresh_tokens_and_can_be_repeated(
    identity: IdentityProvider, email: str, user_id: str
) -> None:
    first, second = sign_in(identity, email), sign_in(identity, email)
    identity.sign_out(first.access_token)
    identity.sign_out(first.access_token)
    for tokens in (first, second):
        with pytest.raises(Problem, match="401 session_expired"):
            identity.refresh(tokens.refresh_token)
    with pytest.raises(Problem, match="401 sign_in_needed"):
        identity.get_profile(first.access_token)


def test_a_sign_out_by_name_ends_all_refresh_tokens(
    identity: IdentityProvider, email: str, user_id: str
) -> None:
    tokens = sign_in(identity, email)
    identity.sign_out_user(email)
    with pytest.raises(Problem, match="401 session_expired"):
        identity.refresh(tokens.refresh_token)


def test_revoking_a_refresh_token_ends_only_that_one(
    identity: IdentityProvider, email: str, user_id: str
) -> None:
    first, second = sign_in(identity, email), sign_in(identity, email)
    identity.revoke(first.refresh_token)
    with pytest.raises(Problem, match="401 session_expired"):
        identity.refresh(first.refresh_token)
    assert identity.refresh(second.refresh_token).access_token


def test_user_ids_are_found_by_email(identity: IdentityProvider, email: str, user_id: str) -> None:
    assert identity.find_user_id(email) == user_id
    assert identity.find_user_id("nobody@example.org") is None


def test_a_password_is_reset_only_with_the_right_code(
    identity: IdentityProvider, email: str, user_id: str, read_code: Callable[[str], str]
) -> None:
    with pytest.raises(Problem, match="code_mismatch"):  # none was requested
        identity.reset_password(email, code=RESET_CODE, password=NEW_PASSWORD)
    identity.send_reset_code(email)
    with pytest.raises(Problem, match="code_mismatch"):
        identity.reset_password(email, code="000000", password=NEW_PASSWORD)
    identity.reset_password(email, code=read_code(RESET_CODE), password=NEW_PASSWORD)
    sign_in(identity, email, password=NEW_PASSWORD)


def test_requesting_a_code_for_an_unknown_user_silently_does_nothing(identity: IdentityProvider) -> None:
    identity.send_confirmation_code("nobody@example.org")
    identity.send_reset_code("nobody@example.org")
    with pytest.raises(Problem, match="code_mismatch"):
        identity.reset_password("nobody@example.org", code=RESET_CODE, password=NEW_PASSWORD)


def test_changing_a_password_requires_the_current_one(
    identity: IdentityProvider, email: str, user_id: str
) -> None:
    tokens = sign_in(identity, email)
    with pytest.raises(Problem, match="422 wrong_password"):
        identity.change_password(tokens.access_token, current="Wrong-Horse-7", new=NEW_PASSWORD)
    identity.change_password(tokens.access_token, current=PASSWORD, new=NEW_PASSWORD)
    sign_in(identity, email, password=NEW_PASSWORD)


def test_a_second_factor_is_required_once_verified_and_until_removed(
    identity: IdentityProvider, email: str, user_id: str
) -> None:
    access_token = sign_in(identity, email).access_token
    with pytest.raises(Problem, match="code_mismatch"):
        identity.verify_mfa(access_token, code="000000")
    totp = pyotp.TOTP(identity.start_mfa(access_token))
    sign_in(identity, email)  # no code is required yet
    identity.verify_mfa(access_token, code=totp.now())
    assert identity.get_profile(access_token).has_mfa is True
    challenge = identity.sign_in(email, password=PASSWORD)
    assert isinstance(challenge, Challenge)
    with pytest.raises(Problem, match="code_mismatch"):
        wrong = str((int(totp.now()) + 1) % 1_000_000).zfill(6)
        identity.answer_challenge(email, session=challenge.session, code=wrong)
    tokens = identity.answer_challenge(email, session=challenge.session, code=totp.now())
    identity.stop_mfa(tokens.access_token)
    sign_in(identity, email)


def test_an_existing_pool_passes_the_check_and_a_missing_one_fails_it(
    identity: IdentityProvider,
) -> None:
    identity.check()


def test_a_pool_that_does_not_answer_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    _, quick = build_cognito_clients(region="us-east-1", endpoint_url="http://127.0.0.1:1")
    identity = CognitoIdentity(quick, quick=quick, pool_id="us-east-1_x", client_id="x")
    with pytest.raises(Problem, match="503 identity_unavailable"):
        identity.sign_in("a@example.org", password=PASSWORD)
    quick.close()
