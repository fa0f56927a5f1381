"""Whole playlists, and what passes the publish gate."""

import m3u8

from video_processor.domain.gate import check_mp4, check_playlist, check_tracks
from video_processor.domain.playlist import list_referenced_keys, parse_segment_durations
from video_processor.testing.media import build_probe
from videoforge.media_playlist import build_media_playlist
from videoforge.messages import EncodedTrack, Rung, Segment

FOLDER = "videos/output/job/2/480p"
RUNG = Rung(format="480p", width=854, height=480, bitrate_bps=1_000_000)


def build_track(*, attempt: int = 2, durations: tuple[float, ...] = (6.006, 6.006, 1.5)) -> EncodedTrack:
    folder = f"videos/output/job/{attempt}/480p"
    segments = [
        Segment(key=f"{folder}/{index:05d}.m4s", duration_seconds=duration, size_bytes=100 + index)
        for index, duration in enumerate(durations)
    ]
    return EncodedTrack(format="480p", init_key=f"{folder}/init.mp4", init_size_bytes=50, segments=segments)


def build_playlist(track: EncodedTrack) -> str:
    return build_media_playlist(
        track.segments, playlist_key=f"{FOLDER}/index.m3u8", init_key=track.init_key or ""
    )


def check(playlist: str, track: EncodedTrack, **sizes: int) -> list[str]:
    stored = {segment.key: segment.size_bytes for segment in track.segments}
    stored[track.init_key or ""] = track.init_size_bytes
    stored |= {f"{FOLDER}/{name}.m4s": size for name, size in sizes.items()}
    return check_playlist(
        playlist,
        playlist_key=f"{FOLDER}/index.m3u8",
        track=track,
        stored_sizes=stored,
    )


def test_a_whole_playlist() -> None:
    assert build_playlist(build_track()) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:7\n"
        "#EXT-X-TARGETDURATION:6\n"
        "#EXT-X-MEDIA-SEQUENCE:0\n"
        "#EXT-X-PLAYLIST-TYPE:VOD\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MAP:URI="init.mp4"\n'
        "#EXTINF:6.006000,\n"
        "00000.m4s\n"
        "#EXTINF:6.006000,\n"
        "00001.m4s\n"
        "#EXTINF:1.500000,\n"
        "00002.m4s\n"
        "#EXT-X-ENDLIST\n"
    )


def test_segments_of_another_attempt_are_named_relative_to_the_playlist() -> None:
    track = build_track(attempt=1)
    text = build_playlist(track)
    assert '#EXT-X-MAP:URI="../../1/480p/init.mp4"' in text
    assert "\n../../1/480p/00000.m4s\n" in text
    named = list_referenced_keys(text, playlist_key=f"{FOLDER}/index.m3u8")
    assert named == [track.init_key, *(segment.key for segment in track.segments)]


def test_another_reader_finds_what_was_written() -> None:
    parsed = m3u8.loads(build_playlist(build_track()))
    assert (parsed.is_endlist, parsed.playlist_type, len(parsed.segments)) == (True, "vod", 3)
    assert parsed.segments[0].init_section.uri == "init.mp4"


def test_durations_are_read_from_a_playlist_of_ffmpeg() -> None:
    text = "#EXTM3U\n#EXTINF:6.000000,\n00000.m4s\n#EXTINF:2.500000,\n/tmp/x/00001.m4s\n#EXT-X-ENDLIST\n"
    assert parse_segment_durations(text) == {"00000.m4s": 6.0, "00001.m4s": 2.5}


def test_the_gate_lets_a_whole_playlist_through() -> None:
    track = build_track()
    assert check(build_playlist(track), track) == []


def test_the_gate_stops_missing_empty_and_odd_sized_segments_and_a_missing_end() -> None:
    track = build_track()
    text = build_playlist(track)
    assert "00001.m4s is missing or empty" in check(text, track, **{"00001": 0})[0]
    assert "has 7 bytes, wanted 102" in check(text, track, **{"00002": 7})[0]
    assert "no end" in check(text.replace("#EXT-X-ENDLIST\n", ""), track)[0]


def test_the_gate_stops_a_rendition_that_is_far_too_short() -> None:
    """If up to a twentieth of the source is missing, the encode has already warned about it."""
    track = build_track(durations=(6.0, 6.0))
    found = [check_tracks([track], ladder=[RUNG], duration_seconds=wanted) for wanted in (12.4, 13.1, 13.5)]
    assert [len(faults) for faults in found] == [0, 0, 1]
    assert "segments last 12.000 s, wanted 13.500 s" in found[-1][0]


def test_the_gate_looks_at_an_mp4s_size_codec_sound_and_length() -> None:
    good = build_probe(width=854, height=480)
    assert check_mp4(good, rung=RUNG, duration_seconds=20.4, has_audio=True) == []
    bad = build_probe(
        width=852, height=480, pixel_format="yuv444p", audio_codec=None, video_duration_seconds=12.0
    )
    assert len(check_mp4(bad, rung=RUNG, duration_seconds=20, has_audio=True)) == 4
    assert check_mp4(good, rung=RUNG, duration_seconds=20, has_audio=False)


def test_the_gate_requires_each_rung_once_with_equal_segments() -> None:
    track = build_track()
    assert check_tracks([track], ladder=[RUNG], duration_seconds=13.5) == []
    assert check_tracks([], ladder=[RUNG], duration_seconds=13.5)
    headless = track.model_copy(update={"init_key": None})
    assert check_tracks([headless], ladder=[RUNG], duration_seconds=13.5)
    shorter = build_track(durations=(6,)).model_copy(update={"format": "720p"})
    rungs = [RUNG, RUNG.model_copy(update={"format": "720p"})]
    assert "number of segments" in "".join(check_tracks([track, shorter], ladder=rungs, duration_seconds=6))
