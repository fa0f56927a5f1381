"""Sweep: after a rotation of SESSION_KEYS, seal the secrets of second factors with the current key.

They live as long as the factor, longer than any session; without this sweep an old key could never
be dropped.
"""

from typing import Final

from job_service.auth.ports import AuthPorts, KeptFactor
from job_service.auth.seal import SealBroken
from videoforge.logs import get_logger

_BATCH: Final = 100

_log = get_logger("AUTH")


def reseal_factors(auth: AuthPorts) -> int:
    """Return how many were resealed, at most a hundred. A factor whose key is gone is marked as
    done: its recovery codes are useless, and the log says so."""
    with auth.database.begin() as tx:
        found = tx.factors.list_sealed_with_another(key_name=auth.seal.key_name, limit=_BATCH)
        for user_id, factor in found:
            tx.factors.save_sealed(
                user_id,
                factor=KeptFactor(
                    sealed_secret=_reseal(auth, factor.sealed_secret, user_id=user_id),
                    sealed_pending=_reseal(auth, factor.sealed_pending, user_id=user_id),
                ),
                key_name=auth.seal.key_name,
            )
    if found:
        _log.info("second factors resealed", count=len(found))
    return len(found)


def _reseal(auth: AuthPorts, sealed: str | None, *, user_id: str) -> str | None:
    if sealed is None:
        return None
    try:
        return auth.seal.seal_factor(auth.seal.open_factor(sealed, user_id=user_id), user_id=user_id)
    except SealBroken:
        _log.error("second factor sealed with a key that is missing from SESSION_KEYS", user_id=user_id)
        return sealed
