"""How ffprobe's sound tracks are parsed, and the order in which they are tried."""

from typing import Any

import pytest

from videoforge_media.sound_tracks import rank_tracks, read_ambisonic_order, read_audio_tracks


def build_stream(index: int, **changes: Any) -> dict[str, Any]:
    plain = {
        "index": index,
        "codec_type": "audio",
        "codec_name": "aac",
        "channels": 2,
        "channel_layout": "stereo",
        "sample_rate": "48000",
        "disposition": {"default": 0},
    }
    return {**plain, **changes}


def rank(*streams: dict[str, Any]) -> list[int]:
    return [track.index for track in rank_tracks(read_audio_tracks(streams))]


def test_the_marked_track_comes_first_then_the_files_order() -> None:
    assert rank(build_stream(1), build_stream(2, disposition={"default": 1}), build_stream(3)) == [2, 1, 3]


@pytest.mark.parametrize(
    "changes",
    [
        {"disposition": {"default": 1, "comment": 1}},
        {"disposition": {"default": 1, "visual_impaired": 1}},
        {"disposition": {"default": 1}, "tags": {"title": "Director's Commentary"}},
        {"disposition": {"default": 1}, "tags": {"title": "Audiokommentar"}},
        {"disposition": {"default": 1}, "tags": {"title": "English Audio Description"}},
        {"disposition": {"default": 1}, "tags": {"title": "Audiodeskription"}},
    ],
)
def test_what_is_said_about_the_film_comes_after_its_sound(changes: dict[str, Any]) -> None:
    assert rank(build_stream(1, **changes), build_stream(2)) == [2, 1]
    assert rank(build_stream(1, **changes)) == [1]  # better than none


def test_a_track_without_a_codec_is_none() -> None:
    assert rank({"index": 1, "codec_type": "audio"}, {"index": 2, "codec_type": "video"}) == []


def test_frames_are_counted_where_the_file_does() -> None:
    counted, empty, unknown = read_audio_tracks(
        [build_stream(1, nb_frames="376"), build_stream(2, nb_frames="0"), build_stream(3, nb_frames="N/A")]
    )
    assert (counted.frame_count, empty.frame_count, unknown.frame_count) == (376, None, None)
    assert "frame_count" not in counted.to_dict()


def test_a_sound_field_is_read_by_its_order() -> None:
    assert read_ambisonic_order("ambisonic 1") == 1
    assert read_ambisonic_order("ambisonic 3+stereo") == 3
    assert read_ambisonic_order("5.1(side)") is None
