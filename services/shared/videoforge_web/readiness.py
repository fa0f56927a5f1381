"""Asks all dependencies at the same time whether they answer, and remembers the result for five seconds."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from typing import Final

from videoforge.logs import get_logger
from videoforge.problems import Problem

BUDGET_SECONDS: Final = 2.0
REMEMBER_SECONDS: Final = 5.0

_log = get_logger("SYSTEM")


@dataclass(frozen=True)
class CheckResult:
    """`problem` is the code of what is wrong, if it has one."""

    is_ok: bool
    latency_ms: float
    problem: str | None = None


@dataclass(frozen=True)
class ReadinessResult:
    checks: Mapping[str, CheckResult]
    is_ready: bool


class Readiness:
    """`probes` maps a dependency's name to a call that raises when it does not answer; without
    those that are `needed` no request can be served."""

    def __init__(self, probes: Mapping[str, Callable[[], object]], *, needed: Collection[str]) -> None:
        self._probes = probes
        self._needed = frozenset(needed)
        self._lock = threading.Lock()
        self._last: tuple[float, ReadinessResult] | None = None

    def check(self) -> ReadinessResult:
        """Return the last result, at most five seconds old; one caller asks for all."""
        with self._lock:
            if self._last is None or time.monotonic() - self._last[0] > REMEMBER_SECONDS:
                self._last = (time.monotonic(), self._ask_all())
            return self._last[1]

    def _ask_all(self) -> ReadinessResult:
        pool = ThreadPoolExecutor(max_workers=max(1, len(self._probes)))
        started = time.monotonic()
        futures = {name: pool.submit(self._ask, probe) for name, probe in self._probes.items()}
        checks = {name: self._collect(name, future, started=started) for name, future in futures.items()}
        pool.shutdown(wait=False, cancel_futures=True)
        is_ready = all(result.is_ok for name, result in checks.items() if name in self._needed)
        return ReadinessResult(checks, is_ready=is_ready)

    @staticmethod
    def _ask(probe: Callable[[], object]) -> float:
        started = time.monotonic()
        probe()
        return time.monotonic() - started

    @staticmethod
    def _collect(name: str, future: "Future[float]", *, started: float) -> CheckResult:
        try:
            seconds = future.result(timeout=max(0.0, started + BUDGET_SECONDS - time.monotonic()))
            return CheckResult(is_ok=True, latency_ms=round(seconds * 1000, 1))
        except FutureTimeout:
            return CheckResult(is_ok=False, latency_ms=BUDGET_SECONDS * 1000)
        except Exception as error:
            code = error.code if isinstance(error, Problem) else None
            _log.warning(
                "dependency does not answer", dependency=name, problem=code, error=type(error).__name__
            )
            return CheckResult(
                is_ok=False,
                latency_ms=round((time.monotonic() - started) * 1000, 1),
                problem=code,
            )
