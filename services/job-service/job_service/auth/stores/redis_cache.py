"""Caches sign-in statuses and browser sessions in Redis for seconds, so that most requests need no
query.

    auth:signed-out:{user_id}     ISO 8601 time or "never"
    auth:sign-in:{sign_in_id}     "good" or "revoked"
    auth:session:{secret_hash}    JSON of auth.session.Session, its tokens sealed
    each                          or "ask"

Values live 30 s, "ask" 60 s. "ask" sends readers to the database; it overwrites the value when a
sign-in ends, and readers write with NX, so a slow reader's older value cannot replace it.
"""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from redis import Redis

from job_service.auth.ports import SignInStatus
from job_service.auth.session import Session
from videoforge.logs import get_logger
from videoforge_clients.quiet_redis import QuietRedis

KEEP_SECONDS: Final = 30
#: Longer than the database's time limit for a request, which bounds how late a reader can write.
ASK_SECONDS: Final = 60

_NEVER: Final = "never"
_ASK: Final = "ask"
_TIMES: Final = ("access_expires_at", "expires_at", "created_at", "last_seen_at")
_log = get_logger("CACHE")


class RedisAuthCache:
    def __init__(self, redis: QuietRedis) -> None:
        self._redis = redis

    def find_status(self, *, user_id: str, sign_in_id: str) -> SignInStatus | None:
        found: Any = self._redis.ask(lambda redis: redis.mget(_user_key(user_id), _sign_in_key(sign_in_id)))
        if found is None or None in found or _ASK in found:
            _log.debug("cache miss", what="sign-in", user_id=user_id)
            return None
        signed_out, sign_in = found
        return SignInStatus(
            signed_out_at=None if signed_out == _NEVER else datetime.fromisoformat(signed_out),
            is_revoked=sign_in == "revoked",
        )

    def keep_status(self, status: SignInStatus, *, user_id: str, sign_in_id: str) -> None:
        signed_out = status.signed_out_at.isoformat() if status.signed_out_at else _NEVER
        self._keep(
            {
                _user_key(user_id): signed_out,
                _sign_in_key(sign_in_id): "revoked" if status.is_revoked else "good",
            }
        )

    def forget_user(self, user_id: str) -> None:
        self._forget(_user_key(user_id))

    def forget_sign_in(self, sign_in_id: str) -> None:
        self._forget(_sign_in_key(sign_in_id))

    def find_session(self, secret_hash: str) -> Session | None:
        found: Any = self._redis.ask(lambda redis: redis.get(_session_key(secret_hash)))
        if not found or found == _ASK:
            # the key is made from the cookie, so it is not logged
            _log.debug("cache miss", what="session")
            return None
        return _read_session(found)

    def keep_session(self, session: Session) -> None:
        self._keep({_session_key(session.secret_hash): json.dumps(asdict(session), default=str)})

    def forget_session(self, secret_hash: str) -> None:
        self._forget(_session_key(secret_hash))

    def _keep(self, values: dict[str, str]) -> None:
        def keep(redis: Redis) -> None:
            with redis.pipeline(transaction=False) as pipeline:
                for key, value in values.items():
                    pipeline.set(key, value, ex=KEEP_SECONDS, nx=True)
                pipeline.execute()

        self._redis.ask(keep)

    def _forget(self, key: str) -> None:
        self._redis.ask(lambda redis: redis.set(key, _ASK, ex=ASK_SECONDS))


def _read_session(text: str) -> Session | None:
    """Return None for what an older release wrote: the database has it in the current format."""
    try:
        values = json.loads(text)
        times = {name: datetime.fromisoformat(values[name]) for name in _TIMES}
        return Session(**values | times | {"groups": tuple(values["groups"])})
    except (ValueError, TypeError, KeyError):
        return None


def _user_key(user_id: str) -> str:
    return f"auth:signed-out:{user_id}"


def _sign_in_key(sign_in_id: str) -> str:
    return f"auth:sign-in:{sign_in_id}"


def _session_key(secret_hash: str) -> str:
    return f"auth:session:{secret_hash}"
