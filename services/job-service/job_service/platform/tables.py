"""job-service's tables and nothing else. Times are timestamptz, ids UUID text, JSON jsonb.

`users` one row per Cognito user; `sessions` browser sign-ins with their tokens, encrypted;
`uploads` uploads in progress; `media_assets` what the store contains; `jobs` and `tasks` the state
machine; `listed_tracks` and `listed_segments` what of a running job can be watched; `usage` what
each user has stored; `outbox` messages saved with the change they report; `deletions` intents to
delete a video's objects. One module because it is one schema: migrations are checked against the
whole of it.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NOW = func.now()


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "ck": "%(table_name)s_%(constraint_name)s_check",
        }
    )
    type_annotation_map: ClassVar = {
        str: Text,
        datetime: TIMESTAMP(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[str]: ARRAY(Text),
        int: BigInteger,
    }


class UserRow(Table):
    __tablename__ = "users"

    user_id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    last_seen_at: Mapped[datetime] = mapped_column(server_default=NOW)
    #: access tokens from sign-ins before this moment are refused (global sign-out, password change)
    signed_out_at: Mapped[datetime | None]


class SessionRow(Table):
    """`secret_hash` is SHA-256 of the cookie, so that a copy of the table does not open
    sessions."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.user_id", ondelete="CASCADE"), index=True)
    email: Mapped[str]
    groups: Mapped[list[str]]
    #: Fernet-encrypted JSON {access_token, id_token, refresh_token}
    tokens: Mapped[str]
    access_expires_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    last_seen_at: Mapped[datetime] = mapped_column(server_default=NOW)
    user_agent: Mapped[str] = mapped_column(server_default="")
    address: Mapped[str] = mapped_column(server_default="")


class SecondFactorRow(Table):
    """The secrets of authenticator apps, Fernet-encrypted. `sealed_pending` is waiting for its
    first code."""

    __tablename__ = "second_factors"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.user_id", ondelete="CASCADE"), primary_key=True)
    sealed_secret: Mapped[str | None]
    sealed_pending: Mapped[str | None]
    #: names the key of SESSION_KEYS that sealed them, so that a sweep finds rows sealed before a
    #: rotation
    key_name: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)


