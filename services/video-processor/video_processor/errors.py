"""Everything that can go wrong with a task, and who can fix it.

ProcessorError
├── TaskFailed            reported to job-service; `kind` decides what it costs the task
│   ├── BadSource         the user's file is at fault: one try
│   ├── EncodeFailed      ffmpeg failed, hung, or ran out of memory: three tries
│   │   ├── SoundFailed   only the sound failed: the picture is encoded without it
│   │   └── HoleRead      parts of the source are here, and a decoder complained: read all of it
│   ├── OutputRefused     the publish gate rejected the output
│   ├── StoreFailed       the object store refused a request
│   │   └── StoreAway     it does not answer, or denies all access: costs no try, the task waits
│   ├── ScratchFull       this machine has no room; another may: costs no try, the task waits
│   └── ProcessorFault    this machine cannot work: costs no try, another takes the task at once
├── FramesMissing         a chunk's segment lacks frames: read the source from its start
├── Interrupted           the processor shuts down: the task goes back at once and costs no try
├── LeaseLost             another processor may have the task: stop without reporting
│   └── LeaseUnheard      job-service is silent: stop, and report when it is back
├── ClaimRefused          the task cannot be claimed; `is_over` tells whether to delete the message
├── ObjectMissing         no object under this key
├── ObjectChanged         the object is not the pinned one
├── QueueUnavailable      the queue does not answer
└── JobApiUnavailable     job-service does not answer: retry while the lease lasts
    └── JobApiFaulty      it answers with errors: retries are limited
        └── JobApiRefused it rejects the message: a retry would not help
"""

from videoforge.messages import FailureKind, TaskError, WaitingFor
from videoforge.problem_codes import Code


class ProcessorError(Exception):
    """Base of all errors that this package raises deliberately."""


class TaskFailed(ProcessorError):
    """The task cannot be done. `code` is stable, `message` is one plain sentence for the user: the
    row's, unless more is known."""

    kind: FailureKind = "failure"
    waiting_for: WaitingFor | None = None
    is_retryable = True

    def __init__(self, code: Code, message: str | None = None, *, hint: str | None = None) -> None:
        self.code = code.name
        self.message = message or code.value.detail
        self.hint = hint or code.value.hint
        super().__init__(f"{self.code}: {self.message}")

    def to_message(self) -> TaskError:
        return TaskError(
            code=self.code, message=self.message[:2000], retryable=self.is_retryable, hint=self.hint
        )


class BadSource(TaskFailed):
    kind: FailureKind = "bad_input"
    is_retryable = False


class EncodeFailed(TaskFailed):
    """ffmpeg did not complete; `stderr_tail` is for the log, not for the user. `is_certain` is set
    if the same input would fail the same way on every machine."""

    def __init__(
        self,
        code: Code,
        message: str | None = None,
        *,
        hint: str | None = None,
        stderr_tail: str = "",
        is_certain: bool = False,
    ) -> None:
        super().__init__(code, message, hint=hint)
        self.stderr_tail = stderr_tail
        self.is_certain = is_certain


class SoundFailed(EncodeFailed):
    """Only the sound failed; the picture can be encoded without it."""

    def __init__(self, *, stderr_tail: str) -> None:
        super().__init__(Code.encode_failed, "The sound could not be encoded.", stderr_tail=stderr_tail)


class HoleRead(EncodeFailed):
    """ffmpeg complained about its input while only parts of the source were there."""

    def __init__(self, *, stderr_tail: str) -> None:
        super().__init__(
            Code.encode_failed, "A part of the source could not be decoded.", stderr_tail=stderr_tail
        )


class OutputRefused(TaskFailed):
    pass


class StoreFailed(TaskFailed):
    pass


class StoreAway(StoreFailed):
    """No answer, or access denied to everything: wrong keys, no bucket. Both are for the operator
    to fix."""

    kind: FailureKind = "outage"
    waiting_for: WaitingFor | None = "store"


class ScratchFull(TaskFailed):
    kind: FailureKind = "no_room"
    waiting_for: WaitingFor | None = "room"


class ProcessorFault(TaskFailed):
    kind: FailureKind = "interruption"


class FramesMissing(ProcessorError):
    """A segment has other frames than it must have: after a seek the source could not be decoded
    from where the chunk needs it."""


class Interrupted(ProcessorError):
    """The processor is shutting down."""


class LeaseLost(ProcessorError):
    """The lease was not renewed in time, or job-service says that another processor has it."""


class LeaseUnheard(LeaseLost):
    """The lease could not be renewed because job-service did not answer; the processor did not
    crash."""


class ClaimRefused(ProcessorError):
    """With `is_over` no task needs the message, and it can be deleted; otherwise retry later."""

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
    """job-service does not answer, or cannot at the moment (429, 502, 503, 504)."""


class JobApiFaulty(JobApiUnavailable):
    """job-service answers with an internal error (500), or in an unknown format."""


class JobApiRefused(JobApiFaulty):
    """job-service rejects the message (400, 413, 422): sending it again would not help."""
