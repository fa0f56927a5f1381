"""The messages between job-service and the processors: the JSON of the queue and of the internal
task API.

The queue carries only a hint, `{"task_id", "dispatch"}`; everything else is exchanged over HTTP:

    POST /internal/tasks/{task_id}/claim      ClaimRequest     → 200 ClaimGrant
    POST /internal/light-tasks/claim          ClaimRequest     → 200 ClaimGrant
    POST /internal/tasks/{task_id}/heartbeat  LeaseProof       → 200 LeaseAnswer
    POST /internal/tasks/{task_id}/progress   ProgressReport   → 200 LeaseAnswer
    POST /internal/tasks/{task_id}/segments   SegmentReport    → 200 LeaseAnswer
    POST /internal/tasks/{task_id}/complete   TaskCompletion   → 200 CompletionAnswer
    POST /internal/tasks/{task_id}/fail       TaskFailure      → 200 FailureAnswer
    POST /internal/processors                 ProcessorReport  → 200 ReportAnswer

It is one module because it is one contract, of which both sides read every part. Every write
proves its lease by attempt and token; a stale one is answered with 409 `lease_lost`.
Times are seconds, sizes bytes, rates bits per second, frame rates text fractions such as
"30000/1001".
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from videoforge.encode_options import EncodeOptions
from videoforge.source_facts import SourceFacts

TaskKind = Literal["prepare", "encode", "audio", "assemble"]
#: Where a job is. A failed job keeps the phase in which it failed.
Phase = Literal["queued", "preparing", "encoding", "packaging", "completed", "cancelled"]
#: The phase of a job while a task of this kind runs or waits.
TASK_PHASES: Final[Mapping[TaskKind, Phase]] = {
    "prepare": "preparing",
    "encode": "encoding",
    "audio": "encoding",
    "assemble": "packaging",
}
#: How an attempt ends without a result, and what that costs the task. failure: our fault, 3 tries.
#: bad_input: the source's fault, 1 try. interruption: a shutdown or a fault of the processor, 20
#: tries. outage: a dependency does not answer, costs nothing however long it takes. no_room: the
#: processor's disk is full, an interruption with a pause.
FailureKind = Literal["failure", "bad_input", "interruption", "outage", "no_room"]
#: What a job is waiting for: the object store, the queue, room on a processor's disk, or a
#: processor that can work.
WaitingFor = Literal["store", "queue", "room", "processor"]


class Message(BaseModel):
    """Unknown fields are refused, so that a version mismatch fails at once instead of losing
    data."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TaskMessage(Message):
    """Body of one queue message. `dispatch` counts how often this task was sent, from 1. The id
    becomes part of a URL, so its pattern excludes paths and limits its length."""

    task_id: str = Field(pattern=r"^[A-Za-z0-9-]{1,64}$")
    dispatch: int = Field(ge=1)


class OptionsMessage(Message):
    """A message with the job's options."""

    options: EncodeOptions = EncodeOptions()

    @model_validator(mode="before")
    @classmethod
    def _take_lone_option(cls, given: Any) -> Any:
        """Accept `rate_control` as a field of its own, as it was while it was the only option: jobs
        that were running during an update have it in their plans."""
        if isinstance(given, dict) and "rate_control" in given:
            rest = {name: value for name, value in given.items() if name != "rate_control"}
            return {"options": {"rate_control": given["rate_control"]}, **rest}
        return given


class SourceRef(Message):
    """The source as pinned at confirm; if its ETag or size has changed, the job fails."""

    s3_key: str
    etag: str
    size_bytes: int
    version_id: str | None = None


class Rung(Message):
    """One target of the ladder; `format` names it (`4K` … `480p`, or its short side such as
    `360p`)."""

    format: str
    width: int
    height: int
    bitrate_bps: int


class SkippedFormat(Message):
    format: str
    reason: str


class Chunk(Message):
    """A time range of the source, a whole number of segments on the frame grid; the last one goes
    on to the end. `first_segment` is the index of its first segment in the whole."""

    index: int
    start_seconds: float
    duration_seconds: float
    first_segment: int


class JobWarning(Message):
    """Something a user should know about a job that did not stop it."""

    code: str
    message: str


class SoundMix(Message):
    """How the chosen sound becomes stereo. `channels` is the source's number; `right_stream` is a
    second mono track for the right channel, `ambisonic_order` the order of a sound field, which has
    no speaker layout. Pauses of the sound of up to `gap_seconds` are not splices of two
    recordings."""

    channels: int = 2
    right_stream: int | None = None
    ambisonic_order: int | None = None
    gap_seconds: int = 0


