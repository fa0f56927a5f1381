"""A processor for tests: it claims a job's tasks through the use cases and sends realistic results,
without any media files."""

from dataclasses import dataclass
from typing import Final

from job_service.jobs.ports import JobPorts
from job_service.tasks.claim_task import claim_task, hand_over, lease_task
from job_service.tasks.complete_task import Completed, complete_task
from videoforge.messages import (
    AssembleResult,
    AudioResult,
    Chunk,
    ClaimGrant,
    ClaimRequest,
    EncodedTrack,
    EncodeResult,
    FinishedAudio,
    FinishedRendition,
    LeaseProof,
    Plan,
    PrepareResult,
    Rung,
    Segment,
    SkippedFormat,
    TaskCompletion,
    TaskMetrics,
    TaskResult,
)
from videoforge.source_facts import SourceFacts

_SIZES: Final = {"480p": (854, 480, 1_000_000), "720p": (1280, 720, 2_000_000)}
METRICS: Final = TaskMetrics(download_seconds=1, encode_seconds=2, upload_seconds=0.5, cpu_seconds=3)


@dataclass(frozen=True)
class FakeProcessor:
    ports: JobPorts
    name: str = "processor-test"
    lease_seconds: int = 90

    def find_open_task(self, job_id: str) -> str:
        """Return the id of the job's first task that is not final."""
        with self.ports.database.begin() as tx:
            job = tx.jobs.find(job_id)
            assert job is not None  # noqa: S101
            tasks = tx.tasks.list_of_job(job_id, job_attempt=job.attempts)
        return next(task.id for task in tasks if not task.is_final)

    def claim(self, task_id: str) -> ClaimGrant:
        request = ClaimRequest(processor_id=self.name, dispatch=1)
        return claim_task(self.ports, task_id, request, lease_seconds=self.lease_seconds).grant

    def claim_next(self, job_id: str) -> ClaimGrant:
        """Claim with a message about this job; another job's task may come first."""
        return self.claim(self.find_open_task(job_id))

    def claim_next_of(self, job_id: str, chunk_index: int, *, job_attempt: int = 1) -> ClaimGrant:
        """Claim the encode task of one chunk, whatever else is due."""
        request = ClaimRequest(processor_id=self.name, dispatch=1)
        with self.ports.database.begin() as tx:
            tasks = tx.tasks.list_of_job(job_id, job_attempt=job_attempt)
            wanted = next(task for task in tasks if (task.kind, task.chunk_index) == ("encode", chunk_index))
            leased = lease_task(tx, wanted.id, request=request, lease_seconds=self.lease_seconds)
            assert leased is not None  # noqa: S101
            return hand_over(tx, leased, lease_seconds=self.lease_seconds).grant

    def complete(self, grant: ClaimGrant) -> Completed:
        return complete_task(self.ports, grant.task_id, build_completion(grant))

    def run_next(self, job_id: str) -> Completed:
        return self.complete(self.claim_next(job_id))

    def run_job(self, job_id: str) -> Completed:
        """Do all tasks of a job, one after the other."""
        done = self.run_next(job_id)
        while done.job_status == "processing":
            done = self.run_next(job_id)
        return done


def build_proof(grant: ClaimGrant) -> LeaseProof:
    return LeaseProof(attempt=grant.attempt, lease_token=grant.lease_token)


def build_completion(grant: ClaimGrant) -> TaskCompletion:
    return TaskCompletion(
        attempt=grant.attempt, lease_token=grant.lease_token, result=build_result(grant), metrics=METRICS
    )


def build_plan(formats: list[str], *, chunks: int = 1) -> Plan:
    return Plan(
        ladder=[
            Rung(format=name, width=size[0], height=size[1], bitrate_bps=size[2])
            for name, size in _SIZES.items()
            if name in formats
        ],
        chunks=[
            Chunk(index=index, start_seconds=30 * index, duration_seconds=30, first_segment=5 * index)
            for index in range(chunks)
        ],
        duration_seconds=30 * chunks,
        frame_rate="25",
        video_stream=0,
        audio_stream=1,
    )


def build_result(grant: ClaimGrant, *, chunks: int = 1) -> TaskResult:
    """Return what a processor sends for this task; 4K and 1080p are skipped as too large."""
    task, prefix = grant.input, grant.output_prefix
    if task.kind == "prepare":
        return PrepareResult(
            plan=build_plan(task.output_formats, chunks=chunks).model_copy(update={"options": task.options}),
            skipped=[
                SkippedFormat(format=name, reason="The source is smaller.")
                for name in task.output_formats
                if name not in _SIZES
            ],
            warnings=[],
            thumbnail_key=f"{prefix}thumbnail.jpg",
            source=SourceFacts(
                duration_seconds=31,  # the audio is longer than the video
                width=1280,
                height=720,
                resolution="1280x720",
                video_codec="h264",
                audio_codec="aac",
                frame_rate="25/1",
                container="mp4",
            ),
        )
    if task.kind == "encode":
        return EncodeResult(
            renditions=[_build_track(prefix, rung.format, first=task.chunk) for rung in task.plan.ladder],
            audio=_build_track(prefix, "audio", first=task.chunk) if len(task.plan.chunks) == 1 else None,
        )
    if task.kind == "audio":
        return AudioResult(audio=_build_track(prefix, "audio", first=task.plan.chunks[0]))
    return AssembleResult(
        renditions=[_build_finished(prefix, rung) for rung in task.plan.ladder],
        audio=FinishedAudio(
            codecs="mp4a.40.2",
            bitrate_bps=128_000,
            size_bytes=480_000,
            playlist_key=f"{prefix}audio/index.m3u8",
        ),
        storyboard_key=f"{prefix}storyboard.vtt",
    )


def _build_track(prefix: str, name: str, *, first: Chunk) -> EncodedTrack:
    segments = [
        Segment(
            key=f"{prefix}{name}/{first.first_segment + index:05d}.m4s", duration_seconds=6, size_bytes=1000
        )
        for index in range(5)
    ]
    init_key = f"{prefix}{name}/init.mp4" if first.index == 0 else None
    return EncodedTrack(format=name, init_key=init_key, init_size_bytes=800, segments=segments)


def _build_finished(prefix: str, rung: Rung) -> FinishedRendition:
    return FinishedRendition(
        format=rung.format,
        width=rung.width,
        height=rung.height,
        frame_rate="25",
        codecs="avc1.64001f",
        bitrate_bps=rung.bitrate_bps // 2,
        peak_bitrate_bps=rung.bitrate_bps,
        duration_seconds=30,
        size_bytes=5000,
        playlist_key=f"{prefix}{rung.format}/index.m3u8",
        mp4_key=f"{prefix}{rung.format}.mp4",
        mp4_size_bytes=5500,
    )
