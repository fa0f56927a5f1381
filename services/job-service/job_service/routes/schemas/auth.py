"""Bodies and answers of auth/…. Emails are compared in lower case, like the user pool does."""

from datetime import datetime
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, RootModel, SecretStr, StringConstraints, model_validator

from job_service.auth.password import MAX_CHARACTERS
from job_service.request_body import RequestBody

#: Python treats U+0085 as a space; ECMA 262's `\s`, which readers of the API document assume, does
#: not.
_EMAIL: Final = r"^[^@\s\x00-\x1f\x85]+@[^@\s\x00-\x1f\x85]+$"
#: Deliberately loose: only an email that arrives proves an address. 254 characters are RFC 5321's
#: limit.
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, max_length=254, pattern=_EMAIL),
]
#: `weak_password` describes the rules for new ones.
Password = Annotated[SecretStr, Field(min_length=1, max_length=MAX_CHARACTERS)]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{4,10}$")]
#: Codes of authenticator apps have six digits (RFC 6238 with the usual settings).
TotpCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
#: Twelve letters and digits in any grouping; which ones is checked with the code itself.
RecoveryCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z -]{12,40}$")]
LongSecret = Annotated[SecretStr, Field(min_length=1, max_length=8192)]


class SecretBody(RequestBody):
    """A body whose secrets are taken verbatim: a space may be part of a password."""

    model_config = ConfigDict(str_strip_whitespace=False)


class Register(SecretBody):
    email: Email
    password: Password


class Confirm(RequestBody):
    email: Email
    code: Code


class JustEmail(RequestBody):
    email: Email


class Login(SecretBody):
    email: Email
    password: Password


class AnswerChallenge(SecretBody):
    """Either the `code` of the authenticator app or a `recovery_code`."""

    email: Email
    session: LongSecret
    code: TotpCode | None = None
    recovery_code: RecoveryCode | None = None

    @model_validator(mode="after")
    def _check_one_code(self) -> Self:
        if (self.code is None) == (self.recovery_code is None):
            raise ValueError("must have `code` or `recovery_code`")
        return self


class SetUpMfa(SecretBody):
    """The password is required if the sign-in is old."""

    password: Password | None = None


class VerifyMfa(RequestBody):
    code: TotpCode


class ProveMfa(SecretBody):
    """A code of the authenticator app or a recovery code; and the password if the sign-in is
    old."""

    code: TotpCode | RecoveryCode
    password: Password | None = None


class Refresh(SecretBody):
    refresh_token: LongSecret


class Logout(SecretBody):
    """API clients may send their refresh token, so that it is revoked explicitly as well."""

    refresh_token: LongSecret | None = None


class ResetPassword(SecretBody):
    email: Email
    code: Code
    new_password: Password


class ChangePassword(SecretBody):
    current_password: Password
    new_password: Password


class Registered(BaseModel):
    user_id: str
    confirmed: bool


class User(BaseModel):
    id: str
    email: str
    groups: list[str]


class ProgramSignIn(BaseModel):
    """The answer for API clients. `expires_in` is the access token's lifetime in seconds."""

    access_token: str
    id_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int
    user: User


class BrowserSignIn(BaseModel):
    """The answer for browsers, in addition to the cookie. `expires_in` is the session's lifetime in
    seconds."""

    expires_in: int
    user: User


class ChallengeAnswer(BaseModel):
    """The password was right; send the code of the authenticator app to auth/mfa."""

    challenge: Literal["SOFTWARE_TOKEN_MFA"]
    session: str


class SignInAnswer(RootModel[ProgramSignIn | BrowserSignIn | ChallengeAnswer]):
    """Tokens for API clients; the user alone for browsers (X-VideoForge-Client: web); or a
    challenge."""


class RecoveryCodes(BaseModel):
    """Each is valid once, instead of an authenticator code. They are shown here and never again."""

    recovery_codes: list[str]


class MfaSecret(BaseModel):
    """`secret` is base32; `otpauth_url` is the same for a QR code."""

    secret: str
    otpauth_url: str


class Me(User):
    """`recovery_codes_left` is 0 without a second factor."""

    mfa_enabled: bool
    recovery_codes_left: int


class CurrentSession(BaseModel):
    """`user` is null if nobody is signed in."""

    user: Me | None


class SessionItem(BaseModel):
    id: str
    user_agent: str
    address: str
    is_current: bool
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class SessionList(BaseModel):
    items: list[SessionItem]
    next_cursor: str | None = None
