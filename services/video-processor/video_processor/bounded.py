"""Many awaitables, a few at a time, with their first failure as it was raised."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

Answer = TypeVar("Answer")


async def run_bounded(calls: Iterable[Coroutine[Any, Any, Answer]], *, parallelism: int) -> list[Answer]:
    """Await all calls, at most `parallelism` at once, and return their answers in order.

    The first failure cancels the rest and is raised by itself, not in a group: the callers tell their
    errors apart by class.
    """
    gate = asyncio.Semaphore(parallelism)

    async def run(call: Coroutine[Any, Any, Answer]) -> Answer:
        async with gate:
            return await call

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run(call)) for call in calls]
    except BaseExceptionGroup as errors:
        raise find_first_error(errors) from None
    return [task.result() for task in tasks]


def find_first_error(error: BaseException) -> BaseException:
    """Return the first error inside of a group, or of groups within groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
