"""What is kept of a second factor beside the user pool: its secret, sealed, and the recovery codes, hashed.

The pool checks codes at a sign-in and at nothing else, and has no recovery codes. With the secret the
service checks a code of somebody who is signed in, and answers the pool's challenge for a recovery code.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from job_service.auth.recovery_code import RecoveryCode


@dataclass(frozen=True, kw_only=True)
class KeptFactor:
    """`sealed_pending` is of a set-up that no code has confirmed yet."""

    sealed_secret: str | None = field(repr=False)
    sealed_pending: str | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class KeptCode:
    selector: str
    secret_hash: str = field(repr=False)


class FactorStore(Protocol):
    """The tables `second_factors` and `recovery_codes`."""

    def find_factor(self, user_id: str) -> KeptFactor | None: ...

    def save_pending(self, user_id: str, *, sealed: str, key_name: str) -> None:
        """Keep the secret of a set-up, in place of an earlier one's."""

    def confirm_pending(self, user_id: str) -> None:
        """Make the pending secret the one that counts."""

    def replace_codes(self, user_id: str, *, codes: Sequence[KeptCode]) -> None:
        """Keep these codes and no others."""

    def find_code(self, user_id: str, *, selector: str) -> KeptCode | None: ...

    def take_code(self, user_id: str, *, code: KeptCode) -> bool:
        """Forget the code, and say whether it was there: of two who show it one alone gets True."""

    def put_code_back(self, user_id: str, *, code: KeptCode) -> None: ...

    def count_codes(self, user_id: str) -> int: ...

    def delete_factor(self, user_id: str) -> None:
        """Forget secret and codes; nothing happens where there are none."""

    def list_sealed_with_another(self, *, key_name: str, limit: int) -> list[tuple[str, KeptFactor]]:
        """Return (user_id, factor) of rows that another key sealed, locked for this transaction."""

    def save_sealed(self, user_id: str, *, factor: KeptFactor, key_name: str) -> None: ...


class CodeHash(Protocol):
    """A slow hash with a salt of its own for each code."""

    def hash(self, code: RecoveryCode) -> str: ...

    def is_right(self, code: RecoveryCode, *, secret_hash: str | None) -> bool:
        """Compare. Without a hash it takes as long and is False: nobody learns which selectors there are."""


class Authenticator(Protocol):
    """Time-based codes (RFC 6238) of a secret in base 32."""

    def find_step(self, secret: str, *, code: str) -> int | None:
        """Return the time step whose code this is, of the present one and its neighbours."""

    def list_codes(self, secret: str) -> list[str]:
        """Return the codes that a pool would take now, the present one first."""
