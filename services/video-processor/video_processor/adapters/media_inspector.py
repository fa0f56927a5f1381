"""ffprobe and the first picture, from videoforge_media, beside a running event loop."""

import asyncio
from pathlib import Path

from videoforge_media.ffprobe import probe_file_async
from videoforge_media.probe import Probe
from videoforge_media.thumbnail import take_thumbnail


class CagedInspector:
    """Meets the MediaInspector port."""

    def __init__(self, *, ffprobe: str, ffmpeg: str) -> None:
        self._ffprobe = ffprobe
        self._ffmpeg = ffmpeg

    async def probe(self, path: Path) -> Probe:
        return await probe_file_async(path, ffprobe=self._ffprobe, timeout_seconds=30)

    async def take_thumbnail(self, path: Path, probe: Probe, target: Path) -> None:
        await asyncio.to_thread(take_thumbnail, path, probe, target, ffmpeg=self._ffmpeg)
