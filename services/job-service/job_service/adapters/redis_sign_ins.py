"""Statuses of sign-ins in Redis, for seconds, so that most requests ask no database.

    auth:signed-out:{user_id}   ISO 8601 time, "never", or "ask"        30 s ("ask": 60 s)
    auth:sign-in:{sign_in_id}   "good", "revoked", or "ask"             the same

"ask" sends readers to the database. It is written by an end of a sign-in, over what stands there; readers
write with NX, so that a slow reader's older answer cannot replace it. After an error Redis is left alone for
some seconds: a request must not wait for a cache that is down.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from redis import Redis
from redis.exceptions import RedisError

from job_service.ports.auth import SignInStatus
from videoforge.logs import get_logger

KEEP_SECONDS: Final = 30
#: Longer than a request's budget in the database, which bounds how late a reader can be.
ASK_SECONDS: Final = 60
QUIET_SECONDS: Final = 5.0

_NEVER: Final = "never"
_ASK: Final = "ask"
_log = get_logger("CACHE")


class RedisSignIns:
    def __init__(self, redis: Redis, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._clock = clock
        self._quiet_until_seconds = 0.0

    def find_status(self, *, user_id: str, sign_in_id: str) -> SignInStatus | None:
        found = self._try(lambda: self._redis.mget(_user_key(user_id), _sign_in_key(sign_in_id)))
        if found is None or None in found or _ASK in found:
            return None
        signed_out, sign_in = found
        return SignInStatus(
            signed_out_at=None if signed_out == _NEVER else datetime.fromisoformat(signed_out),
            is_revoked=sign_in == "revoked",
        )

    def keep_status(self, status: SignInStatus, *, user_id: str, sign_in_id: str) -> None:
        signed_out = status.signed_out_at.isoformat() if status.signed_out_at else _NEVER

        def keep() -> None:
            with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.set(_user_key(user_id), signed_out, ex=KEEP_SECONDS, nx=True)
                sign_in = "revoked" if status.is_revoked else "good"
                pipeline.set(_sign_in_key(sign_in_id), sign_in, ex=KEEP_SECONDS, nx=True)
                pipeline.execute()

        self._try(keep)

    def forget_user(self, user_id: str) -> None:
        self._try(lambda: self._redis.set(_user_key(user_id), _ASK, ex=ASK_SECONDS))

    def forget_sign_in(self, sign_in_id: str) -> None:
        self._try(lambda: self._redis.set(_sign_in_key(sign_in_id), _ASK, ex=ASK_SECONDS))

    def _try(self, call: Callable[[], Any]) -> Any:
        if self._clock() < self._quiet_until_seconds:
            return None
        try:
            return call()
        except RedisError as error:
            self._quiet_until_seconds = self._clock() + QUIET_SECONDS
            _log.warning("cache does not answer", error=type(error).__name__)
            return None


def _user_key(user_id: str) -> str:
    return f"auth:signed-out:{user_id}"


def _sign_in_key(sign_in_id: str) -> str:
    return f"auth:sign-in:{sign_in_id}"
