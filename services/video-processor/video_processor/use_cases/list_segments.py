"""Tells job-service which segments are stored while the encode goes on, so that they can be watched
before it ends.

A segment that was listed stays part of the video, whichever attempt stored it and however often its
range is encoded again: this attempt never stores another in its place. Nothing waits for a report.
One that fails is sent again with the next, and what none has told by the end is in the result.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from video_processor.errors import JobApiUnavailable, LeaseLost
from video_processor.ports import JobApi
from videoforge.logs import get_logger
from videoforge.messages import ClaimGrant, EncodedTrack, Segment, SegmentList

log = get_logger("JOB")

#: The first report is sent at once, and later ones with all segments of the last second.
_REPORT_EVERY_SECONDS: Final = 1.0
#: The first complaint about a source of which only parts are here ends ffmpeg within this time. A
#: segment that is older was made before it.
_SETTLE_SECONDS: Final = 1.0


@dataclass(frozen=True)
class _Stored:
    folder: str
    segment: Segment
    reported_from: float


class SegmentListing:
    """What of this task's video is listed, by folder and file name."""

    def __init__(self, grant: ClaimGrant, *, api: JobApi) -> None:
        self._grant = grant
        self._api = api
        self._listed: dict[str, dict[str, Segment]] = {}
        self._inits: dict[str, EncodedTrack] = {}
        self._waiting: list[_Stored] = []
        self._has_new = asyncio.Event()
        self._note(grant.listed)
        self._sure_inits = set(self._inits)

    def find(self, folder: str, name: str) -> Segment | None:
        """Return the segment that is listed under this name."""
        return self._listed.get(folder, {}).get(name)

    def has_any(self, folder: str) -> bool:
        """Return whether any segment of this folder is listed."""
        return bool(self._listed.get(folder))

    def find_init(self, folder: str) -> EncodedTrack | None:
        """Return the stored init segment, as a track without segments."""
        return self._inits.get(folder)

    def add_init(self, track: EncodedTrack) -> None:
        """Note an init segment that is stored; it is listed together with its first segments."""
        self._inits[track.format] = track

    def add(self, folder: str, segment: Segment, *, has_holes: bool) -> None:
        """List a stored segment with the next report."""
        delay = _SETTLE_SECONDS if has_holes else 0.0
        self._waiting.append(_Stored(folder, segment, time.monotonic() + delay))
        self._has_new.set()

    def start_over(self) -> None:
        """Forget what no report has told: another encode is going to store it again."""
        self._waiting = [item for item in self._waiting if self.find(item.folder, _name(item.segment))]
        self._inits = {name: init for name, init in self._inits.items() if name in self._sure_inits}

    async def tell(self) -> None:
        """Report what is stored, once. Raises LeaseLost."""
        try:
            await self._report()
        except JobApiUnavailable as error:
            log.debug("segments could not be listed", reason=str(error))

    async def run(self) -> None:
        """Report until cancelled, or until the lease is lost, which others notice too."""
        while True:
            await self._has_new.wait()
            try:
                await self.tell()
            except LeaseLost:
                return
            await asyncio.sleep(_REPORT_EVERY_SECONDS)

    async def _report(self) -> None:
        now = time.monotonic()
        due = [item for item in self._waiting if item.reported_from <= now]
        if not due:
            return
        tracks = self._build_tracks(due)
        # Before the call: it may succeed although its answer is lost.
        self._note(tracks)
        self._sure_inits |= {track.format for track in tracks if track.init_key}
        await self._api.list_segments(self._grant, SegmentList(tracks=tracks))
        self._waiting = [item for item in self._waiting if item not in due]
        if not self._waiting:
            self._has_new.clear()

    def _build_tracks(self, stored: Sequence[_Stored]) -> list[EncodedTrack]:
        folders: dict[str, list[Segment]] = {}
        for item in stored:
            folders.setdefault(item.folder, []).append(item.segment)
        plain = EncodedTrack(format="", init_key=None, segments=[])
        return [
            self._own_init(name, plain).model_copy(update={"format": name, "segments": segments})
            for name, segments in folders.items()
        ]

    def _own_init(self, folder: str, plain: EncodedTrack) -> EncodedTrack:
        """Return the init segment if this attempt stored it."""
        init = self._inits.get(folder)
        is_own = init is not None and (init.init_key or "").startswith(self._grant.output_prefix)
        return init if init and is_own else plain

    def _note(self, tracks: Sequence[EncodedTrack]) -> None:
        for track in tracks:
            names: Mapping[str, Segment] = {_name(segment): segment for segment in track.segments}
            self._listed.setdefault(track.format, {}).update(names)
            if track.init_key:
                self._inits[track.format] = track.model_copy(update={"segments": []})


def _name(segment: Segment) -> str:
    return PurePosixPath(segment.key).name
