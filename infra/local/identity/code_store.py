"""Codes that prove a mail address: valid once, for a limited time and for few guesses. Kept in
memory.

A code belongs to a name, which says for whom and for what it is. Wrong guesses and requests count
for the name whether or not there is such a user, so that no limit reveals who has an account. A
restart loses all codes: earlier mails are refused, and their readers request a new code.

The numbers are Cognito's where it documents them ("Quotas in Amazon Cognito", "Signing up and
confirming user accounts"): six digits, valid for 24 hours for a sign-up and one hour for a
password, and a pause after a few wrong guesses.
"""

import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, NamedTuple

DIGITS: Final = 6
MAX_WRONG: Final = 5
WRONG_SECONDS: Final = 15 * 60
MAX_REQUESTS: Final = 5
REQUEST_SECONDS: Final = 3600
#: Maximum of names kept; above it the oldest are dropped, so that nobody can exhaust the memory.
MAX_NAMES: Final = 20_000


class Purpose(Enum):
    """What a code is for; the value is its lifetime in seconds."""

    CONFIRM = 24 * 3600
    RESET = 3600


class CodeName(NamedTuple):
    purpose: Purpose
    pool_id: str
    address: str


class Verdict(Enum):
    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    TOO_MANY = "too many"


@dataclass
class _Entry:
    """`code` is empty if none was made or it was used. The lists hold times of the clock."""

    code: str = field(default="", repr=False)
    ends_at: float = 0.0
    wrong_at: list[float] = field(default_factory=list)
    requested_at: list[float] = field(default_factory=list)


class CodeStore:
    """Safe to use from several threads. `clock` counts seconds and never goes back."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[CodeName, _Entry] = OrderedDict()

    def may_request(self, name: CodeName) -> bool:
        """Count a request for a code, and say whether it is within the limit."""
        with self._lock:
            entry, now = self._open(name), self._clock()
            entry.requested_at = [at for at in entry.requested_at if now - at < REQUEST_SECONDS]
            if len(entry.requested_at) >= MAX_REQUESTS:
                return False
            entry.requested_at.append(now)
            return True

    def issue(self, name: CodeName) -> str:
        """Return a new code; the previous one becomes invalid."""
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        with self._lock:
            entry = self._open(name)
            entry.code, entry.ends_at = code, self._clock() + name.purpose.value
        return code

    def take(self, name: CodeName, *, code: str) -> Verdict:
        """Check a guess. A correct code is used up; after MAX_WRONG wrong ones the code is invalid
        and every guess is refused for WRONG_SECONDS. Only a caller with the correct code learns
        that it has expired."""
        with self._lock:
            entry, now = self._open(name), self._clock()
            entry.wrong_at = [at for at in entry.wrong_at if now - at < WRONG_SECONDS]
            if len(entry.wrong_at) >= MAX_WRONG:
                return Verdict.TOO_MANY
            if not entry.code or not hmac.compare_digest(entry.code.encode(), code.encode()):
                entry.wrong_at.append(now)
                if len(entry.wrong_at) >= MAX_WRONG:
                    entry.code = ""
                return Verdict.WRONG
            entry.code = ""
            return Verdict.RIGHT if now < entry.ends_at else Verdict.EXPIRED

    def give_back(self, name: CodeName, *, code: str) -> None:
        """Make a used code valid again until its expiry, because its action failed. A newer code
        stays as it is."""
        with self._lock:
            entry = self._open(name)
            if not entry.code and len(entry.wrong_at) < MAX_WRONG:
                entry.code = code

    def _open(self, name: CodeName) -> _Entry:
        entry = self._entries.setdefault(name, _Entry())
        self._entries.move_to_end(name)
        while len(self._entries) > MAX_NAMES:
            self._entries.popitem(last=False)
        return entry
