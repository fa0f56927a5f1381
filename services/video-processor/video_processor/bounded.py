"""Runs awaitables concurrently and raises their first failure unwrapped."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Answer = TypeVar("Answer")


async def run_bounded(calls: Iterable[Coroutine[Any, Any, Answer]], *, parallelism: int) -> list[Answer]:
    """Await all calls, at most `parallelism` at once, and return their results in order.

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
    """Put around a TaskGroup: its first failure is raised by itself instead of in an exception
    group, also out of nested groups. Callers distinguish errors by class.

    Python 3.11's TaskGroup cancels the task that waits for it and does not undo that: every later
    asyncio.timeout of that task would end in CancelledError instead of TimeoutError.
    """
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
