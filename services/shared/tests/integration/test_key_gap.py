"""All places of a film with an index are looked at in one run of ffprobe, and each gives what a run
of its own gives."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import pytest

from videoforge_media import key_gap
from videoforge_media.ffprobe import build_packet_command, probe_file
from videoforge_media.key_gap import find_key_gap, list_key_looks
from videoforge_media.packet_clock import read_packets
from videoforge_media.probe import Probe

pytestmark = pytest.mark.integration

MakeFilm = Callable[[str, int], Path]
#: Key frames every 3.2 s, which none of the places of 60 s is a multiple of.
GROUP_FRAMES = 80


@pytest.fixture
def make_film(tmp_path: Path) -> MakeFilm:
    """Return a function that makes a film of 60 s with 25 pictures a second."""

    def make(name: str, group_frames: int) -> Path:
        picture = ("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=60")
        codec = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "0")
        cut = ("-g", str(group_frames), "-keyint_min", str(group_frames), "-sc_threshold", "0")
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *picture, *codec, *cut]
        subprocess.run([*command, str(tmp_path / name)], check=True)
        return tmp_path / name

    return make


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return the commands that are run."""
    commands: list[list[str]] = []
    run = key_gap.run_sandboxed_lines

    def note(command: list[str], **limits: object) -> object:
        commands.append(command)
        return run(command, **limits)  # type: ignore[arg-type]

    monkeypatch.setattr(key_gap, "run_sandboxed_lines", note)
    return commands


def look_at(path: Path, probe: Probe, *, at: float) -> float:
    """Return the gap at one place, from a run of its own."""
    at += probe.clock_starts_at_seconds
    options = ("-select_streams", str(probe.video_stream), "-read_intervals", f"{at:.3f}%+#1")
    command = build_packet_command(path, options=options)
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    (packet,) = read_packets(lines)
    assert packet.is_key
    assert packet.shown_at is not None
    return abs(at - packet.shown_at)


@pytest.mark.parametrize("name", ["film.mp4", "film.mov", "film.mkv", "film.flv", "film.mxf"])
def test_one_run_finds_the_longest_of_all_gaps(name: str, make_film: MakeFilm, runs: list[list[str]]) -> None:
    path = make_film(name, GROUP_FRAMES)
    probe = probe_file(path)
    gaps = [look_at(path, probe, at=at) for at in list_key_looks(probe.video_duration_seconds)]
    assert find_key_gap(path, probe, ffprobe="ffprobe") == max(gaps) > min(gaps)
    assert len(runs) == 1


def test_a_film_without_a_key_frame_at_a_place_has_an_endless_gap(
    make_film: MakeFilm, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_film("film.mp4", GROUP_FRAMES)
    probe = probe_file(path)
    lines = [f"0,{at},{at},0.04,K_" for at in list_key_looks(probe.video_duration_seconds)]
    for found in (lines[:-1], [*lines[:-1], lines[-1].replace("K", "_")]):
        monkeypatch.setattr(key_gap, "run_sandboxed_lines", lambda *_, found=found, **__: found)
        assert find_key_gap(path, probe, ffprobe="ffprobe") == float("inf")


def test_a_transport_stream_is_read_until_the_next_key_frame(
    make_film: MakeFilm, runs: list[list[str]]
) -> None:
    path = make_film("film.ts", GROUP_FRAMES)
    gap = find_key_gap(path, probe_file(path), ffprobe="ffprobe")
    assert 0 < gap < 2 * GROUP_FRAMES / 25
    assert len(runs) == len(list_key_looks(60))
