"""Recordings without a stated duration, made by ffmpeg the way browsers make them, measured from
their two ends."""

import subprocess
from pathlib import Path
from typing import Final

import imageio_ffmpeg
import pytest

from job_service.videos.inspect_source import cover_hole
from videoforge_media.byte_ranges import ByteRange
from videoforge_media.ffprobe import probe_file

pytestmark = pytest.mark.integration

SECONDS: Final = 12
#: More than ffprobe can search byte by byte within its timeout.
_HOLE_BYTES: Final = 5 << 30
_H264: Final = ["-c:v", "libx264", "-c:a", "aac", "-movflags"]
_KINDS: Final = {
    "live.webm": ["-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", "-f", "webm", "-live", "1"],
    "crc.mkv": ["-c:v", "libx264", "-c:a", "libopus", "-f", "matroska", "-live", "1", "-write_crc32", "1"],
    "base-moof.mp4": [*_H264, "frag_keyframe+empty_moov+default_base_moof+skip_trailer"],
    "base-offset.mp4": [*_H264, "frag_keyframe+empty_moov"],
}


@pytest.fixture(scope="module", params=_KINDS)
def recording(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds with audio, a key frame each second."""
    path = tmp_path_factory.mktemp("recording") / request.param
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi"]
    command += ["-i", f"testsrc2=size=320x180:rate=25:duration={SECONDS}"]
    command += ["-f", "lavfi", "-i", f"sine=duration={SECONDS}", "-g", "25", "-pix_fmt", "yuv420p"]
    subprocess.run([*command, *_KINDS[request.param], str(path)], check=True)
    return path


def sample(path: Path, target: Path, *, hole_bytes: int) -> list[ByteRange]:
    """Keep a third at each end, as an inspection does, and widen the hole between them."""
    content = path.read_bytes()
    third, size = len(content) // 3, len(content) + hole_bytes
    with target.open("wb") as file:
        file.truncate(size)
        file.write(content[:third])
        file.seek(size - third)
        file.write(content[-third:])
    return [ByteRange(first=0, length=third), ByteRange(first=size - third, length=third)]


def test_a_recording_measures_the_same_from_its_two_ends_as_whole(recording: Path, tmp_path: Path) -> None:
    path = tmp_path / "source"
    ranges = sample(recording, path, hole_bytes=0)
    cover_hole(path, ranges)
    assert probe_file(path) == probe_file(recording)


# Without fragments that state their position in the file: a wider hole moves them.
@pytest.mark.parametrize("recording", [kind for kind in _KINDS if kind != "base-offset.mp4"], indirect=True)
def test_a_large_hole_takes_no_time(recording: Path, tmp_path: Path) -> None:
    path = tmp_path / "source"
    ranges = sample(recording, path, hole_bytes=_HOLE_BYTES)
    cover_hole(path, ranges)
    assert probe_file(path, timeout_seconds=3).duration_seconds == pytest.approx(SECONDS, abs=0.1)
