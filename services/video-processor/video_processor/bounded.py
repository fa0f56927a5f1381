"""Awaitables side by side, with their first failure as it was raised."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Answer = TypeVar("Answer")


async def run_bounded(calls: Iterable[Coroutine[Any, Any, Answer]], *, parallelism: int) -> list[Answer]:
    """Await all calls, at most `parallelism` at once, and return their answers in order.

    The first failure cancels the rest and is raised by itself.
    """
    gate = asyncio.Semaphore(parallelism)

    async def run(call: Coroutine[Any, Any, Answer]) -> Answer:
        async with gate:
            return await call

    with raise_first_error():
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run(call)) for call in calls]
    return [task.result() for task in tasks]


@contextmanager
def raise_first_error() -> Iterator[None]:
    """Around a TaskGroup: its first failure is raised by itself, not in a group, also out of groups within
    groups. The callers tell their errors apart by class.

    Python 3.11's TaskGroup cancels who waits for it and does not take that back: every asyncio.timeout of
    that task would from then on end in CancelledError in place of TimeoutError."""
    task = asyncio.current_task()
    cancels_before = task.cancelling() if task else 0
    try:
        yield
    except BaseExceptionGroup as errors:
        while task and task.cancelling() > cancels_before:
            task.uncancel()
        error: BaseException = errors
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from None
