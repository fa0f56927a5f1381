"""Renditions look like their source and are as long."""

import pytest

from demo.media_tools import inspect
from demo.playback import play_video
from tests.e2e.film import count_frames, find_film, make_video, measure_ssim, transcode

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("name", "format_name", "width", "height"),
    [
        ("bigbuckbunny.mp4", "720p", 1280, 720),
        ("rotate-buck-bunny.mp4", "1080p", 1080, 1920),
        ("encore-test.mp4", "720p", 1280, 720),
    ],
)
def test_the_rendition_of_the_sources_size_is_the_source(client, name, format_name, width, height):
    source = find_film(name)
    video = make_video(client, source)
    assert (video["width"], video["height"]) == (width, height)
    transcode(client, video, formats=[format_name, "480p"])
    playback = play_video(client, video)
    best = max(playback.renditions, key=lambda rendition: rendition.mp4.width)
    assert (best.format, best.mp4.width, best.mp4.height) == (format_name, width, height)

    frames, seconds = count_frames(source), inspect(str(source)).duration_seconds
    assert best.frames == frames
    assert playback.hls_frames == frames
    assert best.mp4.duration_seconds == pytest.approx(seconds, abs=0.1)
    assert measure_ssim(best.mp4_url, source, width=width, height=height) > 0.95


def test_a_small_source_keeps_its_size_and_its_skipped_formats_have_reasons(client):
    video = make_video(client, find_film("sar_2x1.mp4"))
    job = transcode(client, video, formats=["4K", "1080p"])
    assert len(job["renditions"]) == 1
    assert {skipped["format"] for skipped in job["skipped"]} == {"4K", "1080p"}
    assert all(skipped["reason"] for skipped in job["skipped"])
    playback = play_video(client, video)
    assert (playback.renditions[0].mp4.width, playback.renditions[0].mp4.height) == (
        video["width"],
        video["height"],
    )
    assert playback.renditions[0].mp4.audio_codec is None


def test_a_later_job_replaces_its_format_and_leaves_the_others(client):
    video = make_video(client, find_film("bigbuckbunny.mp4"))
    first = transcode(client, video, formats=["720p", "480p"])
    second = transcode(client, video, formats=["480p"])
    assert first["id"] != second["id"]
    assert sorted(rendition.format for rendition in play_video(client, video).renditions) == ["480p", "720p"]
