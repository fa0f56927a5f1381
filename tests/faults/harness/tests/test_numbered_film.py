"""A numbered film tells each fault that a cut and a join can make."""

import pytest

from demo.media_tools import make
from tests.faults.harness.numbered_film import (
    FRAME_RATE,
    find_wrong_frames,
    find_wrong_times,
    make_numbered_film,
    read_numbers,
)

pytestmark = pytest.mark.integration

SECONDS = 4
FRAMES = SECONDS * FRAME_RATE


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return make_numbered_film(tmp_path_factory.mktemp("films") / "numbered.mp4", seconds=SECONDS)


@pytest.fixture
def change(film, tmp_path):
    """Encodes the film again, small as a rendition may be, with this filter on the picture."""

    def run(graph):
        target = tmp_path / "changed.mp4"
        options = ["-vf", graph, "-fps_mode", "passthrough", "-c:v", "libx264", "-crf", "36", "-c:a", "copy"]
        make(["-i", str(film), *options], target=target)
        return str(target)

    return run


def test_a_sound_encode_has_every_frame(change):
    made = change("null")
    assert find_wrong_frames(read_numbers(made), frames=FRAMES) == ""
    assert [find_wrong_times(made, stream=stream) for stream in ("v:0", "a:0")] == ["", ""]


def test_a_missing_frame_is_told(change):
    made = change("select='not(eq(n,40))'")
    assert find_wrong_frames(read_numbers(made), frames=FRAMES) == "99 frames of 100; frame 40 shows 41"
    assert find_wrong_times(made, stream="v:0").startswith("v:0 goes from 1.56")


def test_a_missing_end_is_told(change):
    numbers = read_numbers(change("select='lt(n,90)'"))
    assert find_wrong_frames(numbers, frames=FRAMES) == "90 frames of 100; frame 90 shows nothing"


def test_a_double_frame_is_told(change):
    numbers = read_numbers(change("loop=loop=1:size=1:start=60,select='not(eq(n,99))'"))
    assert find_wrong_frames(numbers, frames=FRAMES).endswith("frame 60 shows 59")
