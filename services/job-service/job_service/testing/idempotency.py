"""Idempotency keys in memory; they pass the same tests as the PostgreSQL store."""

from dataclasses import dataclass, replace
from datetime import datetime

from job_service.idempotency.ports import KeyScope
from job_service.idempotency.request import KEEP, KeptAnswer, KeyUse
from job_service.testing.job_tables import MemoryTables


@dataclass(frozen=True)
class MemoryIdempotencyKeys:
    tables: MemoryTables

    def read_clock(self) -> datetime:
        return self.tables.now

    def note_use(self, scope: KeyScope, *, request_hash: str) -> KeyUse:
        uses, now = self.tables.key_uses, self.tables.now
        if scope in uses and uses[scope].created_at < now - KEEP:
            del uses[scope]
        seed = f"{scope.user_id}/{scope.route}/{scope.key}/{now.isoformat()}"
        return uses.setdefault(
            scope, KeyUse(request_hash=request_hash, created_at=now, held_at=now, seed=seed)
        )

    def hold(self, scope: KeyScope, *, holder: str) -> None:
        if scope in self.tables.key_uses:
            use = self.tables.key_uses[scope]
            self.tables.key_uses[scope] = replace(use, holder=holder, held_at=self.tables.now)

    def keep_answer(self, scope: KeyScope, use: KeyUse, *, answer: KeptAnswer) -> bool:
        kept = self.tables.key_uses.get(scope)
        if kept is None or kept.answer is not None or kept.created_at != use.created_at:
            return False
        self.tables.key_uses[scope] = replace(kept, answer=answer)
        return True

    def find_answer(self, scope: KeyScope, use: KeyUse) -> KeptAnswer | None:
        kept = self.tables.key_uses.get(scope)
        return kept.answer if kept is not None and kept.created_at == use.created_at else None

    def release(self, scope: KeyScope, *, holder: str) -> None:
        if self._is_held(scope, holder=holder):
            self.tables.key_uses[scope] = replace(self.tables.key_uses[scope], holder=None)

    def forget(self, scope: KeyScope, *, holder: str) -> None:
        if self._is_held(scope, holder=holder):
            del self.tables.key_uses[scope]

    def delete_expired(self) -> int:
        uses = self.tables.key_uses
        expired = [scope for scope, use in uses.items() if use.created_at < self.tables.now - KEEP]
        for scope in expired:
            del uses[scope]
        return len(expired)

    def _is_held(self, scope: KeyScope, *, holder: str) -> bool:
        use = self.tables.key_uses.get(scope)
        return use is not None and use.answer is None and use.holder == holder