class AspectStart(Message):
    """The pixel aspect of the source from `at_seconds` on, as a text such as "16:11"."""

    at_seconds: float
    pixel_aspect: str


class Plan(OptionsMessage):
    """What prepare decided; all later tasks of the job follow it. `video_stream` and `audio_stream`
    are ffprobe's absolute stream indexes; `audio_stream` is None for a silent source. `tone_map`
    names the HDR curve to map from (`pq`, `hlg`), None for SDR. With `deinterlace`, pictures
    flagged as interlaced are deinterlaced; `field_order` is set if unflagged pictures are
    interlaced too, with the order to assume for them. `pixel_aspects` contains the first and all
    later aspects of a source whose aspect changes, and is empty otherwise."""

    ladder: list[Rung]
    chunks: list[Chunk]
    duration_seconds: float
    frame_rate: str
    video_stream: int
    audio_stream: int | None
    sound_mix: SoundMix = SoundMix()
    deinterlace: bool = False
    field_order: Literal["tff", "bff"] | None = None
    pixel_aspects: list[AspectStart] = []
    tone_map: str | None = None


class Segment(Message):
    key: str
    duration_seconds: float
    size_bytes: int


class EncodedTrack(Message):
    """One rendition (or `audio`) of one chunk, or the part of it that is stored. Only chunk 0 sets
    `init_key`, and with it `codecs` (RFC 6381); all init segments are equal, which their digests
    prove. Without segments if the source ends before the chunk."""

    format: str
    init_key: str | None
    init_size_bytes: int = 0
    init_sha256: str = ""
    codecs: str = ""
    segments: list[Segment]


class PrepareInput(OptionsMessage):
    kind: Literal["prepare"] = "prepare"
    source: SourceRef
    output_formats: list[str]


class EncodeInput(Message):
    kind: Literal["encode"] = "encode"
    source: SourceRef
    plan: Plan
    chunk: Chunk


class AudioInput(Message):
    kind: Literal["audio"] = "audio"
    source: SourceRef
    plan: Plan


class AssembleInput(Message):
    """`encoded` contains the encode results in chunk order, `audio` the result of the audio
    task."""

    kind: Literal["assemble"] = "assemble"
    source: SourceRef
    plan: Plan
    encoded: list["EncodeResult"]
    audio: EncodedTrack | None = None

    @property
    def sound(self) -> EncodedTrack | None:
        """The sound of the whole source, whichever task encoded it."""
        return self.audio or self.encoded[0].audio


class PrepareResult(Message):
    kind: Literal["prepare"] = "prepare"
    plan: Plan
    skipped: list[SkippedFormat]
    warnings: list[JobWarning]
    thumbnail_key: str | None
    storyboard_key: str | None = None
    source: SourceFacts | None = None


class EncodeResult(Message):
    """`warnings` are those that only the encode can find; `audio` is set if the job is one
    chunk."""

    kind: Literal["encode"] = "encode"
    renditions: list[EncodedTrack]
    audio: EncodedTrack | None
    warnings: list[JobWarning] = []


class AudioResult(Message):
    """`audio` is None if the sound cannot be decoded."""

    kind: Literal["audio"] = "audio"
    audio: EncodedTrack | None
    warnings: list[JobWarning] = []


class FinishedRendition(Message):
    """A rendition that passed the publish gate. `codecs` is the RFC 6381 text for the master
    playlist; `bitrate_bps` is the measured average, `peak_bitrate_bps` that of the largest
    segment."""

    format: str
    width: int
    height: int
    frame_rate: str
    codecs: str
    bitrate_bps: int
    peak_bitrate_bps: int
    duration_seconds: float
    size_bytes: int
    playlist_key: str
    mp4_key: str
    mp4_size_bytes: int


class FinishedAudio(Message):
    codecs: str
    bitrate_bps: int
    size_bytes: int
    playlist_key: str


class AssembleResult(Message):
    """`storyboard_key` names the WebVTT. It is made here, from the key frames of the smallest
    rendition, because decoding the source a second time would cost as much as a rung."""

    kind: Literal["assemble"] = "assemble"
    renditions: list[FinishedRendition]
    audio: FinishedAudio | None
    storyboard_key: str | None = None


TaskInput = Annotated[PrepareInput | EncodeInput | AudioInput | AssembleInput, Field(discriminator="kind")]
TaskResult = Annotated[
    PrepareResult | EncodeResult | AudioResult | AssembleResult, Field(discriminator="kind")
]


