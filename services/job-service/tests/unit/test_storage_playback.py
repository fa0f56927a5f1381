"""Playlists, tokens and paths: what a player can access."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from job_service.deletions.deletion import plan_next_try
from job_service.playback.master_playlist import build_master_playlist
from job_service.uploads.parts import GIB, MIB
from job_service.videos.assets import PublishedMedia
from job_service.videos.media_token import (
    MediaGrant,
    MediaTokenRefused,
    MediaTokens,
    plan_picture_end,
    plan_playback_end,
)
from job_service.videos.source_sample import plan_sample
from videoforge.messages import FinishedAudio, FinishedRendition
from videoforge_media.byte_ranges import count_bytes

JOB = "0b0e6d6c-6f0e-4c52-9a3c-111111111111"
OTHER_JOB = "0b0e6d6c-6f0e-4c52-9a3c-222222222222"
NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
TOKENS = MediaTokens("k" * 32)


def build_rendition(format_: str, *, width: int, height: int, bitrate_bps: int) -> FinishedRendition:
    prefix = f"videos/output/{JOB}/2"
    return FinishedRendition(
        format=format_,
        width=width,
        height=height,
        frame_rate="30000/1001",
        codecs="avc1.64001f",
        bitrate_bps=bitrate_bps,
        peak_bitrate_bps=bitrate_bps * 2,
        duration_seconds=60,
        size_bytes=1000,
        playlist_key=f"{prefix}/{format_}/index.m3u8",
        mp4_key=f"{prefix}/{format_}.mp4",
        mp4_size_bytes=1000,
    )


HIGH = build_rendition("1080p", width=1920, height=1080, bitrate_bps=3_000_000)
LOW = build_rendition("480p", width=854, height=480, bitrate_bps=700_000)
AUDIO = FinishedAudio(
    codecs="mp4a.40.2",
    bitrate_bps=128_000,
    size_bytes=100,
    playlist_key=f"videos/output/{OTHER_JOB}/1/audio/index.m3u8",
)


def test_the_master_playlist_lists_audio_and_renditions_lowest_first() -> None:
    assert build_master_playlist([HIGH, LOW], audio=AUDIO) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:7\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Main",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",'
        f'URI="{OTHER_JOB}/1/audio/index.m3u8"\n'
        "#EXT-X-STREAM-INF:BANDWIDTH=1528000,AVERAGE-BANDWIDTH=828000,RESOLUTION=854x480,"
        'FRAME-RATE=29.970,CODECS="avc1.64001f,mp4a.40.2",AUDIO="audio"\n'
        f"{JOB}/2/480p/index.m3u8\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=6128000,AVERAGE-BANDWIDTH=3128000,RESOLUTION=1920x1080,"
        'FRAME-RATE=29.970,CODECS="avc1.64001f,mp4a.40.2",AUDIO="audio"\n'
        f"{JOB}/2/1080p/index.m3u8\n"
    )


def test_the_master_playlist_of_a_silent_video_has_no_audio() -> None:
    assert build_master_playlist([LOW], audio=None) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:7\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=1400000,AVERAGE-BANDWIDTH=700000,RESOLUTION=854x480,"
        'FRAME-RATE=29.970,CODECS="avc1.64001f"\n'
        f"{JOB}/2/480p/index.m3u8\n"
    )


def test_a_token_grants_what_was_signed_until_it_expires() -> None:
    end = plan_playback_end(NOW, duration_seconds=60)
    token = TOKENS.sign(MediaGrant(video_id="v", expires_at=end))
    assert TOKENS.read(token, now=NOW) == MediaGrant(video_id="v", expires_at=end)
    assert TOKENS.read(token, now=end - timedelta(seconds=1)).video_id == "v"
    with pytest.raises(MediaTokenRefused) as caught:
        TOKENS.read(token, now=end)
    assert caught.value.is_expired


def test_a_token_that_was_edited_or_signed_with_another_key_is_refused() -> None:
    grant = MediaGrant(video_id="v", expires_at=NOW + timedelta(hours=1))
    token = TOKENS.sign(grant)
    content, signature = token.rsplit(".", 1)
    other = TOKENS.sign(replace(grant, video_id="w"))
    edited = [
        f"{other.rsplit('.', 1)[0]}.{signature}",
        f"{content}.{'A' * len(signature)}",
        content,
        token[:-1],
        token + "x",
        "",
        "." * 5000,
        MediaTokens("x" * 32).sign(grant),
    ]
    for text in edited:
        with pytest.raises(MediaTokenRefused) as caught:
            TOKENS.read(text, now=NOW)
        assert not caught.value.is_expired


def test_a_playback_token_lives_two_to_six_hours() -> None:
    lives = [plan_playback_end(NOW, duration_seconds=seconds) - NOW for seconds in (1, 2 * 3600, 6 * 3600)]
    assert lives == [timedelta(hours=2), timedelta(hours=2, minutes=30), timedelta(hours=6)]


def test_the_url_of_a_picture_is_the_same_within_the_hour() -> None:
    ends = {plan_picture_end(NOW.replace(minute=minute)) for minute in range(60)}
    assert ends == {NOW.replace(minute=0) + timedelta(hours=2)}


PUBLISHED = PublishedMedia(video_id="v", renditions=(LOW,), job_ids=frozenset({JOB}))


@pytest.mark.parametrize(
    "name", ["480p/index.m3u8", "480p/init.mp4", "audio/00012.m4s", "480p.mp4", "storyboard-000.jpg"]
)
def test_what_a_current_job_wrote_is_found(name: str) -> None:
    found = PUBLISHED.find_object(f"{JOB}/2/{name}")
    assert found is not None
    assert found[0] == f"videos/output/{JOB}/2/{name}"


@pytest.mark.parametrize(
    "path",
    [
        f"{OTHER_JOB}/1/480p/index.m3u8",
        f"{JOB}/2/../../{OTHER_JOB}/1/480p.mp4",
        f"{JOB}/../x/480p.mp4",
        f"{JOB}/2/480p/../../1/480p.mp4",
        f"{JOB}/2/a/b/c.mp4",
        f"{JOB}/2/480p.exe",
        f"{JOB}/2/.mp4",
        f"{JOB}//480p.mp4",
        f"{JOB}/2/480p.mp4\n",
        f"/{JOB}/2/480p.mp4",
        "users/u/uploads/x/source.mp4",
        "",
    ],
)
def test_anything_outside_the_published_set_is_not_found(path: str) -> None:
    assert PUBLISHED.find_object(path) is None


def test_a_small_source_is_fetched_whole_and_only_the_ends_of_a_large_one() -> None:
    assert [(part.first, part.length) for part in plan_sample(5)] == [(0, 5)]
    size = 80 * GIB
    parts = plan_sample(size)
    assert parts[0].first == 0
    assert parts[-1].first + parts[-1].length == size
    assert count_bytes(parts) == 128 * MIB


def test_a_failing_deletion_is_retried_for_ever_at_growing_intervals() -> None:
    waits = [(plan_next_try(NOW, tries=tries) - NOW).total_seconds() for tries in (1, 2, 3, 8, 1000)]
    assert waits == [10, 20, 40, 900, 900]


def test_an_expired_token_is_renewed_for_the_same_grant_only() -> None:
    grant = MediaGrant(video_id="video-1", expires_at=NOW - timedelta(hours=20), picture_key="p/a.jpg")
    end = NOW + timedelta(hours=1)
    renewed = TOKENS.renew(TOKENS.sign(grant), expires_at=end)
    assert TOKENS.read(renewed, now=NOW) == replace(grant, expires_at=end)
    with pytest.raises(MediaTokenRefused):
        TOKENS.renew(MediaTokens("x" * 32).sign(grant), expires_at=end)