class RecoveryCodeRow(Table):
    """Unused recovery codes. `selector` is the first part of the code, `secret_hash` Argon2id of
    the rest."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.user_id", ondelete="CASCADE"), primary_key=True)
    selector: Mapped[str] = mapped_column(primary_key=True)
    secret_hash: Mapped[str]


class RevokedSignInRow(Table):
    """Sign-ins (Cognito's origin_jti) and challenge sessions that must not be used again."""

    __tablename__ = "revoked_sign_ins"

    id: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class UploadRow(Table):
    """`method` is single or multipart; `status` open, completed, confirmed, aborted, expired or
    lost."""

    __tablename__ = "uploads"
    __table_args__ = (
        CheckConstraint("method in ('single','multipart')", name="method"),
        CheckConstraint(
            "status in ('open','completed','confirmed','aborted','expired','lost')", name="status"
        ),
        Index(
            "uploads_unconfirmed_idx",
            "user_id",
            postgresql_where=text("status in ('open','completed')"),
        ),
        Index("uploads_sweep_idx", "status", "expires_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(index=True)
    s3_key: Mapped[str] = mapped_column(unique=True)
    filename: Mapped[str]
    content_type: Mapped[str]
    size_bytes: Mapped[int]
    fingerprint: Mapped[str | None]
    method: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="open")
    s3_upload_id: Mapped[str | None]
    part_size_bytes: Mapped[int | None]
    part_count: Mapped[int | None]
    #: the gallery's id of the video that this upload became
    video_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]


class MediaAssetRow(Table):
    """What the store contains for a video. `kind` is source, poster, rendition, audio or images.

    source: `etag`, `version_id`, `size_bytes` as pinned at confirm, `detail` = the probe's JSON.
    rendition: `detail` = videoforge.messages.FinishedRendition; one current row per video and
    format. audio: `detail` = FinishedAudio. images: `detail` = {thumbnail_key, storyboard_key}.
    """

    __tablename__ = "media_assets"
    __table_args__ = (
        CheckConstraint("kind in ('source','poster','rendition','audio','images')", name="kind"),
        Index("media_assets_source_key", "video_id", unique=True, postgresql_where=text("kind = 'source'")),
        Index(
            "media_assets_rendition_key",
            "video_id",
            "format",
            unique=True,
            postgresql_where=text("kind = 'rendition'"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    video_id: Mapped[str] = mapped_column(index=True)
    user_id: Mapped[str]
    job_id: Mapped[str | None] = mapped_column(index=True)
    kind: Mapped[str]
    format: Mapped[str | None]
    s3_key: Mapped[str]
    size_bytes: Mapped[int]
    etag: Mapped[str | None]
    version_id: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class UsageRow(Table):
    """What a user has in the store: the sum of `media_assets`, maintained by a trigger (migration
    0003)."""

    __tablename__ = "usage"

    user_id: Mapped[str] = mapped_column(primary_key=True)
    stored_bytes: Mapped[int] = mapped_column(server_default="0")


class JobRow(Table):
    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("status in ('pending','processing','completed','failed','cancelled')", name="status"),
        CheckConstraint("progress_percent between 0 and 100", name="progress"),
        Index("jobs_user_page_idx", "user_id", text("created_at desc"), text("id desc")),
        Index("jobs_video_idx", "video_id", text("created_at desc")),
        Index(
            "jobs_queue_idx",
            text("priority desc"),
            "created_at",
            "id",
            postgresql_where=text("status = 'pending'"),
        ),
        Index(
            "jobs_playable_idx",
            "video_id",
            postgresql_where=text("status = 'processing' and playable_seconds > 0"),
        ),
        Index("jobs_all_page_idx", text("created_at desc"), text("id desc")),
        Index(
            "jobs_unfinished_idx",
            "user_id",
            text("priority desc"),
            "turn_at",
            "id",
            postgresql_where=text("status in ('pending','processing')"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    video_id: Mapped[str]
    user_id: Mapped[str]
    batch_id: Mapped[str | None] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(server_default="pending")
    phase: Mapped[str] = mapped_column(server_default="queued")
    progress_percent: Mapped[float] = mapped_column(server_default="0")
    priority: Mapped[int] = mapped_column(server_default="0")
    #: the source's duration, how much of it is not encoded yet, and the job's place among those of
    #: its user and priority: Job.turn_at
    source_seconds: Mapped[float] = mapped_column(server_default="0")
    remaining_seconds: Mapped[float] = mapped_column(server_default="0")
    turn_at: Mapped[datetime] = mapped_column(server_default=NOW)
    #: how much of it can be watched, from the start
    playable_seconds: Mapped[float] = mapped_column(server_default="0")
    #: videoforge.encode_options.EncodeOptions
    options: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    output_formats: Mapped[list[str]]
    skipped: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    #: last known [{format, width, height, bitrate_bps, progress_percent, status}]
    renditions: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    warnings: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    #: videoforge.messages.Plan, after prepare has finished
    plan: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    #: attempts of the whole job: 1, plus one for each retry by a user
    attempts: Mapped[int] = mapped_column(server_default="1")
    metrics: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    started_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)
    completed_at: Mapped[datetime | None]


class TaskRow(Table):
    """`attempt` counts claims and fences every write; `dispatch` counts how often it was sent to
    the queue.

    A pending task waits for `not_before_at`; a running one is leased until `leased_until`. Times
    come only from the database's clock.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("kind in ('prepare','encode','audio','assemble')", name="kind"),
        CheckConstraint("status in ('pending','running','done','failed','cancelled')", name="status"),
        UniqueConstraint("job_id", "kind", "chunk_index", "job_attempt"),
        Index("tasks_pending_idx", "dispatched_at", postgresql_where=text("status = 'pending'")),
        Index("tasks_all_page_idx", text("created_at desc"), text("id desc")),
        Index("tasks_running_idx", "leased_until", postgresql_where=text("status = 'running'")),
        Index(
            "tasks_waiting_jobs_idx",
            "job_id",
            "chunk_index",
            text("(kind <> 'encode')"),
            postgresql_where=text("status = 'pending'"),
        ),
        Index("tasks_granted_idx", "user_id", "claimed_at"),
        Index(
            "tasks_waiting_light_idx",
            "not_before_at",
            postgresql_where=text("status = 'pending' and is_light"),
        ),
        Index(
            "tasks_unconfirmed_idx",
            "claim_id",
            postgresql_where=text("status = 'running' and confirmed_at is null"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[str]
    #: which attempt of the job this task belongs to
    job_attempt: Mapped[int] = mapped_column(server_default="1")
    kind: Mapped[str]
    chunk_index: Mapped[int] = mapped_column(server_default="0")
    status: Mapped[str] = mapped_column(server_default="pending")
    priority: Mapped[int] = mapped_column(server_default="0")
    #: disk space, as estimated when the task was queued
    needed_bytes: Mapped[int] = mapped_column(server_default="0")
    #: may be done beside other tasks (jobs/turns.py)
    is_light: Mapped[bool] = mapped_column(server_default="false")
    attempt: Mapped[int] = mapped_column(server_default="0")
    lease_token: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    processor_id: Mapped[str | None]
    #: the processor's own id for this claim, when it was granted, and when its first heartbeat came
    claim_id: Mapped[str | None]
    claimed_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    #: the token of the last attempt that its holder released, to recognise a repeat of the same
    #: report
    returned_token: Mapped[str | None]
    dispatch: Mapped[int] = mapped_column(server_default="1")
    dispatched_at: Mapped[datetime] = mapped_column(server_default=NOW)
    not_before_at: Mapped[datetime] = mapped_column(server_default=NOW)
    failures: Mapped[int] = mapped_column(server_default="0")
    crashes: Mapped[int] = mapped_column(server_default="0")
    interruptions: Mapped[int] = mapped_column(server_default="0")
    waiting_for: Mapped[str | None]
    waiting_since_at: Mapped[datetime | None]
    progress_percent: Mapped[float] = mapped_column(server_default="0")
    result: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class ListedTrackRow(Table):
    """One rendition of a job, or `audio`, as far as viewers may watch it before it is published:
    its init segment, and how much of it is listed without a gap from the start."""

    __tablename__ = "listed_tracks"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    format: Mapped[str] = mapped_column(primary_key=True)
    init_key: Mapped[str | None]
    init_size_bytes: Mapped[int] = mapped_column(server_default="0")
    init_sha256: Mapped[str] = mapped_column(server_default="")
    codecs: Mapped[str] = mapped_column(server_default="")
    reached_segments: Mapped[int] = mapped_column(server_default="0")
    reached_seconds: Mapped[float] = mapped_column(server_default="0")


class ListedSegmentRow(Table):
    """A stored segment that viewers may have been shown: never changed, and deleted only when its
    job has ended. The attempt that stored it is in its key."""

    __tablename__ = "listed_segments"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    format: Mapped[str] = mapped_column(primary_key=True)
    #: in the whole rendition, from 0
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    s3_key: Mapped[str]
    duration_seconds: Mapped[float]
    size_bytes: Mapped[int]
    listed_at: Mapped[datetime] = mapped_column(server_default=NOW)


class OutboxRow(Table):
    """`kind` task {task_id, dispatch, priority}, publish or status (messages to the gallery)."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_due_idx", "next_try_at", "id", postgresql_where=text("sent_at is null")),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    next_try_at: Mapped[datetime] = mapped_column(server_default=NOW)
    tries: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]


class IdempotencyRow(Table):
    """`status` is running or done; the answer is written in the transaction of the change and kept
    for 24 h.

    A running one belongs to `holder` since `held_at`; without a holder the next request takes it.
    """

    __tablename__ = "idempotency_keys"

    user_id: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="running")
    answer_status: Mapped[int | None]
    answer: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW, index=True)
    holder: Mapped[str | None]
    held_at: Mapped[datetime] = mapped_column(server_default=NOW)


class DeletionRow(Table):
    """The intent to delete objects, saved before anything is deleted.

    `scope` is video (all prefixes of a video: source, poster, outputs of its jobs), prefix (some
    prefixes, such as the outputs of a failed job) or leftovers (objects of a completed job that
    nothing refers to). `status` is trashed (waits for `due_at`), due, or done.
    """

    __tablename__ = "deletions"
    __table_args__ = (Index("deletions_due_idx", "due_at", postgresql_where=text("status <> 'done'")),)

    id: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str]
    #: the video's id, the prefix, or the job's id
    target: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[str]
    prefixes: Mapped[list[str]]
    status: Mapped[str]
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    done_at: Mapped[datetime | None]


