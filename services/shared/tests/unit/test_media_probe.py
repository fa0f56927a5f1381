"""Stored outputs of ffprobe, and edited copies, parsed into Probes: no media and no process
needed."""

import json
from copy import deepcopy
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from videoforge_media.errors import MediaRejected
from videoforge_media.ffprobe import build_ffprobe_command, explain_failure
from videoforge_media.frame_steps import count_steps, has_single_steps, needs_steps, refine_grid
from videoforge_media.length import Length
from videoforge_media.probe import MediaLimits, parse_probe
from videoforge_media.second_look import ADDED
from videoforge_media.track_choice import add_counts, needs_counts

PROBES = Path(__file__).parents[1] / "data" / "probes"


def read_document(name: str) -> dict[str, Any]:
    return json.loads((PROBES / f"{name}.json").read_text())


def edit_video(name: str = "bigbuckbunny", **changes: Any) -> dict[str, Any]:
    document = deepcopy(read_document(name))
    document["streams"][0].update(changes)
    return document


def get_code(document: dict[str, Any]) -> str:
    with pytest.raises(MediaRejected) as refusal:
        parse_probe(document, file_size_bytes=1)
    assert refusal.value.hint
    return refusal.value.code


def test_a_plain_clip_reads_as_the_api_shows_it() -> None:
    body = parse_probe(read_document("bigbuckbunny"), file_size_bytes=1_055_736).to_dict()
    assert body == {
        "duration_seconds": 5.312,
        "width": 1280,
        "height": 720,
        "resolution": "1280x720",
        "frame_rate": "25/1",
        "video_codec": "h264",
        "audio_codec": "aac",
        "file_size_bytes": 1_055_736,
        "bit_rate_bps": 1_589_963,
        "rotation_degrees": 0,
        "hdr": None,
        "audio_tracks": [
            {
                "index": 1,
                "codec": "aac",
                "channels": 6,
                "channel_layout": "5.1",
                "sample_rate_hz": 48000,
                "language": None,
                "title": None,
                "is_default": True,
            }
        ],
        "subtitle_tracks": [],
        "container": "mp4",
    }
    json.dumps(body)


def test_a_turned_clip_has_the_size_that_is_shown_and_turns_clockwise() -> None:
    probe = parse_probe(read_document("rotate-buck-bunny"), file_size_bytes=1)
    assert (probe.width, probe.height, probe.rotation_degrees) == (1080, 1920, 90)
    assert (probe.coded_width, probe.coded_height) == (1920, 1080)
    assert probe.video_duration_seconds == pytest.approx(1.875 + 0.083333)


def test_wide_pixels_make_the_picture_wider() -> None:
    probe = parse_probe(read_document("sar_2x1"), file_size_bytes=1)
    assert (probe.width, probe.height, probe.audio_stream) == (1280, 360, None)


def test_a_timestamp_grid_is_not_taken_for_a_frame_rate() -> None:
    probe = parse_probe(read_document("cursed-vfr"), file_size_bytes=1)
    assert probe.is_variable_frame_rate
    assert 7 < probe.frame_rate < 8


def test_full_range_is_seen_by_the_pixel_format_too() -> None:
    probe = parse_probe(edit_video(pix_fmt="yuvj420p"), file_size_bytes=1)
    assert probe.color_range == "pc"


def test_ten_bit_and_eight_audio_tracks_are_read() -> None:
    probe = parse_probe(read_document("encore-test"), file_size_bytes=1)
    assert (probe.bit_depth, probe.pixel_format, len(probe.audio_tracks)) == (10, "yuv422p10le", 8)


@pytest.mark.parametrize(
    ("transfer", "kind", "curve"), [("smpte2084", "hdr10", "pq"), ("arib-std-b67", "hlg", "hlg")]
)
def test_hdr_is_known_by_its_transfer_curve(transfer: str, kind: str, curve: str) -> None:
    probe = parse_probe(edit_video(color_transfer=transfer), file_size_bytes=1)
    assert (probe.hdr, probe.tone_map_curve) == (kind, curve)


def test_dolby_vision_is_taken_with_a_base_layer_and_refused_without() -> None:
    record = {"side_data_type": "DOVI configuration record", "dv_profile": 8}
    good = edit_video(side_data_list=[record], color_transfer="arib-std-b67")
    assert parse_probe(good, file_size_bytes=1).hdr == "dolby_vision"
    assert get_code(edit_video(side_data_list=[record | {"dv_profile": 5}])) == "unsupported_format"


@pytest.mark.parametrize("name", ["ac3", "multiple-aac-tracks"])
def test_sound_alone_is_no_video(name: str) -> None:
    assert get_code(read_document(name)) == "no_video_stream"


def test_cover_art_is_no_video() -> None:
    document = edit_video(disposition={"default": 1, "attached_pic": 1})
    assert get_code(document) == "no_video_stream"


