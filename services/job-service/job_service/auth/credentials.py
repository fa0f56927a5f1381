"""What the user pool returns: token sets, challenges and profiles. `repr` shows no secret."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class TokenSet:
    access_token: str = field(repr=False)
    id_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in_seconds: int


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """The password was right and a code is required; `session` is valid for minutes and for one
    sign-in."""

    name: str
    session: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class NewUser:
    user_id: str
    is_confirmed: bool


@dataclass(frozen=True, kw_only=True)
class Profile:
    user_id: str
    email: str
    has_mfa: bool


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A completed sign-in. `session_secret` is the browser's cookie, None for API clients."""

    user_id: str
    email: str
    groups: frozenset[str]
    tokens: TokenSet
    session_secret: str | None = field(default=None, repr=False)
