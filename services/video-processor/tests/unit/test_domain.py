"""Frame grid, chunks, progress and storyboard."""

from fractions import Fraction

import pytest

from video_processor.domain.chunks import plan_chunks
from video_processor.domain.codecs import read_avc_codec
from video_processor.domain.gop import choose_frame_rate, count_gop_frames, count_segment_frames, format_rate
from video_processor.domain.progress import ReportReader, TaskProgress, find_eta_seconds
from video_processor.domain.storyboard import build_storyboard_vtt, plan_storyboard
from video_processor.testing.media import build_probe


@pytest.mark.parametrize(
    ("source", "is_variable", "chosen"),
    [
        ("25", False, "25/1"),
        ("30000/1001", False, "30000/1001"),
        ("120", False, "60/1"),
        ("120000/1001", False, "60000/1001"),
        ("100", False, "50/1"),
        ("144", False, "48/1"),
        ("2989/100", True, "30000/1001"),
        ("722/100", True, "24000/1001"),
        ("90", True, "60/1"),
        ("61", False, "60/1"),
        ("72", False, "60/1"),
        ("75", False, "60/1"),
        ("90", False, "60/1"),
        ("240", False, "60/1"),
        ("306/10", True, "30/1"),
        ("375/10", True, "60000/1001"),  # no camera leaves frames out of 50
        ("496/10", True, "50/1"),
    ],
)
def test_frame_rates(source: str, is_variable: bool, chosen: str) -> None:
    probe = build_probe(frame_rate=Fraction(source), is_variable_frame_rate=is_variable)
    assert format_rate(choose_frame_rate(probe)) == chosen


@pytest.mark.parametrize(
    ("average", "grid", "chosen"),
    [
        ("306/10", "30", "30/1"),
        ("31", "30000/1001", "30000/1001"),
        ("29", "30", "30/1"),
        ("375/10", "60", "60/1"),
        ("12", "15", "15/1"),
        ("45", "30", "60000/1001"),  # the grid holds for the beginning only
        ("29", "120", "30000/1001"),
    ],
)
def test_an_uneven_source_keeps_its_grid(average: str, grid: str, chosen: str) -> None:
    probe = build_probe(frame_rate=Fraction(average), is_variable_frame_rate=True, grid_rate=Fraction(grid))
    assert format_rate(choose_frame_rate(probe)) == chosen


@pytest.mark.parametrize(
    ("rate", "gop", "segment"),
    [
        ("25", 50, 150),
        ("24000/1001", 48, 144),
        ("30000/1001", 60, 180),
        ("60000/1001", 120, 360),
        ("2983/100", 60, 180),
        ("12/10", 2, 8),
        ("1/5", 1, 1),
    ],
)
def test_a_gop_and_a_segment_are_whole_numbers_of_frames(rate: str, gop: int, segment: int) -> None:
    assert count_gop_frames(Fraction(rate)) == gop
    assert count_segment_frames(Fraction(rate)) == segment


def test_the_first_chunks_are_short_and_the_last_takes_what_is_left() -> None:
    chunks = plan_chunks(101.5, frame_rate=Fraction(25), chunk_seconds=24)
    assert [(c.index, c.start_seconds, c.duration_seconds, c.first_segment) for c in chunks] == [
        (0, 0, 6, 0),
        (1, 6, 12, 1),
        (2, 18, 24, 3),
        (3, 42, 24, 7),
        (4, 66, 35.5, 11),
    ]


def test_chunks_begin_on_the_frame_grid() -> None:
    rate = Fraction(30000, 1001)
    chunks = plan_chunks(7200, frame_rate=rate, chunk_seconds=24)
    frames = [chunk.start_seconds * float(rate) for chunk in chunks]
    assert frames == pytest.approx([180 * chunk.first_segment for chunk in chunks], abs=1e-6)
    assert chunks[-1].start_seconds + chunks[-1].duration_seconds == pytest.approx(7200)


