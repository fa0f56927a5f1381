"""Bearer token → Principal, or a reason for refusal. The only module that imports python-jose.

The library only checks the signature: its claim checks convert types (`exp` may be text, `iat` may
be `true` or next year), so each rule is written out here. RS256 only, the one key that `kid` names
in the pool's cached key set, exact issuer, `token_use` = access, our client, `exp`, `iat` and `sub`
required, 8 KB at most. Sources: "Verifying JSON web tokens" (Amazon Cognito developer guide), RFC
7519, RFC 8725.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

import requests
from jose import JOSEError, jwk, jws
from jose.backends.base import Key
from pydantic import BaseModel, ConfigDict, Field, ValidationError

MAX_TOKEN_BYTES: Final = 8192
#: An unknown kid may be a rotation or an attack; in both cases the key set is fetched at most this
#: often.
MIN_SECONDS_BETWEEN_FETCHES: Final = 30.0
#: No token can be verified before the first key set, so a pool that was down at the start is
#: retried sooner.
MIN_SECONDS_BEFORE_THE_FIRST: Final = 1.0
MAX_KEY_SET_BYTES: Final = 64 * 1024
LEEWAY_SECONDS: Final = 30
#: Seconds since 1970 (RFC 7519, section 2), below the largest integer that JSON carries exactly;
#: excludes infinity and NaN.
NumericDate = Annotated[float, Field(ge=0, lt=2**53)]

Clock = Callable[[], float]
FetchKeySet = Callable[[], list[Mapping[str, Any]]]


class TokenRefused(Exception):
    """The token cannot be trusted; `reason` is for the log and never for the caller."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class KeySetUnavailable(Exception):
    """The key set cannot be fetched and none is cached, so no token can be checked."""


@dataclass(frozen=True)
class Principal:
    """Who is asking. `user_id` is Cognito's `sub`; times are Unix seconds; `origin_jti` identifies
    the sign-in, and `authenticated_at_seconds` is its time (`auth_time`; 0 if the token does not
    have it)."""

    user_id: str
    groups: frozenset[str]
    issued_at_seconds: int
    expires_at_seconds: int
    jti: str
    origin_jti: str
    authenticated_at_seconds: int = 0

    @property
    def is_admin(self) -> bool:
        return "admin" in self.groups


def fetch_key_set(url: str) -> list[Mapping[str, Any]]:
    """Return the JSON Web Key Set's keys. Raises requests.RequestException or ValueError."""
    with requests.get(url, timeout=3, stream=True, allow_redirects=False) as answer:
        answer.raise_for_status()
        body = answer.raw.read(MAX_KEY_SET_BYTES + 1, decode_content=True)
    if len(body) > MAX_KEY_SET_BYTES:
        raise ValueError("the key set is too large")
    keys = json.loads(body)["keys"]
    return [key for key in keys if isinstance(key, dict)]


class KeySet:
    """The pool's signing keys by kid. Cached keys stay in use while the pool is down; the set is
    fetched again for an unknown kid."""

    def __init__(self, fetch: FetchKeySet, *, clock: Clock = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, Key] = {}
        self._fetched_at: float | None = None

    def get(self, kid: str) -> Key:
        """Return the key. Raises TokenRefused for an unknown kid, KeySetUnavailable if nothing is
        cached."""
        key = self._keys.get(kid)
        if key is None:
            self._refresh()
            key = self._keys.get(kid)
        if key is None:
            if not self._keys:
                raise KeySetUnavailable
            raise TokenRefused("unknown kid")
        return key

    def _refresh(self) -> None:
        with self._lock:
            pause = MIN_SECONDS_BETWEEN_FETCHES if self._keys else MIN_SECONDS_BEFORE_THE_FIRST
            if self._fetched_at is not None and self._clock() - self._fetched_at < pause:
                return
            try:
                keys = _read_keys(self._fetch())
            except (requests.RequestException, ValueError, KeyError, TypeError):
                keys = {}  # the cached keys stay valid
            self._fetched_at = self._clock()
            if keys:
                self._keys = keys


def _read_keys(key_set: list[Mapping[str, Any]]) -> dict[str, Key]:
    """Return the keys for RS256 signatures; an unreadable key does not affect the others."""
    keys: dict[str, Key] = {}
    for entry in key_set:
        kind = (entry.get("kty"), entry.get("use", "sig"), entry.get("alg", "RS256"))
        if kind == ("RSA", "sig", "RS256") and isinstance(entry.get("kid"), str):
            with suppress(JOSEError, ValueError, TypeError, KeyError):
                keys[entry["kid"]] = jwk.construct(dict(entry), algorithm="RS256")
    return keys


class _Header(BaseModel):
    """RFC 7515, section 4.1; any critical extension is refused, since none is supported."""

    alg: Literal["RS256"]
    kid: str = Field(min_length=1, max_length=200, strict=True)
    crit: None = None


class _Claims(BaseModel):
    """Every claim that is checked, with its strict type: text, true and infinity are not
    numbers."""

    model_config = ConfigDict(strict=True)

    iss: str
    sub: str = Field(min_length=1, max_length=200)
    client_id: str
    token_use: Literal["access"]
    exp: NumericDate
    iat: NumericDate
    nbf: NumericDate = 0
    auth_time: NumericDate = 0
    jti: str = ""
    origin_jti: str = ""
    groups: list[str] = Field(default=[], alias="cognito:groups")


@dataclass(frozen=True, kw_only=True)
class TokenVerifier:
    """Checks access tokens of one pool and one client; `clock` returns Unix seconds."""

    issuer: str
    client_id: str
    key_set: KeySet
    clock: Clock = time.time

    def verify(self, token: str) -> Principal:
        """Return who is asking. Raises TokenRefused or KeySetUnavailable."""
        if not token.isascii() or len(token) > MAX_TOKEN_BYTES:
            raise TokenRefused("too long, or not ASCII")
        try:
            header = _Header.model_validate(jws.get_unverified_header(token))
            payload = jws.verify(token, self.key_set.get(header.kid), algorithms=["RS256"])
            claims = _Claims.model_validate_json(payload)
        except ValidationError as error:
            raise TokenRefused(f"{error.title[1:].lower()} of a wrong shape") from error
        except (JOSEError, RecursionError) as error:
            raise TokenRefused("signature") from error
        now = self.clock()
        rules = {
            "expired": claims.exp + LEEWAY_SECONDS > now,
            "from the future": max(claims.iat, claims.nbf) - LEEWAY_SECONDS <= now,
            "iss": claims.iss == self.issuer,
            "client_id": claims.client_id == self.client_id,  # access tokens have this instead of aud
        }
        if broken := [name for name, is_kept in rules.items() if not is_kept]:
            raise TokenRefused(broken[0])
        return Principal(
            user_id=claims.sub,
            groups=frozenset(claims.groups),
            issued_at_seconds=int(claims.iat),
            expires_at_seconds=int(claims.exp),
            jti=claims.jti,
            origin_jti=claims.origin_jti,
            authenticated_at_seconds=int(claims.auth_time),
        )
