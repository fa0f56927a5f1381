"""Bearer token → Principal, or a reason for refusal. The only module that imports python-jose.

The library lets a caller omit what matters (algorithm list, expiry, audience), so each rule is spelled
out here: RS256 only, the one key that `kid` names in the pool's cached key set, exact issuer,
`token_use` = access, our client, `exp` and `sub` required, 8 KB at most. Sources: "Verifying JSON web
tokens" (Amazon Cognito developer guide), RFC 7519, RFC 8725.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests
from jose import JOSEError, jwk, jwt
from jose.backends.base import Key

MAX_TOKEN_BYTES: Final = 8192
#: An unknown kid may be a rotation or an attack; either way the key set is asked at most this often.
MIN_SECONDS_BETWEEN_FETCHES: Final = 30.0
MAX_KEY_SET_BYTES: Final = 64 * 1024
LEEWAY_SECONDS: Final = 30


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
            now = self._clock()
            if self._fetched_at is not None and now - self._fetched_at < MIN_SECONDS_BETWEEN_FETCHES:
                return
            self._fetched_at = now
            try:
                fetched = self._fetch()
                keys = {
                    str(key["kid"]): jwk.construct(dict(key), algorithm="RS256")
                    for key in fetched
                    if key.get("kty") == "RSA" and "kid" in key
                }
            except (requests.RequestException, ValueError, KeyError, TypeError, JOSEError):
                return  # the cached keys go on working
            if keys:
                self._keys = keys


class TokenVerifier:
    """Checks access tokens of one pool and one client."""

    def __init__(self, *, issuer: str, client_id: str, key_set: KeySet) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._key_set = key_set

    def verify(self, token: str) -> Principal:
        """Return who is asking. Raises TokenRefused or KeySetUnavailable."""
        if len(token.encode()) > MAX_TOKEN_BYTES:
            raise TokenRefused("too long")
        try:
            header = jwt.get_unverified_header(token)
        except JOSEError as error:
            raise TokenRefused("not a token") from error
        if header.get("alg") != "RS256" or "crit" in header:
            raise TokenRefused("algorithm")
        kid = header.get("kid")
        if not isinstance(kid, str) or not 0 < len(kid) <= 200:
            raise TokenRefused("kid")
        key = self._key_set.get(kid)
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                issuer=self._issuer,
                options={
                    "require_exp": True,
                    "require_iat": True,
                    "require_iss": True,
                    "require_sub": True,
                    "verify_aud": False,  # Cognito's access tokens have client_id in place of aud
                    "leeway": LEEWAY_SECONDS,
                },
            )
        except JOSEError as error:
            raise TokenRefused(type(error).__name__) from error
        if claims.get("token_use") != "access":
            raise TokenRefused("token_use")
        if claims.get("client_id") != self._client_id:
            raise TokenRefused("client_id")
        groups = claims.get("cognito:groups", [])
        return Principal(
            user_id=str(claims["sub"]),
            groups=frozenset(str(group) for group in groups) if isinstance(groups, list) else frozenset(),
            issued_at_seconds=int(claims["iat"]),
            expires_at_seconds=int(claims["exp"]),
            jti=str(claims.get("jti", "")),
            origin_jti=str(claims.get("origin_jti", "")),
        )
