"""When a step of the sound in a transport stream is a pause, and not a splice of two recordings."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from videoforge_media import sound_gap
from videoforge_media.probe import parse_probe
from videoforge_media.sandbox_run import SandboxTimedOut
from videoforge_media.sound_gap import find_sound_gap

EVEN = (0.0, 1.0, 2.0, 3.0)


@pytest.fixture
def find(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Return a function that inspects streams whose packets of a second start at these times."""

    def look(*, picture: Sequence[float], sound: Sequence[float], container: str = "mpegts") -> int:
        streams = [{"index": 0, "codec_type": "video", "codec_name": "h264", "width": 64, "height": 36}]
        form = {"format_name": container, "duration": "9"}
        probe = parse_probe({"streams": streams, "format": form}, file_size_bytes=1)

        def run(command: list[str], **_: Any) -> list[str]:
            stream = command[command.index("-select_streams") + 1]
            return [f"{stream},{at},{at},1.0,K_" for at in (picture if stream == "0" else sound)]

        monkeypatch.setattr(sound_gap, "run_sandboxed_lines", run)
        return find_sound_gap(Path("source"), probe, track=1, ffprobe="ffprobe")

    return look


def test_the_longest_pause_of_the_sound_alone_counts(find: Callable[..., int]) -> None:
    assert find(picture=EVEN, sound=(0.0, 20.0, 21.0, 61.5)) == 40
    assert find(picture=EVEN, sound=(0.0, 10.5)) == 0  # 9.5 s: ffmpeg leaves it as it is


def test_where_the_picture_steps_too_or_sound_goes_back_there_is_a_joint(find: Callable[..., int]) -> None:
    assert find(picture=(0.0, 1.0, 100.0), sound=(0.0, 1.0, 100.0)) == 0
    assert find(picture=EVEN, sound=(0.0, 30.0, 2.0)) == 0


def test_other_containers_have_no_joints(find: Callable[..., int]) -> None:
    assert find(picture=EVEN, sound=(0.0, 20.0), container="matroska") == 0


def test_a_look_that_takes_too_long_finds_none(
    find: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise SandboxTimedOut

    monkeypatch.setattr(sound_gap, "read_packets", refuse)
    assert find(picture=EVEN, sound=(0.0, 20.0)) == 0
