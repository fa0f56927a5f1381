"""The Cognito user pool, through boto3; cognito_errors.py translates its errors."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from job_service.auth import refusals
from job_service.auth.cognito_errors import call, call_quietly
from job_service.auth.credentials import Challenge, NewUser, Profile, TokenSet
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem

if TYPE_CHECKING:
    from types_boto3_cognito_idp import CognitoIdentityProviderClient

TOTP: Final = "SOFTWARE_TOKEN_MFA"

_log = get_logger("AUTH")


def build_cognito_clients(
    *, region: str, endpoint_url: str | None
) -> tuple["CognitoIdentityProviderClient", "CognitoIdentityProviderClient"]:
    """Return a client with the usual timeouts and one with short ones (two attempts, 9 s at worst).
    Keep both: creating them takes 0.2 s, and they reuse their connections."""
    session = boto3.Session()  # loads the service description once for both

    def build(*, attempts: int, connect_seconds: float, read_seconds: float) -> Any:
        return session.client(
            "cognito-idp",
            region_name=region,
            endpoint_url=endpoint_url,
            config=Config(
                retries={"mode": "standard", "total_max_attempts": attempts},
                connect_timeout=connect_seconds,
                read_timeout=read_seconds,
                max_pool_connections=32,
            ),
        )

    return (
        build(attempts=4, connect_seconds=3, read_seconds=10),
        build(attempts=2, connect_seconds=1.5, read_seconds=2),
    )


class CognitoIdentity:
    """IdentityProvider. `quick` is a client with short timeouts, for the call made while a
    session's row is locked."""

    def __init__(
        self,
        client: "CognitoIdentityProviderClient",
        *,
        quick: "CognitoIdentityProviderClient",
        pool_id: str,
        client_id: str,
    ) -> None:
        self._client = client
        self._quick = quick
        self._pool_id = pool_id
        self._client_id = client_id

    def register(self, email: str, *, password: str) -> NewUser:
        answer = call(
            lambda: self._client.sign_up(
                ClientId=self._client_id,
                Username=email,
                Password=password,
                UserAttributes=[{"Name": "email", "Value": email}],
            ),
            refused=Problem(Code.sign_up_closed),  # a pool with AllowAdminCreateUserOnly
            weak_field="password",
        )
        return NewUser(user_id=answer["UserSub"], is_confirmed=answer["UserConfirmed"])

    def confirm(self, email: str, *, code: str) -> None:
        call(
            lambda: self._client.confirm_sign_up(
                ClientId=self._client_id, Username=email, ConfirmationCode=code
            ),
            refused=refusals.code_mismatch(),
        )

    def auto_confirm(self, email: str) -> None:
        call(lambda: self._client.admin_confirm_sign_up(UserPoolId=self._pool_id, Username=email))

    def add_to_group(self, email: str, *, group: str) -> None:
        call(
            lambda: self._client.admin_add_user_to_group(
                UserPoolId=self._pool_id, Username=email, GroupName=group
            )
        )

    def send_confirmation_code(self, email: str) -> None:
        call_quietly(lambda: self._client.resend_confirmation_code(ClientId=self._client_id, Username=email))

    def sign_in(self, email: str, *, password: str) -> TokenSet | Challenge:
        answer = call(
            lambda: self._client.initiate_auth(
                ClientId=self._client_id,
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": email, "PASSWORD": password},
            ),
            refused=Problem(Code.invalid_credentials),
        )
        return _read_sign_in(answer)

    def answer_challenge(self, email: str, *, session: str, code: str) -> TokenSet:
        answer = call(
            lambda: self._client.respond_to_auth_challenge(
                ClientId=self._client_id,
                ChallengeName=TOTP,
                Session=session,
                ChallengeResponses={"USERNAME": email, "SOFTWARE_TOKEN_MFA_CODE": code},
            ),
            refused=Problem(Code.challenge_expired),
            # the session is the pool's own string: one it cannot parse is one it does not know
            invalid=Problem(Code.challenge_expired),
        )
        tokens = _read_sign_in(answer)
        if isinstance(tokens, Challenge):
            raise Problem(Code.challenge_expired)
        return tokens

    def refresh(self, refresh_token: str) -> TokenSet:
        answer = call(
            lambda: self._quick.initiate_auth(
                ClientId=self._client_id,
                AuthFlow="REFRESH_TOKEN_AUTH",
                AuthParameters={"REFRESH_TOKEN": refresh_token},
            ),
            refused=Problem(Code.session_expired),
            invalid=Problem(Code.session_expired),
        )
        return _read_tokens(answer["AuthenticationResult"], refresh_token=refresh_token)

    def sign_out(self, access_token: str) -> None:
        call_quietly(lambda: self._client.global_sign_out(AccessToken=access_token))

    def sign_out_user(self, email: str) -> None:
        call_quietly(
            lambda: self._client.admin_user_global_sign_out(UserPoolId=self._pool_id, Username=email)
        )

    def revoke(self, refresh_token: str) -> None:
        call_quietly(lambda: self._client.revoke_token(Token=refresh_token, ClientId=self._client_id))

    def find_user_id(self, email: str) -> str | None:
        answer = call_quietly(lambda: self._client.admin_get_user(UserPoolId=self._pool_id, Username=email))
        return _read_attribute(answer["UserAttributes"], name="sub") if answer else None

    def send_reset_code(self, email: str) -> None:
        call_quietly(lambda: self._client.forgot_password(ClientId=self._client_id, Username=email))

    def reset_password(self, email: str, *, code: str, password: str) -> None:
        call(
            lambda: self._client.confirm_forgot_password(
                ClientId=self._client_id, Username=email, ConfirmationCode=code, Password=password
            ),
            refused=refusals.code_mismatch(),
            weak_field="new_password",
        )

    def change_password(self, access_token: str, *, current: str, new: str) -> None:
        call(
            lambda: self._client.change_password(
                AccessToken=access_token, PreviousPassword=current, ProposedPassword=new
            ),
            refused=refusals.wrong_password(),
            weak_field="new_password",
        )

    def get_profile(self, access_token: str) -> Profile:
        answer = call(lambda: self._client.get_user(AccessToken=access_token))
        attributes = answer["UserAttributes"]
        return Profile(
            user_id=_read_attribute(attributes, name="sub"),
            email=_read_attribute(attributes, name="email"),
            has_mfa=TOTP in answer.get("UserMFASettingList", []),
        )

    def start_mfa(self, access_token: str) -> str:
        answer = call(lambda: self._client.associate_software_token(AccessToken=access_token))
        return str(answer["SecretCode"])

    def verify_mfa(self, access_token: str, *, code: str) -> None:
        call(
            lambda: self._client.verify_software_token(AccessToken=access_token, UserCode=code),
            invalid=Problem(Code.mfa_not_set_up),
        )
        self._prefer_mfa(access_token, is_enabled=True)

    def stop_mfa(self, access_token: str) -> None:
        self._prefer_mfa(access_token, is_enabled=False)

    def check(self) -> None:
        self._quick.describe_user_pool(UserPoolId=self._pool_id)

    def _prefer_mfa(self, access_token: str, *, is_enabled: bool) -> None:
        call(
            lambda: self._client.set_user_mfa_preference(
                AccessToken=access_token,
                SoftwareTokenMfaSettings={"Enabled": is_enabled, "PreferredMfa": is_enabled},
            )
        )


def _read_sign_in(answer: Mapping[str, Any]) -> TokenSet | Challenge:
    name = answer.get("ChallengeName")
    if name == TOTP:
        return Challenge(name=TOTP, session=answer["Session"])
    if name == "NEW_PASSWORD_REQUIRED":
        raise Problem(Code.new_password_required)
    if name:
        _log.error("user pool requested an unsupported challenge", challenge=name)
        raise Problem(Code.identity_unavailable)
    result = answer["AuthenticationResult"]
    return _read_tokens(result, refresh_token=result["RefreshToken"])


def _read_tokens(result: Mapping[str, Any], *, refresh_token: str) -> TokenSet:
    """A refresh returns a new refresh token only if the pool rotates them."""
    return TokenSet(
        access_token=result["AccessToken"],
        id_token=result["IdToken"],
        refresh_token=result.get("RefreshToken", refresh_token),
        expires_in_seconds=result["ExpiresIn"],
    )


def _read_attribute(attributes: Any, *, name: str) -> str:
    return next((str(pair["Value"]) for pair in attributes if pair["Name"] == name), "")
