"""F1, F16, F18: headers that state a wrong length, clocks that start elsewhere or jump, and
truncated files. What decodes is what counts."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from kit import edits
from kit.clips import build_beep_inputs, make_beeps
from kit.edits import edit
from kit.measure import measure_seconds, measure_sync

from videoforge_media.ffprobe import probe_file

pytestmark = pytest.mark.integration

H264 = (
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-bf",
    "2",
    "-g",
    "30",
    "-pix_fmt",
    "yuv420p",
    "-c:a",
    "aac",
)
MPEG2 = ("-c:v", "mpeg2video", "-b:v", "1M", "-g", "15", "-bf", "2", "-c:a", "mp2")
WMV = ("-c:v", "wmv2", "-c:a", "wmav2")
FRAGMENTS = ("-movflags", "frag_keyframe+empty_moov+default_base_moof")
SECONDS = 3
IN_STEP_MS = 20


def cut(path: Path, *, share: float) -> Path:
    content = path.read_bytes()
    target = path.with_name(f"cut-{path.name}")
    target.write_bytes(content[: int(len(content) * share)])
    return target


def join(name: str, *parts: Path) -> Path:
    target = parts[0].with_name(name)
    target.write_bytes(b"".join(part.read_bytes() for part in parts))
    return target


def make_joint(make_clip: Any, kind: str, *, first_at: int, second_at: int, options: Any, rate: str) -> Path:
    parts = []
    for number, at in enumerate((first_at, second_at)):
        shift = ("-output_ts_offset", str(at)) if at else ()
        parts.append(make_beeps(make_clip, f"{number}.{kind}", *options, *shift, seconds=SECONDS, rate=rate))
    return join(f"joined.{kind}", *parts)


Change = Callable[[bytearray], None]
#: name, description, extension, encoder, edit, expected seconds
LIES: list[tuple[str, str, str, tuple[str, ...], Change]] = [
    ("F1a flv long", "FLV whose onMetaData says 10 h", "flv", H264,
     partial(edits.set_flv_duration, seconds=36000)),
    ("F1a mkv long", "MKV whose Duration and tags say 10 h", "mkv", H264,
     partial(edits.set_matroska_duration, seconds=36000, clock="10:00:00")),
    ("F1a asf long", "WMV whose Play Duration says 10 h", "wmv", WMV,
     partial(edits.set_asf_duration, seconds=36000)),
    ("F1a edit long", "MP4 whose edits are 100 times as long as their media", "mp4", H264,
     partial(edits.scale_edits, factor=100)),
    ("F1b flv short", "FLV whose onMetaData says 1 s", "flv", H264,
     partial(edits.set_flv_duration, seconds=1)),
    ("F1b mkv short", "MKV whose Duration and tags say 1 s", "mkv", H264,
     partial(edits.set_matroska_duration, seconds=1, clock="00:00:01")),
    ("F1b mdhd short", "MP4 whose mdhd are divided by 30", "mp4", H264,
     partial(edits.scale_media_durations, divisor=30)),
    ("F1e unknown", "MP4 whose durations are 0xffffffff: unknown", "mp4", H264, edits.forget_durations),
    ("F1e unknown, fragments", "fragmented MP4 whose durations are 0xffffffff", "mp4", (*H264, *FRAGMENTS),
     edits.forget_durations),
    ("F16 mdat long", "MP4 whose mdat says that it is twice as long", "mp4",
     (*H264, "-movflags", "+faststart"), partial(edits.set_mdat_size, factor=2)),
]  # fmt: skip


async def check(
    outcome: Any,
    hold: Any,
    *,
    name: str,
    source: str,
    seconds: float,
    format: str = "180p",
    offset_ms: float = 0,
) -> None:
    """Compare length and beeps of the output with what must come out, and the length at confirm.
    `offset_ms` is how far out of sync the source itself is."""
    expected = f"{seconds:.1f} s, beep on flash"
    if outcome.refusal:
        refusal = ": ".join(outcome.refusal)
        hold(name, source=source, expected=expected, seen=refusal, is_right=False, detail=outcome.failure)
    mp4 = outcome.get_mp4(format)
    made, worst = measure_seconds(mp4), max((ms - offset_ms for ms in measure_sync(mp4)), key=abs)
    shown = outcome.confirmed.duration_seconds
    is_right = abs(made - seconds) <= 0.15 and abs(shown - seconds) <= 0.15 and abs(worst) <= IN_STEP_MS
    seen = f"{made:.1f} s, {shown:.1f} s at confirm, beep {abs(worst):.0f} ms off"
    hold(
        name, source=source, expected=expected, seen=seen, is_right=is_right, detail=(seen, outcome.warnings)
    )


@pytest.mark.parametrize(("name", "source", "kind", "options", "change"), LIES, ids=[lie[0] for lie in LIES])
async def test_a_wrong_figure_in_a_header_changes_nothing(
    transcode: Any, make_clip: Any, hold: Any, name: str, source: str, kind: str, options: Any, change: Change
) -> None:
    honest = make_beeps(make_clip, f"honest.{kind}", *options, seconds=SECONDS)
    lying = edit(honest, f"lying.{kind}", change)
    assert lying.read_bytes() != honest.read_bytes()
    outcome = await transcode(lying)
    await check(outcome, hold, name=name, source=source, seconds=SECONDS)
    says_too_much = " long" in name and kind in {"flv", "mkv", "wmv"}
    assert ("ends_early" in outcome.warnings) == says_too_much


STARTS = [
    (
        "F1c fragments",
        "fragmented MP4 whose clock stands at 1,700,000 s",
        "mp4",
        (*H264, *FRAGMENTS),
        1_700_000,
    ),
    ("F1c mkv", "MKV whose clock stands at 3600 s", "mkv", H264, 3600),
    ("F1c mp4", "MP4 whose tracks begin at 10 s", "mp4", H264, 10),
    ("F1c ts", "TS whose clock stands at 50,000 s", "ts", H264, 50_000),
]


@pytest.mark.parametrize(("name", "source", "kind", "options", "at"), STARTS, ids=[s[0] for s in STARTS])
async def test_where_a_clock_starts_is_no_length(
    transcode: Any, make_clip: Any, hold: Any, name: str, source: str, kind: str, options: Any, at: int
) -> None:
    shifted = make_beeps(make_clip, f"at.{kind}", *options, "-output_ts_offset", str(at), seconds=SECONDS)
    outcome = await transcode(shifted)
    await check(outcome, hold, name=name, source=source, seconds=SECONDS)
    assert "ends_early" not in outcome.warnings


JOINTS = [
    ("F1d ts +100 s", "ts", H264, "30", 0, 100),
    ("F1d ts +50,000 s", "ts", H264, "30", 0, 50_000),
    ("F1d ts back", "ts", H264, "30", 100, 0),
    ("F1d ts again from 0", "ts", H264, "30", 0, 0),
    ("F1d vob", "vob", MPEG2, "25", 0, 0),
]


@pytest.mark.parametrize(
    ("name", "kind", "options", "rate", "first", "second"), JOINTS, ids=[j[0] for j in JOINTS]
)
async def test_a_joint_is_no_pause(
    transcode: Any,
    make_clip: Any,
    hold: Any,
    name: str,
    kind: str,
    options: Any,
    rate: str,
    first: int,
    second: int,
) -> None:
    joined = make_joint(make_clip, kind, first_at=first, second_at=second, options=options, rate=rate)
    source = f"two {kind.upper()} files joined, the clock at {first} s and at {second} s"
    await check(await transcode(joined), hold, name=name, source=source, seconds=2 * SECONDS)


async def test_a_pause_of_seconds_stays_a_pause(transcode: Any, make_clip: Any, hold: Any) -> None:
    """Below ten seconds a step of the clock is a lost signal, and the time continues."""
    joined = make_joint(make_clip, "ts", first_at=0, second_at=SECONDS + 2, options=H264, rate="30")
    await check(
        await transcode(joined),
        hold,
        name="F1d pause",
        source="TS with a pause of 2 s",
        seconds=2 * SECONDS + 2,
    )


async def test_a_track_that_is_not_used_does_not_move_the_start(
    transcode: Any, make_clip: Any, hold: Any
) -> None:
    early = make_clip(
        "early.ts", "-itsoffset", "5", *build_beep_inputs(seconds=SECONDS)[:4],
        "-itsoffset", "5", *build_beep_inputs(seconds=SECONDS)[4:], "-f", "lavfi", "-i", "sine=d=8",
        "-map", "0:v", "-map", "1:a", "-map", "2:a", *H264,
    )  # fmt: skip
    source = "TS whose second sound begins 5 s before picture and first sound"
    await check(await transcode(early), hold, name="F1f early track", source=source, seconds=SECONDS)


async def test_subtitles_that_outlast_the_film_do_not_lengthen_it(
    transcode: Any, make_clip: Any, hold: Any, tmp_path: Path
) -> None:
    words = tmp_path / "words.srt"
    words.write_text("1\n00:00:01,000 --> 00:01:40,000\nstill here\n")
    film = make_beeps(make_clip, "film.mp4", *H264, seconds=SECONDS)
    long = make_clip("long.mp4", "-i", str(film), "-i", str(words), "-c", "copy", "-c:s", "mov_text")
    source = "MP4 whose subtitles last 100 s"
    await check(await transcode(long), hold, name="F1c subtitles", source=source, seconds=SECONDS)


async def test_a_last_picture_that_lasts_is_counted(transcode: Any, make_clip: Any, hold: Any) -> None:
    """FFmpeg writes the length by decoding times, and the last picture shown is not the last one
    decoded."""
    slow = make_clip(
        "slow.mp4", *build_beep_inputs(seconds=SECONDS),
        "-vf", "setpts='if(lt(N,60),N,60+(N-60)*10)/30/TB'", "-fps_mode", "vfr", "-t", "9", *H264,
    )  # fmt: skip
    seconds = measure_seconds(slow)
    outcome = await transcode(slow)
    made = measure_seconds(outcome.get_mp4("180p"))
    is_right = abs(made - seconds) < 0.4
    source = "VFR MP4 with B frames whose last pictures last"
    expected, seen = f"{seconds:.1f} s", f"{made:.1f} s"
    hold("F1b last picture", source=source, expected=expected, seen=seen, is_right=is_right)


FOUND = {
    "09a_mdhd_short.mp4": 9, "26a_flv_short.flv": 9, "26b_flv_long.flv": 9, "26c_mkv_short.mkv": 9,
    "26e_mkv_10h.mkv": 9, "26f_ts_jump_forward.ts": 10, "26j_fmp4_epoch.mp4": 6,
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
async def test_inputs_that_people_reported(transcode: Any, find_found: Any, hold: Any, name: str) -> None:
    path = find_found(name)
    # A transport stream's sound starts before its picture; this is not a step of one against the
    # other.
    offset_ms, seconds = 0.0 if path.suffix == ".ts" else measure_sync(path)[0], FOUND[name]
    outcome = await transcode(path, "480p")
    await check(
        outcome,
        hold,
        name=f"found/{name}",
        source="reported",
        seconds=seconds,
        format="360p",
        offset_ms=offset_ms,
    )


BREAKS = [
    ("F16 mp4", "mp4", (*H264, "-movflags", "+faststart"), 0.98, 2.85),
    ("F16 mkv", "mkv", H264, 0.985, 2.9),
]


@pytest.mark.parametrize(("name", "kind", "options", "share", "least"), BREAKS, ids=[b[0] for b in BREAKS])
async def test_what_is_left_of_a_file_that_breaks_off_is_kept(
    transcode: Any, make_clip: Any, hold: Any, name: str, kind: str, options: Any, share: float, least: float
) -> None:
    whole = make_beeps(make_clip, f"whole.{kind}", *options, seconds=SECONDS)
    outcome = await transcode(cut(whole, share=share))
    made = 0.0 if outcome.refusal else measure_seconds(outcome.get_mp4("180p"))
    is_right = least <= made <= SECONDS + 0.05
    hold(
        name,
        source=f"{kind.upper()} without its last {1 - share:.1%}",
        expected="what decodes",
        seen=f"{made:.2f} s" if made else str(outcome.refusal),
        is_right=is_right,
        detail=outcome.failure,
    )
    assert ("ends_early" in outcome.warnings) == (made < SECONDS - 0.1)


@pytest.mark.parametrize("kind", ["mp4", "mkv", "avi"])
async def test_half_a_file_is_refused_at_confirm(
    transcode: Any, make_clip: Any, hold: Any, kind: str
) -> None:
    options = {
        "mp4": (*H264, "-movflags", "+faststart"),
        "mkv": H264,
        "avi": ("-c:v", "mpeg4", "-c:a", "mp3"),
    }
    whole = make_beeps(make_clip, f"whole.{kind}", *options[kind], seconds=SECONDS)
    outcome = await transcode(cut(whole, share=0.5))
    is_right = outcome.refusal == ("confirm", "truncated_media")
    hold(f"F16 half {kind}", source=f"first half of a {kind.upper()}", expected="truncated_media at confirm",
        seen=str(outcome.refusal), is_right=is_right)  # fmt: skip


async def test_what_the_encoder_does_not_take_fails_once(
    transcode: Any, make_clip: Any, hold: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The encoder's own graph is broken here, since every source known to break it should be
    fixed."""
    source = make_beeps(make_clip, "plain.mp4", *H264, seconds=1)
    module = "video_processor.adapters.picture_graph.build_picture_filters"
    monkeypatch.setattr(module, lambda *_, **__: ["format=nonsense"])
    outcome = await transcode(source)
    failure = outcome.failure
    is_right = (
        outcome.refusal == ("encode", "unencodable_media") and not failure.is_retryable and failure.hint
    )
    hold("F18 refused by the encoder", source="picture that FFmpeg's filters do not take",
        expected="unencodable_media, once", seen=str(outcome.refusal), is_right=bool(is_right))  # fmt: skip
    assert failure.kind == "bad_input"


def test_a_header_that_agrees_costs_no_second_look(make_clip: Any, tmp_path: Path, hold: Any) -> None:
    """An MP4's table and its duration agree; Matroska's last packets are read in the first run of
    ffprobe."""
    calls = tmp_path / "calls"
    counting = tmp_path / "ffprobe"
    counting.write_text(f'#!/bin/sh\necho x >> {calls}\nexec {shutil.which("ffprobe")} "$@"\n')
    counting.chmod(0o755)
    seen = {}
    for kind, options in {"mp4": H264, "mkv": H264, "avi": ("-c:v", "mpeg4", "-c:a", "mp3")}.items():
        calls.write_text("")
        probe_file(make_beeps(make_clip, f"plain.{kind}", *options, seconds=2), ffprobe=str(counting))
        seen[kind] = calls.read_text().count("x")
    is_right = set(seen.values()) == {1}
    source, expected = "MP4, MKV and AVI with right headers", "one run of ffprobe each"
    hold("looks", source=source, expected=expected, seen=str(seen), is_right=is_right)
