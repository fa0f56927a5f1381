"""Everything that can go wrong with a task, and who can mend it.

ProcessorError
├── TaskFailed            reported to job-service; `kind` decides what it costs the task
│   ├── BadSource         the user's file: one try
│   ├── EncodeFailed      ffmpeg gave up, hung, or ran out of memory: three tries
│   │   └── SoundFailed   over the sound alone: the picture is encoded without it
│   ├── OutputRefused     the publish gate said no
│   ├── StoreFailed       the object store refused what we asked
│   │   └── StoreAway     it does not answer, or lets us in nowhere: no try, the task waits
│   ├── ScratchFull       this machine has no room; another may: no try, the task waits
│   └── ProcessorFault    this machine cannot work: no try, another takes the task at once
├── Interrupted           we are asked to stop: the task goes back at once and costs no try
├── LeaseLost             someone else may be at it: stop without another word
│   └── LeaseUnheard      nobody said so, job-service is silent: stop, and say so when it is back
├── ClaimRefused          the task is not ours to do; `is_over` says whether the message can go
├── ObjectMissing         no object under this key
├── ObjectChanged         the object is not the one that was pinned
├── QueueUnavailable      the queue does not answer
└── JobApiUnavailable     job-service does not answer: try again while the lease lasts
    └── JobApiFaulty      it answers, and fails each time: there is an end to trying again
        └── JobApiRefused it does not take what we say, and would not the next time
"""

from typing import Final

from videoforge.messages import FailureKind, TaskError, WaitingFor


class ProcessorError(Exception):
    """Base of all errors that this package raises on purpose."""


class TaskFailed(ProcessorError):
    """The task cannot be done. `code` is stable, `message` one plain sentence for the user."""

    kind: FailureKind = "failure"
    waiting_for: WaitingFor | None = None
    is_retryable = True

    def __init__(self, code: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.hint = hint

    def to_message(self) -> TaskError:
        return TaskError(
            code=self.code, message=self.message[:2000], retryable=self.is_retryable, hint=self.hint
        )


class BadSource(TaskFailed):
    kind: FailureKind = "bad_input"
    is_retryable = False


#: the code of an EncodeFailed that is the fault of what was read
UNDECODABLE: Final = "undecodable_media"


class EncodeFailed(TaskFailed):
    """ffmpeg did not do its work; `stderr_tail` is for the log, not for the user. `is_certain` is set where
    the same input would end so on every machine."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str | None = None,
        stderr_tail: str = "",
        is_certain: bool = False,
    ) -> None:
        super().__init__(code, message, hint=hint)
        self.stderr_tail = stderr_tail
        self.is_certain = is_certain


class SoundFailed(EncodeFailed):
    """Nothing but the sound is at fault; the picture can be had without it."""

    def __init__(self, *, stderr_tail: str) -> None:
        super().__init__("encode_failed", "The sound could not be encoded.", stderr_tail=stderr_tail)


class OutputRefused(TaskFailed):
    pass


class StoreFailed(TaskFailed):
    pass


class StoreAway(StoreFailed):
    """Not answering, or answering nobody: wrong keys, no bucket. Either is the operator's to mend."""

    kind: FailureKind = "outage"
    waiting_for: WaitingFor | None = "store"


class ScratchFull(TaskFailed):
    kind: FailureKind = "no_room"
    waiting_for: WaitingFor | None = "room"


class ProcessorFault(TaskFailed):
    kind: FailureKind = "interruption"


class Interrupted(ProcessorError):
    """The processor is shutting down."""


class LeaseLost(ProcessorError):
    """The lease was not renewed in time, or job-service says that it is another's."""


class LeaseUnheard(LeaseLost):
    """The lease could not be renewed for lack of an answer: what ended the work was no crash of ours."""


class ClaimRefused(ProcessorError):
    """`is_over`: finished or unknown, the message can be deleted; else come back later."""

    def __init__(self, code: str, *, is_over: bool, retry_after_seconds: float) -> None:
        super().__init__(code)
        self.code = code
        self.is_over = is_over
        self.retry_after_seconds = retry_after_seconds


class ObjectMissing(ProcessorError):
    """No object under this key."""


class ObjectChanged(ProcessorError):
    """The object's ETag or size is not the pinned one."""


class QueueUnavailable(ProcessorError):
    """The queue does not answer."""


class JobApiUnavailable(ProcessorError):
    """job-service does not answer, or says that it cannot at the moment (429, 502, 503, 504)."""


class JobApiFaulty(JobApiUnavailable):
    """job-service answers with a fault of its own (500), or in a shape that we do not know."""


class JobApiRefused(JobApiFaulty):
    """job-service does not take the message (400, 413, 422): the same one again changes nothing."""