@pytest.mark.parametrize(
    ("seconds", "count"), [(5, 1), (30, 1), (41.9, 1), (42, 3), (53, 3), (54, 4), (0.04, 1)]
)
def test_a_short_video_is_one_chunk(seconds: float, count: int) -> None:
    assert len(plan_chunks(seconds, frame_rate=Fraction(25), chunk_seconds=24)) == count


def test_a_film_of_twelve_hours_has_a_bounded_number_of_chunks() -> None:
    chunks = plan_chunks(12 * 3600, frame_rate=Fraction(25), chunk_seconds=24)
    assert len(chunks) <= 402
    assert {chunk.duration_seconds for chunk in chunks[2:-1]} == {108}


def test_a_report_is_whole_at_its_last_line() -> None:
    reader = ReportReader()
    lines = ["frame=111", "out_time_us=4360000", "bitrate=N/A", "speed= 2.1x", "progress=continue"]
    reports = [reader.feed(line) for line in lines]
    assert reports[:-1] == [None] * 4
    assert reports[-1] is not None
    assert (reports[-1].out_seconds, reports[-1].speed, reports[-1].frame) == (4.36, 2.1, 111)


def test_figures_that_are_not_there_yet_are_none() -> None:
    reader = ReportReader()
    for line in ("out_time_us=N/A", "speed=N/A"):
        reader.feed(line)
    report = reader.feed("progress=end")
    assert report is not None
    assert (report.out_seconds, report.speed, report.is_last) == (None, None, True)


def test_progress_is_not_complete_before_the_task_is() -> None:
    progress = TaskProgress(phase="encoding")
    seen = []
    for percent in (10, 40, 101):
        progress.set_percent(percent)
        progress.set_rendition_percent("480p", percent=percent)
        seen.append((progress.percent, progress.rendition_percents["480p"]))
    assert seen == [(10, 10), (40, 40), (99, 100)]


def test_an_eta_needs_something_to_go_by() -> None:
    assert find_eta_seconds(0.5, elapsed_seconds=10) is None
    assert find_eta_seconds(25, elapsed_seconds=10) == 30


def test_a_storyboard_covers_the_video_with_a_picture_per_gop() -> None:
    layout = plan_storyboard(width=854, height=480, duration_seconds=5.28, frame_rate=Fraction(25))
    assert (layout.tile_width, layout.tile_height, layout.tile_count, layout.sheet_count) == (160, 90, 3, 1)
    text = build_storyboard_vtt(layout, duration_seconds=5.28)
    assert text.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nstoryboard-000.jpg#xywh=0,0,160,90\n")
    assert "00:00:04.000 --> 00:00:05.280\nstoryboard-000.jpg#xywh=320,0,160,90\n" in text


def test_a_long_storyboard_goes_on_more_sheets_with_pictures_further_apart() -> None:
    layout = plan_storyboard(width=480, height=854, duration_seconds=3600, frame_rate=Fraction(25))
    assert (layout.interval_seconds, layout.tile_count, layout.sheet_count) == (12, 300, 12)
    assert (layout.tile_width, layout.tile_height) == (90, 160)
    text = build_storyboard_vtt(layout, duration_seconds=3600)
    assert "00:05:00.000 --> 00:05:12.000\nstoryboard-001.jpg#xywh=0,0,90,160\n" in text


def test_a_tile_is_shown_from_its_own_frame_on() -> None:
    """At 29.97 frames a second a GOP lasts 2.002 s: after an hour, 3.6 s would be missing."""
    rate = Fraction(30000, 1001)
    layout = plan_storyboard(width=854, height=480, duration_seconds=3600, frame_rate=rate)
    assert float(layout.interval_seconds) == pytest.approx(6 * 2.002)
    assert "00:59:51.588 --> " in build_storyboard_vtt(layout, duration_seconds=3600)


def test_the_codec_is_read_from_the_init_segment() -> None:
    assert read_avc_codec(b"....avcC\x01\x64\x00\x1e\xff") == "avc1.64001E"
    with pytest.raises(ValueError, match="avcC"):
        read_avc_codec(b"nothing")