def build_two_pictures(**changes: Any) -> dict[str, Any]:
    """The clip's own picture of 132 frames, and a second one of 1080p as stream 5, with changes."""
    document = edit_video(nb_frames="132")
    second = document["streams"][0] | {"index": 5, "width": 1920, "height": 1080}
    document["streams"].append(second | changes)
    return document


@pytest.mark.parametrize(
    ("changes", "chosen"),
    [
        ({}, 0),
        ({"nb_frames": "131"}, 0),
        ({"nb_frames": "1", "duration": "0.04"}, 0),
        ({"nb_frames": "264"}, 5),
        ({"duration": "60.0"}, 5),
        ({"duration": "N/A"}, 0),
        ({"nb_read_packets": "900"}, 5),
        ({"nb_frames": "9000", "disposition": {"attached_pic": 1}}, 0),
        ({"nb_frames": "9000", "codec_name": "unknown"}, 0),
    ],
)
def test_the_picture_with_the_most_frames_is_shown_then_the_longest_then_the_first(
    changes: dict[str, Any], chosen: int
) -> None:
    probe = parse_probe(build_two_pictures(**changes), file_size_bytes=1)
    assert probe.video_stream == chosen


def test_of_two_alike_the_default_is_shown_which_alone_decides_nothing() -> None:
    document = build_two_pictures()
    document["streams"][0]["disposition"] = {"default": 0}
    assert parse_probe(document, file_size_bytes=1).video_stream == 5
    document["streams"][-1]["nb_frames"] = "1"
    assert parse_probe(document, file_size_bytes=1).video_stream == 0


def test_frames_are_counted_only_where_the_choice_hangs_on_them() -> None:
    assert not needs_counts(read_document("bigbuckbunny")["streams"])
    assert not needs_counts(build_two_pictures()["streams"])
    assert needs_counts(build_two_pictures(nb_frames="N/A")["streams"])
    assert not needs_counts(build_two_pictures(nb_frames="N/A", disposition={"attached_pic": 1})["streams"])
    counted = add_counts(
        build_two_pictures()["streams"],
        [{"index": 0, "nb_read_packets": "3"}, {"index": 5, "nb_read_packets": "7"}],
    )
    assert parse_probe({**build_two_pictures(), "streams": counted}, file_size_bytes=1).video_stream == 5


def test_only_tracks_of_the_pictures_own_program_are_used() -> None:
    document = build_two_pictures(nb_frames="500")
    document["streams"].append(document["streams"][1] | {"index": 6, "codec_name": "ac3"})
    document["programs"] = [
        {"streams": [{"index": 0}, {"index": 1}]},
        {"streams": [{"index": 5}, {"index": 6}]},
    ]
    probe = parse_probe(document, file_size_bytes=1)
    assert (probe.video_stream, probe.audio_stream, probe.audio_codec) == (5, 6, "ac3")
    assert (probe.other_programs, probe.other_pictures, len(probe.audio_tracks)) == (1, 0, 1)


@pytest.mark.parametrize("aspect", ["N/A", "0:1", "1:0", "1000:1", None, "x"])
def test_an_absurd_pixel_aspect_counts_as_square(aspect: str | None) -> None:
    assert parse_probe(edit_video(sample_aspect_ratio=aspect), file_size_bytes=1).width == 1280


@pytest.mark.parametrize(("angle", "turn", "is_odd"), [(-90, 90, False), (180, 180, False), (37, 0, True)])
def test_odd_angles_are_left_alone(angle: float, turn: int, is_odd: bool) -> None:
    probe = parse_probe(edit_video(side_data_list=[{"rotation": angle}]), file_size_bytes=1)
    assert (probe.rotation_degrees, probe.is_rotation_odd) == (turn, is_odd)


def test_interlaced_video_that_counts_fields_has_its_frame_rate() -> None:
    document = edit_video(r_frame_rate="50/1", avg_frame_rate="25/1", field_order="tt")
    probe = parse_probe(document, file_size_bytes=1)
    assert (probe.frame_rate, probe.is_variable_frame_rate, probe.is_interlaced) == (25, False, True)


def test_half_the_grid_is_even_where_no_frames_are_closer() -> None:
    document = edit_video(r_frame_rate="60/1", avg_frame_rate="30/1", field_order="progressive")
    uneven = {**document, ADDED: {"has_single_steps": True}}
    probes = [parse_probe(doc, file_size_bytes=1) for doc in (document, uneven)]
    rates = [(probe.is_variable_frame_rate, probe.grid_rate) for probe in probes]
    assert rates == [(False, 60), (True, 60)]


