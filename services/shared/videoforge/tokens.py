"""Bearer token → Principal, or a reason for refusal. The only module that imports python-jose.

The library checks the signature and no more: its claim checks convert types (`exp` may be text, `iat` may
be `true` or next year), so each rule is spelled out here. RS256 only, the one key that `kid` names in the
pool's cached key set, exact issuer, `token_use` = access, our client, `exp`, `iat` and `sub` required, 8 KB
at most. Sources: "Verifying JSON web tokens" (Amazon Cognito developer guide), RFC 7519, RFC 8725.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests
from jose import JOSEError, jwk, jws
from jose.backends.base import Key

MAX_TOKEN_BYTES: Final = 8192
#: An unknown kid may be a rotation or an attack; either way the key set is asked at most this often.
MIN_SECONDS_BETWEEN_FETCHES: Final = 30.0
#: Nobody can be let in before the first key set, so a pool that was down at the start is asked sooner.
MIN_SECONDS_BEFORE_THE_FIRST: Final = 1.0
MAX_KEY_SET_BYTES: Final = 64 * 1024
LEEWAY_SECONDS: Final = 30
#: Beyond any date, and the largest whole number that JSON carries exactly; infinity and NaN are not below it.
_MAX_TIME: Final = 2**53


class TokenRefused(Exception):
    """The token is not to be trusted; `reason` is for the log and never for the caller."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class KeySetUnavailable(Exception):
    """The key set could not be had and none is cached: we cannot say whether the token is good."""


@dataclass(frozen=True)
class Principal:
    """Who is asking. `user_id` is Cognito's `sub`; times are Unix seconds; `origin_jti` names the sign-in."""

    user_id: str
    groups: frozenset[str]
    issued_at_seconds: int
    expires_at_seconds: int
    jti: str
    origin_jti: str

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
    """The pool's signing keys by kid. Kept for good when the pool is down; asked anew for an unknown kid."""

    def __init__(
        self,
        fetch: Callable[[], list[Mapping[str, Any]]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, Key] = {}
        self._fetched_at: float | None = None

    def get(self, kid: str) -> Key:
        """Return the key. Raises TokenRefused for an unknown kid, KeySetUnavailable with nothing cached."""
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
                keys = {}  # the cached keys go on working
            self._fetched_at = self._clock()
            if keys:
                self._keys = keys


def _read_keys(key_set: list[Mapping[str, Any]]) -> dict[str, Key]:
    """Return the keys that sign with RS256; one that cannot be read does not spoil the others."""
    keys: dict[str, Key] = {}
    for entry in key_set:
        is_ours = entry.get("kty") == "RSA" and entry.get("use", "sig") == "sig"
        if not is_ours or entry.get("alg", "RS256") != "RS256" or not isinstance(entry.get("kid"), str):
            continue
        try:
            keys[entry["kid"]] = jwk.construct(dict(entry), algorithm="RS256")
        except (JOSEError, ValueError, TypeError, KeyError):
            continue
    return keys


class TokenVerifier:
    """Checks access tokens of one pool and one client; `clock` returns Unix seconds."""

    def __init__(
        self, *, issuer: str, client_id: str, key_set: KeySet, clock: Callable[[], float] = time.time
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._key_set = key_set
        self._clock = clock

    def verify(self, token: str) -> Principal:
        """Return who is asking. Raises TokenRefused or KeySetUnavailable."""
        if not token.isascii() or len(token) > MAX_TOKEN_BYTES:
            raise TokenRefused("no text of a token" if len(token) <= MAX_TOKEN_BYTES else "too long")
        key = self._key_set.get(_read_kid(token))
        try:
            claims = _read_claims(jws.verify(token, key, algorithms=["RS256"]))
        except JOSEError as error:
            raise TokenRefused("signature") from error
        self._check_times(claims)
        if claims.get("iss") != self._issuer:
            raise TokenRefused("iss")
        if claims.get("token_use") != "access":
            raise TokenRefused("token_use")
        if claims.get("client_id") != self._client_id:  # Cognito's access tokens have it in place of aud
            raise TokenRefused("client_id")
        return _build_principal(claims)

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now = self._clock()
        if _read_time(claims, "exp") + LEEWAY_SECONDS <= now:
            raise TokenRefused("expired")
        if _read_time(claims, "iat") - LEEWAY_SECONDS > now:
            raise TokenRefused("issued in the future")
        if "nbf" in claims and _read_time(claims, "nbf") - LEEWAY_SECONDS > now:
            raise TokenRefused("not valid yet")


def _read_kid(token: str) -> str:
    try:
        header = jws.get_unverified_header(token)
    except (JOSEError, RecursionError) as error:
        raise TokenRefused("not a token") from error
    if header.get("alg") != "RS256" or "crit" in header:
        raise TokenRefused("algorithm")
    kid = header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= 200:
        raise TokenRefused("kid")
    return kid


def _read_claims(payload: bytes) -> Mapping[str, Any]:
    try:
        claims = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise TokenRefused("claims are no JSON") from error
    if not isinstance(claims, dict):
        raise TokenRefused("claims are no object")
    return claims


def _read_time(claims: Mapping[str, Any], name: str) -> float:
    """Return a NumericDate (RFC 7519, section 2): a number, and in Python no bool."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _MAX_TIME:
        raise TokenRefused(name)
    return value


def _build_principal(claims: Mapping[str, Any]) -> Principal:
    user_id = claims.get("sub")
    if not isinstance(user_id, str) or not 0 < len(user_id) <= 200:
        raise TokenRefused("sub")
    groups = claims.get("cognito:groups")
    names = groups if isinstance(groups, list) else []
    return Principal(
        user_id=user_id,
        groups=frozenset(name for name in names if isinstance(name, str)),
        issued_at_seconds=int(claims["iat"]),
        expires_at_seconds=int(claims["exp"]),
        jti=str(claims.get("jti", "")),
        origin_jti=str(claims.get("origin_jti", "")),
    )