class ProcessorRow(Table):
    """`reasons` are codes of what keeps it from taking tasks, `waiting_for` the one of them that
    jobs show; `room_bytes` is the free space of its scratch folder."""

    __tablename__ = "processors"

    id: Mapped[str] = mapped_column(primary_key=True)
    first_seen_at: Mapped[datetime] = mapped_column(server_default=NOW)
    last_seen_at: Mapped[datetime] = mapped_column(server_default=NOW)
    task_id: Mapped[str | None]
    waiting_for: Mapped[str | None]
    reasons: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    room_bytes: Mapped[int | None]


class ApiBeatRow(Table):
    """When the task API was last up, and its last outage; one row. See jobs/api_beat.py."""

    __tablename__ = "api_beats"

    name: Mapped[str] = mapped_column(primary_key=True)
    last_seen_at: Mapped[datetime]
    gap_began_at: Mapped[datetime | None]
    gap_ended_at: Mapped[datetime | None]


class SetAsideTableRow(Table):
    """Rows of other tables that sweeps skip until `next_look_at`; see set_aside/reason.py."""

    __tablename__ = "set_aside"

    kind: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    times: Mapped[int] = mapped_column(server_default="1")
    first_seen_at: Mapped[datetime] = mapped_column(server_default=NOW)
    last_seen_at: Mapped[datetime] = mapped_column(server_default=NOW)
    next_look_at: Mapped[datetime]


class DeadLetterRow(Table):
    """Messages that the queue gave up on, kept for the operator until they are resent."""

    __tablename__ = "dead_letters"

    id: Mapped[str] = mapped_column(primary_key=True)
    task_id: Mapped[str | None] = mapped_column(index=True)
    body: Mapped[str]
    #: redispatched, in_progress, job_finished or unreadable
    outcome: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(server_default=NOW)