@pytest.mark.parametrize(
    ("grid", "average", "order", "needs"),
    [
        ("60/1", "30/1", "progressive", True),
        ("50/1", "25/1", "unknown", True),
        ("50/1", "25/1", "tt", False),
        ("25/1", "25/1", "progressive", False),
        ("90000/1", "30/1", "progressive", False),
        ("0/0", "0/0", "progressive", False),
    ],
)
def test_steps_are_looked_at_where_the_rate_hangs_on_them(
    grid: str, average: str, order: str, needs: bool
) -> None:
    stream = {"r_frame_rate": grid, "avg_frame_rate": average, "field_order": order}
    assert needs_steps(stream) is needs


def test_a_few_close_frames_are_no_grid() -> None:
    even = [n / 30 for n in range(300)]
    assert not has_single_steps(count_steps(even), grid=Fraction(60))
    assert not has_single_steps(count_steps([*even, 1.0 / 60]), grid=Fraction(60))
    assert not has_single_steps({}, grid=Fraction(60))
    uneven = [*reversed(even), *(n / 60 for n in range(601, 661))]
    assert has_single_steps(count_steps(uneven), grid=Fraction(60))


@pytest.mark.parametrize(
    ("steps", "order", "grid"),
    [
        ({1 / 30: 800, 1 / 60: 200}, "progressive", "60/1"),
        ({1 / 30: 950, 1 / 60: 50}, "progressive", "30/1"),  # times that waver
        ({1 / 30: 800, 1 / 240: 200}, "progressive", "30/1"),
        ({1 / 30: 800, 1 / 60: 200}, "tt", "30/1"),
        ({}, "progressive", "30/1"),
    ],
)
def test_pictures_that_come_faster_later_on_refine_the_grid(
    steps: dict[float, int], order: str, grid: str
) -> None:
    stream = {"r_frame_rate": "30/1", "field_order": order}
    assert refine_grid(stream, steps)["r_frame_rate"] == grid


def test_missing_rates_fall_back_to_a_usable_one() -> None:
    document = edit_video(r_frame_rate="0/0", avg_frame_rate="0/0")
    assert parse_probe(document, file_size_bytes=1).frame_rate == Fraction(25)


def test_a_measured_duration_stands_in_for_a_missing_one() -> None:
    document = edit_video(duration="N/A")
    for part in (document["format"], document["streams"][1]):
        part["duration"] = "N/A"
    assert get_code(document) == "media_too_short"
    lengths = iter([Length(9), Length(9, 60)])
    probes = [
        parse_probe(document, file_size_bytes=1, measure=lambda *_, **__: next(lengths)) for _ in range(2)
    ]
    found = [(probe.duration_seconds, probe.video_duration_seconds) for probe in probes]
    assert found == [(9, 9), (60, 9)]  # the sound goes on


def test_limits_refuse_with_a_code_each() -> None:
    assert get_code(edit_video(width=8194, height=4320)) == "media_too_large_dimensions"
    assert get_code(edit_video(width=5000, height=5000)) == "media_too_large_dimensions"
    assert parse_probe(edit_video(width=4320, height=8192), file_size_bytes=1).height == 8192
    assert get_code(edit_video(codec_tag_string="encv")) == "encrypted_media"
    crowded = read_document("bigbuckbunny")
    crowded["streams"] += [crowded["streams"][1]] * 63
    assert get_code(crowded) == "unsupported_format"
    short = MediaLimits(max_duration_seconds=5)
    with pytest.raises(MediaRejected, match="media_too_long"):
        parse_probe(read_document("bigbuckbunny"), file_size_bytes=1, limits=short)


def test_a_length_that_could_not_be_measured_refuses_nothing_for_being_too_long() -> None:
    for is_sure in (True, False):
        length = Length(40_000, is_sure=is_sure)
        try:
            parse_probe(read_document("bigbuckbunny"), file_size_bytes=1, measure=lambda *_, **__: length)  # noqa: B023
        except MediaRejected as refused:
            assert (refused.code, is_sure) == ("media_too_long", True)
        else:
            assert not is_sure


def test_the_allow_lists_stand_before_the_input() -> None:
    command = build_ffprobe_command(Path("/scratch/source"))
    assert command[-5:-1] == ["-protocol_whitelist", "file", "-format_whitelist", command[-2]]
    assert command[-1] == "file:/scratch/source"
    assert not {"hls", "concat", "dash", "image2", "lavfi"} & set(command[-2].split(","))


def test_a_failed_probe_is_explained_by_its_words() -> None:
    explained = [
        explain_failure("moov atom not found", is_known_container=True).code,
        explain_failure("Format not on whitelist 'mov'", is_known_container=False).code,
        explain_failure("Invalid data found", is_known_container=False).code,
    ]
    assert explained == ["truncated_media", "unsupported_format", "not_media"]
    with pytest.raises(RuntimeError):
        explain_failure("sandbox: no libseccomp", is_known_container=True)
