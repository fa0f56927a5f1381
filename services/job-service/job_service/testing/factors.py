"""The store of second factors in memory, and an authenticator whose code never changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from job_service.auth.ports import KeptCode, KeptFactor
from job_service.testing.identity import TOTP_CODE


@dataclass
class MemoryFactors:
    """FactorStore."""

    factors: dict[str, KeptFactor] = field(default_factory=dict)
    key_names: dict[str, str] = field(default_factory=dict)
    codes: dict[tuple[str, str], KeptCode] = field(default_factory=dict)

    def find_factor(self, user_id: str) -> KeptFactor | None:
        return self.factors.get(user_id)

    def save_pending(self, user_id: str, *, sealed: str, key_name: str) -> None:
        kept = self.factors.get(user_id, KeptFactor(sealed_secret=None, sealed_pending=None))
        self.factors[user_id] = replace(kept, sealed_pending=sealed)
        self.key_names.setdefault(user_id, key_name)

    def confirm_pending(self, user_id: str) -> None:
        pending = self.factors[user_id].sealed_pending
        self.factors[user_id] = KeptFactor(sealed_secret=pending, sealed_pending=None)

    def replace_codes(self, user_id: str, *, codes: Sequence[KeptCode]) -> None:
        self._delete_codes(user_id)
        self.codes |= {(user_id, code.selector): code for code in codes}

    def find_code(self, user_id: str, *, selector: str) -> KeptCode | None:
        return self.codes.get((user_id, selector))

    def take_code(self, user_id: str, *, code: KeptCode) -> bool:
        return self.codes.pop((user_id, code.selector), None) is not None

    def put_code_back(self, user_id: str, *, code: KeptCode) -> None:
        self.codes.setdefault((user_id, code.selector), code)

    def count_codes(self, user_id: str) -> int:
        return sum(1 for owner, _ in self.codes if owner == user_id)

    def delete_factor(self, user_id: str) -> None:
        self._delete_codes(user_id)
        self.factors.pop(user_id, None)
        self.key_names.pop(user_id, None)

    def list_sealed_with_another(self, *, key_name: str, limit: int) -> list[tuple[str, KeptFactor]]:
        found = [user_id for user_id, name in self.key_names.items() if name != key_name]
        return [(user_id, self.factors[user_id]) for user_id in found[:limit]]

    def save_sealed(self, user_id: str, *, factor: KeptFactor, key_name: str) -> None:
        self.factors[user_id], self.key_names[user_id] = factor, key_name

    def _delete_codes(self, user_id: str) -> None:
        self.codes = {key: code for key, code in self.codes.items() if key[0] != user_id}


class FixedAuthenticator:
    """Authenticator with MemoryIdentity's fixed code; each check is in a time step of its own."""

    def __init__(self) -> None:
        self._steps = count()
        self.is_still = False

    def find_step(self, secret: str, *, code: str) -> int | None:
        if code != TOTP_CODE:
            return None
        return 0 if self.is_still else next(self._steps)

    def list_codes(self, secret: str) -> list[str]:
        return [TOTP_CODE]
