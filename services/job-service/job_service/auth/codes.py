"""Recovery codes hashed with Argon2id, and authenticator app codes from pyotp."""

import time
from typing import Final

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from job_service.auth.recovery_code import RecoveryCode

#: "Password Storage Cheat Sheet" (OWASP): 7 MiB, 5 rounds. Little memory, because every thread of a
#: worker may be hashing at the same time.
_MEMORY_KIB: Final = 7168
_ROUNDS: Final = 5
#: RFC 6238, section 5.2: clocks drift, so the previous and the next step are accepted too.
_STEPS: Final = (0, -1, 1)


class Argon2Codes:
    """A slow hash with a separate salt for each code."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=_ROUNDS, memory_cost=_MEMORY_KIB, parallelism=1)
        self._unused = self._hasher.hash("no code")

    def hash(self, code: RecoveryCode) -> str:
        return self._hasher.hash(code.secret)

    def is_right(self, code: RecoveryCode, *, secret_hash: str | None) -> bool:
        """Compare. Without a hash it takes just as long and returns False, so timing does not
        reveal which selectors exist."""
        try:
            self._hasher.verify(secret_hash or self._unused, code.secret)
        except (VerificationError, InvalidHashError):
            return False
        return secret_hash is not None


class PyotpAuthenticator:
    """Authenticator, using this machine's clock."""

    def find_step(self, secret: str, *, code: str) -> int | None:
        totp, now = pyotp.TOTP(secret), time.time()
        for step in _STEPS:
            at = int(now) + step * totp.interval
            if totp.verify(code, for_time=at):
                return at // totp.interval
        return None

    def list_codes(self, secret: str) -> list[str]:
        totp, now = pyotp.TOTP(secret), int(time.time())
        return [totp.at(now, counter_offset=step) for step in _STEPS]
