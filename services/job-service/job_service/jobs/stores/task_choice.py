"""Which task a processor is granted: the fair order of everything that is due.

1. The user with the fewest running tasks; among equals the one whose last grant is longest ago.
2. Of this user's jobs those of the highest priority, then in the order of `Job.turn_at`.
3. Of one job the first chunk, so that something plays soon, the audio, and then the other chunks.

A job whose source the processor has goes before others of the same user and priority that would be
at most 30 s earlier. docs/decisions.md says why nobody can be starved by this order.

One statement: `choices` are the first few tasks of the first few users, read from indexes, and the
first of them that no other transaction has locked is locked. There are enough of them for as many
claims at once as a database has connections.
"""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    and_,
    case,
    false,
    func,
    select,
    true,
    union_all,
)

from job_service.jobs.ports import Wanted
from job_service.platform.tables import JobRow, TaskRow
from job_service.set_aside.store import list_left_alone

#: Sources are gigabytes; this much waiting costs less than fetching one again.
HELD_HEAD_START: Final = timedelta(seconds=30)
_USERS: Final = 8
_TASKS_OF_USER: Final = 16

_IS_DUE: Final = and_(TaskRow.status == "pending", TaskRow.not_before_at <= func.now())
_IS_LEFT_ALONE: Final = TaskRow.id.in_(list_left_alone("task"))
_JOB_ORDER: Final = (JobRow.priority.desc(), JobRow.turn_at, JobRow.id)
_TASK_ORDER: Final = (TaskRow.chunk_index, TaskRow.kind != "encode")


def build_choice(wanted: Wanted) -> Select[str]:
    """Return the statement that locks the task to grant next and returns its id."""
    is_wanted = and_(_IS_DUE, ~_IS_LEFT_ALONE, _fits(wanted), TaskRow.is_light if wanted.is_light else true())
    users = _list_users(is_wanted)
    lists = [_list_tasks(users, is_wanted=is_wanted, is_of_job=true(), is_held=false())]
    if wanted.held_videos:
        is_held = JobRow.video_id.in_(list(wanted.held_videos))
        lists.append(_list_tasks(users, is_wanted=is_wanted, is_of_job=is_held, is_held=true()))
    choices = _rank(union_all(*lists).cte("choices"))
    return (
        select(TaskRow.id)
        .join(choices, choices.c.task_id == TaskRow.id)
        .where(TaskRow.status == "pending")  # checked again once the row is locked
        .order_by(
            choices.c.user_place,
            choices.c.held_place,
            choices.c.priority.desc(),
            choices.c.turn_at,
            choices.c.job_id,
            *_TASK_ORDER,
        )
        .limit(1)
        .with_for_update(of=TaskRow, skip_locked=True)
    )


def build_obstacle(wanted: Wanted) -> Select[str]:
    """Return the statement for TaskStore.find_obstacle."""
    reason = case((_IS_LEFT_ALONE, "set_aside"), (_fits(wanted), "claimed"), else_="room").label("reason")
    reasons = select(reason).where(_IS_DUE).distinct().subquery()
    return select(reasons.c.reason).order_by(reasons.c.reason).limit(1)


def _fits(wanted: Wanted) -> ColumnElement[bool]:
    return true() if wanted.room_bytes is None else TaskRow.needed_bytes <= wanted.room_bytes


def _list_users(is_wanted: ColumnElement[bool]) -> CTE:
    """Return the first users in their order, as (user_id, user_place)."""
    waiting = select(TaskRow.user_id).where(is_wanted).distinct().subquery()
    running = (
        select(TaskRow.user_id, func.count().label("count"))
        .where(TaskRow.status == "running")
        .group_by(TaskRow.user_id)
        .subquery()
    )
    last_grant = select(func.max(TaskRow.claimed_at)).where(TaskRow.user_id == waiting.c.user_id)
    order = (
        func.coalesce(running.c.count, 0),
        last_grant.scalar_subquery().nulls_first(),
        waiting.c.user_id,
    )
    place = func.row_number().over(order_by=order).label("user_place")
    return (
        select(waiting.c.user_id, place)
        .outerjoin(running, running.c.user_id == waiting.c.user_id)
        .order_by(place)
        .limit(_USERS)
        .cte("users")
    )


def _list_tasks(
    users: CTE,
    *,
    is_wanted: ColumnElement[bool],
    is_of_job: ColumnElement[bool],
    is_held: ColumnElement[bool],
) -> Select[Any]:
    """Return the first tasks of each user, in the order of jobs and tasks."""
    tasks = _first_of_job(is_wanted)
    of_user = (
        select(
            tasks.c.task_id,
            JobRow.id.label("job_id"),
            JobRow.priority,
            JobRow.turn_at,
        )
        .join(tasks, true())
        .where(JobRow.user_id == users.c.user_id, JobRow.status.in_(["pending", "processing"]), is_of_job)
        .order_by(*_JOB_ORDER)
        .limit(_TASKS_OF_USER)
        .lateral()
    )
    columns = (of_user.c.task_id, of_user.c.job_id, of_user.c.priority, of_user.c.turn_at)
    return select(users.c.user_place, *columns, is_held.label("is_held")).join(of_user, true())


def _first_of_job(is_wanted: ColumnElement[bool]) -> FromClause:
    return (
        select(TaskRow.id.label("task_id"))
        .where(TaskRow.job_id == JobRow.id, TaskRow.job_attempt == JobRow.attempts, is_wanted)
        .order_by(*_TASK_ORDER)
        .limit(_TASKS_OF_USER)
        .correlate(JobRow)
        .lateral()
    )


def _rank(choices: CTE) -> CTE:
    """Put the tasks whose source is held first, unless the first in turn is much earlier."""
    first: dict[str, Any] = {
        "partition_by": choices.c.user_place,
        "order_by": (choices.c.priority.desc(), choices.c.turn_at),
    }
    is_soon = and_(
        choices.c.is_held,
        choices.c.priority == func.first_value(choices.c.priority).over(**first),
        choices.c.turn_at <= func.first_value(choices.c.turn_at).over(**first) + HELD_HEAD_START,
    )
    return select(*choices.c, case((is_soon, 0), else_=1).label("held_place")).cte("ranked")
