"""The check that ends the stories of chunks refuses a video in which any of what a viewer may play,
the stream or one of the MP4s, has a fault."""

import subprocess

import pytest

from demo.media_tools import find_ffmpeg, inspect, make
from demo.playback import Playback, PlayedRendition
from tests.faults import stories
from tests.faults.harness.numbered_film import FRAME_RATE, make_numbered_film

pytestmark = pytest.mark.integration

FRAMES = 4 * FRAME_RATE
#: a filter of the picture, and what the check says of it
FAULTS = {
    "a frame shifted": ("setpts=PTS+1/25/TB,fps=25:start_time=0,trim=end_frame=100", "frame 1 shows 0"),
    "a frame shifted back": ("trim=start_frame=1,setpts=PTS-STARTPTS,tpad=stop=1:stop_mode=clone", "frame 0"),
    "a frame twice": ("loop=loop=1:size=1:start=60,setpts=N/25/TB", "101 frames of 100; frame 60 shows 59"),
    "a frame missing": ("select='not(eq(n,40))',setpts=N/25/TB", "99 frames of 100; frame 40 shows 41"),
    "the last frame missing": ("trim=end_frame=99", "99 frames of 100; frame 99 shows nothing"),
    "a frame late": ("setpts='(N+0.4*eq(N,50))/25/TB'", "v:0 goes from"),
}


class Client:
    def get(self, path):
        return {"id": path}


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return make_numbered_film(tmp_path_factory.mktemp("films") / "numbered.mp4", seconds=4)


def change(film, target, *options):
    """Encode the film again, without frames that refer to later ones."""
    encode = ["-fps_mode", "passthrough", "-c:v", "libx264", "-preset", "ultrafast"]
    exact = ["-enc_time_base:v", "1/12800", "-c:a", "copy"]
    make(["-i", str(film), *encode, *exact, *options], target=target)
    return target


def check(monkeypatch, *, stream, mp4s):
    """Run the check of a video that is played from these files."""
    renditions = [
        PlayedRendition(
            format=f"{at}", bitrate_bps=1, mp4_url=str(path), mp4=inspect(str(path)), frames=FRAMES
        )
        for at, path in enumerate(mp4s)
    ]
    played = Playback(hls_url=str(stream), segment_count=1, hls_frames=FRAMES, renditions=renditions)
    monkeypatch.setattr(stories, "play_video", lambda client, video: played)
    driver = type("Driver", (), {"client": Client()})()
    watch = type("Watch", (), {"video_id": "video"})()
    stories.check_exact(driver, watch, frames=FRAMES)


def test_a_video_without_a_fault_passes(monkeypatch, film):
    check(monkeypatch, stream=film, mp4s=[film, film])


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_picture_is_refused_wherever_it_is(monkeypatch, film, tmp_path, fault):
    graph, said = FAULTS[fault]
    faulty = change(film, tmp_path / "faulty.mp4", "-vf", graph)
    for stream, mp4s in ((faulty, [film]), (film, [film, faulty])):
        with pytest.raises(AssertionError, match=said):
            check(monkeypatch, stream=stream, mp4s=mp4s)


def test_a_gap_in_the_sound_is_refused(monkeypatch, film, tmp_path):
    """A packet of AAC, 1,024 samples, is missing."""
    faulty = tmp_path / "gap.mp4"
    command = [find_ffmpeg(), "-v", "error", "-i", str(film), "-c", "copy"]
    subprocess.run([*command, "-bsf:a", "noise=drop='eq(n,90)'", str(faulty)], check=True, timeout=60)
    with pytest.raises(AssertionError, match="a:0 goes from"):
        check(monkeypatch, stream=film, mp4s=[film, faulty])
