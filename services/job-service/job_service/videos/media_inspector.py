"""ffprobe and ffmpeg, run in the sandbox by videoforge_media, and the scratch folders they read
from."""

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from videoforge.logs import get_logger
from videoforge.owned_folders import make_owned_folder, remove_orphans, remove_owned_folder
from videoforge.problems import Code, Problem
from videoforge_media.ffprobe import probe_file
from videoforge_media.probe import MediaLimits, Probe
from videoforge_media.thumbnail import ThumbnailFailed, take_thumbnail

#: Disk space that must stay free besides the file: for other requests, logs and the database on the
#: same disk.
_RESERVE_BYTES: Final = 512 * 1024**2

_log = get_logger("SYSTEM")


class ThumbnailMissing(Exception):
    """No thumbnail could be made; the video may still be valid."""


class SandboxedInspector:
    """ffprobe and ffmpeg on local files, in the sandbox."""

    def __init__(
        self, *, ffprobe_path: str, newer_ffprobe_path: str, ffmpeg_path: str, max_duration_seconds: float
    ) -> None:
        self._ffprobe_path = ffprobe_path
        self._newer_ffprobe_path = newer_ffprobe_path
        self._ffmpeg_path = ffmpeg_path
        self._limits = MediaLimits(max_duration_seconds=max_duration_seconds)

    def probe(self, path: Path, *, is_whole: bool) -> Probe:
        """Raises videoforge_media.errors.MediaRejected. A file that is not whole has a hole in the
        middle."""
        return probe_file(
            path,
            ffprobe=self._ffprobe_path,
            newer_ffprobe=self._newer_ffprobe_path,
            ffmpeg=self._ffmpeg_path,
            limits=self._limits,
            has_hole=not is_whole,
        )

    def take_thumbnail(self, path: Path, probe: Probe, *, target: Path, is_whole: bool) -> None:
        """Write one JPEG. Raises ThumbnailMissing. For a partial file, a frame of its first seconds
        is used."""
        if probe.is_picture_new:
            raise ThumbnailMissing(
                "the system's ffmpeg cannot decode this video; the job makes the thumbnail"
            )
        try:
            take_thumbnail(path, probe, target, ffmpeg=self._ffmpeg_path, is_whole=is_whole)
        except ThumbnailFailed as error:
            raise ThumbnailMissing(str(error)) from error


class DiskScratch:
    """Folders for files under inspection; each is removed with its contents when its block ends."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder or tempfile.gettempdir())
        if removed := remove_orphans(self._folder):
            _log.info("folders of ended processes were removed", folders=removed)
        self._lock = threading.Lock()
        self._promised_bytes = 0

    @contextmanager
    def open(self, *, needed_bytes: int) -> Iterator[Path]:
        """Raises Problem 503 `scratch_unavailable` if the disk has too little space."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._promise(needed_bytes)
        try:
            folder = make_owned_folder("inspect", root=self._folder)
            try:
                yield folder
            finally:
                remove_owned_folder(folder)
        finally:
            self._promise(-needed_bytes)

    def _promise(self, size_bytes: int) -> None:
        with self._lock:
            free_bytes = shutil.disk_usage(self._folder).free - _RESERVE_BYTES
            if size_bytes > 0 and free_bytes < self._promised_bytes + size_bytes:
                raise Problem(Code.scratch_unavailable)
            self._promised_bytes += size_bytes