class ClaimRequest(Message):
    """`room_bytes` is the free scratch space of the processor; None skips the check for room.

    `held_videos` names videos whose sources the processor has on its disk: of tasks of about equal
    right it gets one of those.

    `claim_id` is created for one claim and sent with each retry of it: repeating it returns the
    same grant. The first heartbeat, sent at once, confirms that the grant arrived; a grant not
    confirmed within 15 s is withdrawn. Without a claim id the grant counts as confirmed.

    `dispatch` is that of the message; a claim of a light task needs no message and has none.
    """

    processor_id: str = Field(min_length=1, max_length=200)
    dispatch: int | None = Field(default=None, ge=1)
    held_videos: list[Annotated[str, Field(max_length=64)]] = Field(default=[], max_length=20)
    room_bytes: int | None = Field(default=None, ge=0)
    claim_id: str | None = Field(default=None, min_length=16, max_length=64)


class LeaseProof(Message):
    attempt: int
    lease_token: str


class TaskLease(LeaseProof):
    """A lease on one task: everything that a call about this attempt needs."""

    task_id: str


class ClaimGrant(TaskLease):
    """The right to work on a task for `lease_seconds`, which may be another task than the one that
    the message names. Objects are only written under `output_prefix`. A light task is a step of a
    short video, and goes before the others that the processor works on. Progress is reported every
    `report_every_seconds`. `listed` is what viewers of the unfinished video may have been shown of
    this task already: those segments stay part of it.

    A refused claim is answered with a problem: 404 `task_not_found`, 409 `task_finished` and 409
    `nothing_due` (delete the message), 409 `task_leased`, 409 `no_room` and 409 `task_set_aside`
    (leave it; `retry_after_seconds` is in the body).
    """

    job_id: str
    video_id: str
    lease_seconds: int
    leased_until: AwareDatetime
    output_prefix: str
    is_light: bool = False
    report_every_seconds: float = Field(default=2, gt=0)
    input: TaskInput
    listed: list[EncodedTrack] = []


class LeaseAnswer(Message):
    """`light_work_waits` says that a light task is due and nobody has taken it: a processor that
    works on other tasks may claim it beside them, without a message."""

    leased_until: AwareDatetime
    light_work_waits: bool = False


class RenditionProgress(Message):
    format: str
    progress_percent: float = Field(ge=0, le=100)


class AttemptProgress(Message):
    """`percent` is of this task, `speed` source seconds per second. A new attempt, or an encode
    that starts again, reports less than before; job-service never shows less. `waiting_for` names
    the dependency that the attempt is waiting for."""

    phase: Phase
    percent: float = Field(ge=0, le=100)
    speed: float | None = None
    waiting_for: WaitingFor | None = None
    renditions: list[RenditionProgress] = []


class ProgressReport(AttemptProgress, LeaseProof):
    """The body of `progress`."""


class SegmentList(Message):
    """Segments of an encode or audio task that are checked and stored. Listed once, a segment is
    never replaced; listing it again changes nothing."""

    tracks: list[EncodedTrack] = Field(min_length=1, max_length=20)


class SegmentReport(SegmentList, LeaseProof):
    """The body of `segments`."""


class TaskMetrics(Message):
    """`read_bytes` were read of the source."""

    download_seconds: float = 0
    encode_seconds: float = 0
    upload_seconds: float = 0
    cpu_seconds: float = 0
    read_bytes: int = 0


class AttemptResult(Message):
    result: TaskResult
    metrics: TaskMetrics = TaskMetrics()


class TaskCompletion(AttemptResult, LeaseProof):
    """The body of `complete`."""


class CompletionAnswer(Message):
    job_status: str


class TaskError(Message):
    """What went wrong: a stable code, one plain sentence, and what to do about it."""

    code: str = Field(max_length=100)
    message: str = Field(max_length=2000)
    retryable: bool
    hint: str | None = Field(default=None, max_length=1000)


class AttemptFailure(Message):
    """`waiting_for` is for the kinds `outage` and `no_room`."""

    kind: FailureKind
    error: TaskError
    waiting_for: WaitingFor | None = None


class TaskFailure(AttemptFailure, LeaseProof):
    """The body of `fail`."""


class FailureAnswer(Message):
    will_retry: bool


class ProcessorReport(Message):
    """Sent every few seconds by a processor without work, to show that it is alive. Without
    `reasons` it takes tasks; each reason is a code, and `waiting_for` says which to show.
    `room_bytes` as in ClaimRequest."""

    processor_id: str = Field(min_length=1, max_length=200)
    waiting_for: WaitingFor | None = None
    reasons: list[str] = Field(default=[], max_length=20)
    room_bytes: int | None = Field(default=None, ge=0)


class ReportAnswer(Message):
    """Receiving it proves that job-service and its database answer."""

    taken: bool = True


AssembleInput.model_rebuild()
