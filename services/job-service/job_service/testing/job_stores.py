"""What jobs write besides their own rows, in memory: outbox, assets, deletions, processors, dead
letters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from job_service.jobs.api_beat import BEAT_SECONDS, SILENCE_SECONDS, ApiBeat
from job_service.jobs.job import Job
from job_service.jobs.ports import PinnedSource, ReplacedOutputs, TrackReach
from job_service.outbox.message import MessageKind, OutboxEntry, OutboxMessage
from job_service.set_aside.reason import RowKind, choose_pause_seconds
from job_service.testing.job_tables import MemoryTables
from videoforge.keys import build_job_prefix, read_segment_index
from videoforge.messages import EncodedTrack, FinishedAudio, FinishedRendition, ProcessorReport, WaitingFor


@dataclass(frozen=True)
class MemoryListedSegments:
    tables: MemoryTables

    def add(self, job_id: str, *, tracks: Sequence[EncodedTrack]) -> None:
        known = self.tables.listed.setdefault(job_id, {})
        for track in tracks:
            before = known.get(track.format, track.model_copy(update={"segments": []}))
            first = track if before.init_key is None else before
            segments = {read_segment_index(segment.key): segment for segment in track.segments}
            segments |= {read_segment_index(segment.key): segment for segment in before.segments}
            in_order = [segments[number] for number in sorted(segments)]
            known[track.format] = first.model_copy(update={"segments": in_order})

    def find_reach(self, job_id: str) -> Mapping[str, TrackReach]:
        found = {}
        for name, track in self.tables.listed.get(job_id, {}).items():
            numbers = [read_segment_index(segment.key) for segment in track.segments]
            count = sum(number == place for place, number in enumerate(numbers))
            seconds = sum(segment.duration_seconds for segment in track.segments[:count])
            found[name] = TrackReach(
                init_key=track.init_key, codecs=track.codecs, segments=count, seconds=seconds
            )
        return found

    def list_tracks(
        self, job_id: str, *, formats: Sequence[str], first: int = 0, end: int | None = None
    ) -> list[EncodedTrack]:
        found = []
        for name, track in sorted(self.tables.listed.get(job_id, {}).items()):
            numbers = [read_segment_index(segment.key) for segment in track.segments]
            kept = [
                segment
                for number, segment in zip(numbers, track.segments, strict=True)
                if number >= first and (end is None or number < end)
            ]
            if name in formats:
                found.append(track.model_copy(update={"segments": kept}))
        return found

    def forget(self, job_id: str) -> None:
        self.tables.listed.pop(job_id, None)


@dataclass(frozen=True)
class MemoryOutbox:
    tables: MemoryTables

    def add(self, message: OutboxMessage) -> int:
        message_id = len(self.tables.outbox) + 1
        self.tables.outbox[message_id] = {
            "kind": message.kind,
            "payload": dict(message.payload),
            "next_try_at": message.due_at or self.tables.now,
            "tries": 0,
            "sent_at": None,
            "last_error": None,
        }
        return message_id

    def add_all(self, messages: Sequence[OutboxMessage]) -> None:
        for message in messages:
            self.add(message)

    def take_due(self, kinds: Sequence[MessageKind], *, limit: int, hold_seconds: float) -> list[OutboxEntry]:
        unsent = self._list_sendable(kinds)
        due = [key for key, row in unsent.items() if row["next_try_at"] <= self.tables.now]
        due.sort(key=lambda key: (-unsent[key]["payload"].get("priority", 0), key))
        for key in due[:limit]:
            unsent[key]["tries"] += 1
            unsent[key]["next_try_at"] = self.tables.now + timedelta(seconds=hold_seconds)
        return [
            OutboxEntry(
                id=key, kind=unsent[key]["kind"], payload=unsent[key]["payload"], tries=unsent[key]["tries"]
            )
            for key in due[:limit]
        ]

    def find_next_due(self, kinds: Sequence[MessageKind]) -> float | None:
        times = [row["next_try_at"] for row in self._list_sendable(kinds).values()]
        return (min(times) - self.tables.now).total_seconds() if times else None

    def _list_sendable(self, kinds: Sequence[MessageKind]) -> dict[int, dict[str, Any]]:
        unsent = {
            key: row
            for key, row in self.tables.outbox.items()
            if not row["sent_at"] and row["kind"] in kinds
            if not self.tables.is_left_alone("message", str(key))
        }
        return {
            key: row
            for key, row in unsent.items()
            if not any(
                earlier < key
                and other["payload"].get("video_id") == row["payload"].get("video_id") is not None
                for earlier, other in unsent.items()
            )
        }

    def set_task_priority(self, task_id: str, *, priority: int) -> None:
        for row in self.tables.outbox.values():
            if row["kind"] == "task" and not row["sent_at"] and row["payload"]["task_id"] == task_id:
                row["payload"]["priority"] = priority

    def mark_sent(self, ids: Sequence[int]) -> None:
        for key in ids:
            self.tables.outbox[key]["sent_at"] = self.tables.now

    def put_off(self, message_id: int, *, delay_seconds: float, reason: str) -> None:
        row = self.tables.outbox[message_id]
        row["next_try_at"] = self.tables.now + timedelta(seconds=delay_seconds)
        row["last_error"] = reason

    def delete_sent(self, *, older_than_seconds: float) -> int:
        before = self.tables.now - timedelta(seconds=older_than_seconds)
        old = [key for key, row in self.tables.outbox.items() if row["sent_at"] and row["sent_at"] < before]
        for key in old:
            del self.tables.outbox[key]
        return len(old)


@dataclass(frozen=True)
class MemoryJobAssets:
    tables: MemoryTables

    def find_source(
        self,
        video_id: str,
        *,
        lock: Literal["shared", "exclusive"] | None = None,
    ) -> PinnedSource | None:
        return self.tables.sources.get(video_id)

    def list_formats(self, video_id: str) -> list[str]:
        return [row["format"] for row in self.tables.outputs if row["video_id"] == video_id and row["format"]]

    def replace_outputs(
        self,
        job: Job,
        *,
        renditions: Sequence[FinishedRendition],
        audio: FinishedAudio | None,
        thumbnail_key: str | None,
        storyboard_key: str | None,
    ) -> list[ReplacedOutputs]:
        formats = {item.format for item in renditions}
        earlier = [row for row in self.tables.outputs if row["video_id"] == job.video_id]
        staying = [row for row in earlier if row["kind"] == "rendition" and row["format"] not in formats]
        if audio is None and staying:
            staying += [row for row in earlier if row["kind"] == "audio"]
        replaced = [row for row in earlier if row not in staying]
        kept = [row for row in self.tables.outputs if row not in replaced]
        added: list[dict[str, Any]] = [{"kind": "rendition", "format": name} for name in sorted(formats)]
        added += [{"kind": "audio", "format": None}] if audio else []
        images = {"thumbnail_key": thumbnail_key, "storyboard_key": storyboard_key}
        added.append({"kind": "images", "format": None, **images})
        self.tables.outputs = kept + [{"video_id": job.video_id, "job_id": job.id, **row} for row in added]
        current = {row["job_id"] for row in self.tables.outputs}
        return [
            ReplacedOutputs(
                job_id=job_id,
                outputs=tuple(
                    sorted(row["format"] or row["kind"] for row in replaced if row["job_id"] == job_id)
                ),
                is_all=job_id not in current,
            )
            for job_id in sorted({row["job_id"] for row in replaced})
        ]


@dataclass(frozen=True)
class MemoryJobDeletions:
    tables: MemoryTables

    def find_video_status(self, video_id: str) -> str | None:
        row = self.tables.deletions.get(video_id)
        return row["status"] if row else None

    def add_prefixes(
        self,
        *,
        target: str,
        user_id: str,
        prefixes: Sequence[str],
        delay_seconds: float,
        can_be_withdrawn: bool = False,
    ) -> None:
        due_at = self.tables.now + timedelta(seconds=delay_seconds)
        status = "trashed" if can_be_withdrawn else "due"
        row = {"prefixes": list(prefixes), "user_id": user_id, "due_at": due_at, "status": status}
        self.tables.deletions.setdefault(target, row)

    def withdraw(self, target: str) -> bool:
        row = self.tables.deletions.get(target)
        if row is None or row["status"] != "trashed" or row["due_at"] <= self.tables.now:
            return False
        del self.tables.deletions[target]
        return True

    def add_leftovers(self, *, job_id: str, user_id: str, delay_seconds: float) -> None:
        prefixes = [build_job_prefix(job_id)]
        self.add_prefixes(target=job_id, user_id=user_id, prefixes=prefixes, delay_seconds=delay_seconds)


@dataclass(frozen=True)
class MemoryProcessors:
    tables: MemoryTables

    def note_seen(self, processor_id: str, *, task_id: str | None) -> None:
        self.tables.processors[processor_id] = task_id

    def note_report(self, report: ProcessorReport) -> None:
        self.tables.reports[report.processor_id] = (self.tables.now, report)

    def list_waiting(self, *, seen_within_seconds: float) -> list[WaitingFor | None]:
        since = self.tables.now - timedelta(seconds=seen_within_seconds)
        return [report.waiting_for for at, report in self.tables.reports.values() if at > since]


@dataclass(frozen=True)
class MemoryApiBeats:
    tables: MemoryTables

    def note(self) -> ApiBeat | None:
        last, now = self.tables.beat, self.tables.now
        if last is None:
            self.tables.beat = ApiBeat(last_seen_at=now)
            return self.tables.beat
        seconds = (now - last.last_seen_at).total_seconds()
        if seconds <= BEAT_SECONDS / 2:
            return None
        gap = (last.gap_began_at, last.gap_ended_at)
        began_at, ended_at = (last.last_seen_at, now) if seconds > SILENCE_SECONDS else gap
        self.tables.beat = ApiBeat(last_seen_at=now, gap_began_at=began_at, gap_ended_at=ended_at)
        return self.tables.beat

    def find(self) -> ApiBeat | None:
        return self.tables.beat


@dataclass(frozen=True)
class MemoryDeadLetters:
    tables: MemoryTables

    def add(self, *, message_id: str, task_id: str | None, body: str, outcome: str) -> None:
        row = {"task_id": task_id, "body": body, "outcome": outcome}
        self.tables.dead_letters.setdefault(message_id, row)

    def count_of_task(self, task_id: str) -> int:
        return sum(row["task_id"] == task_id for row in self.tables.dead_letters.values())


@dataclass(frozen=True)
class MemorySetAside:
    tables: MemoryTables

    def add(self, kind: RowKind, row_id: str, *, reason: str) -> None:
        times = self.tables.set_aside.get((kind, row_id), (0, self.tables.now))[0] + 1
        next_look_at = self.tables.now + timedelta(seconds=choose_pause_seconds(times))
        self.tables.set_aside[kind, row_id] = times, next_look_at

    def remove(self, kind: RowKind, row_id: str) -> None:
        self.tables.set_aside.pop((kind, row_id), None)
