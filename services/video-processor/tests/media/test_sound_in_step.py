"""Sound with gaps, a slow clock or a change in mid-stream stays within 20 ms of the picture."""

from typing import Any

import pytest
from kit.clips import build_beep_inputs, make_beeps
from kit.measure import measure_seconds, measure_sync, read_stream
from kit.playing import build_master
from kit.sound import IN_STEP_MS, find_mp4, is_in_step

pytestmark = pytest.mark.integration


CLOCKS = {
    # four packets of 21 ms of each hundred are missing
    "gaps of 85 ms": ("-c", "copy", "-bsf:a", "noise=drop=between(mod(n\\,100)\\,30\\,33)"),
    "gaps of 21 ms": ("-c", "copy", "-bsf:a", "noise=drop=eq(mod(n\\,40)\\,30)"),
}


@pytest.mark.parametrize("what", CLOCKS)
async def test_gaps_are_filled_at_once(make_clip: Any, transcode: Any, hold: Any, what: str) -> None:
    clip = make_beeps(make_clip, "plain.mkv", seconds=5)
    outcome = await transcode(make_clip("gaps.mkv", "-i", str(clip), *CLOCKS[what]))
    offsets = measure_sync(find_mp4(outcome))
    # a beep inside a gap starts when the gap ends
    is_right = sum(abs(offset) <= IN_STEP_MS for offset in offsets) >= len(offsets) - 1
    hold(
        f"F9 {what}",
        source=f"{what} in the sound",
        expected="beeps within 20 ms of their flashes",
        seen=f"{offsets} ms",
        is_right=is_right,
    )


async def test_a_slow_sound_clock_is_followed_without_clicks(
    make_clip: Any, transcode: Any, hold: Any
) -> None:
    """A device that records 0.4 % too few samples: 32 ms after 8 s, too little for each step to be
    heard."""
    picture, sound = build_beep_inputs(seconds=8)[3], "if(lt(mod(t*1.004,1),0.1),0.5*sin(2*PI*1000*t),0)"
    raw = make_clip(
        "raw.mkv",
        "-f",
        "lavfi",
        "-i",
        picture,
        "-f",
        "lavfi",
        "-i",
        f"aevalsrc='{sound}':s=48000:d=8",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "pcm_s16le",
    )
    slow = ("-c", "copy", "-bsf:a", "setts=pts=PTS*1.004:dts=DTS*1.004")
    outcome = await transcode(make_clip("slow.mkv", "-i", str(raw), *slow))
    offsets = measure_sync(find_mp4(outcome))
    is_right = is_in_step(offsets)
    hold(
        "F9 slow clock",
        source="a sound clock that is 0.4 % slow",
        expected="beeps within 20 ms",
        seen=f"{offsets} ms",
        is_right=is_right,
    )


async def test_a_fragmented_recording_is_in_step(make_clip: Any, transcode: Any, hold: Any) -> None:
    source = make_beeps(
        make_clip,
        "capture.mp4",
        "-c:v",
        "libx264",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "aac",
        "-movflags",
        "+frag_keyframe+empty_moov",
        seconds=6,
    )
    outcome = await transcode(source)
    offsets = measure_sync(find_mp4(outcome))
    is_right = is_in_step(offsets)
    hold(
        "F9 fragmented",
        source="fragmented MP4 with B frames and no edit list",
        expected="beeps within 20 ms",
        seen=f"{offsets} ms",
        is_right=is_right,
    )


async def test_sound_that_changes_its_layout_and_rate_stays_in_step(
    make_clip: Any, transcode: Any, hold: Any
) -> None:
    """Like a broadcast that changes from a programme in 5.1 to advertisements in stereo. Each frame
    has its own time: ffmpeg's demuxer would guess the times from the first part's rate, up to 28 ms
    wrong at another rate."""
    joined = make_clip("none.ts", "-f", "lavfi", "-i", "testsrc2=d=0.1")
    parts = []
    for index, (channels, rate) in enumerate([(2, 48000), (6, 48000), (2, 44100), (1, 48000)]):
        part = make_beeps(
            make_clip,
            f"{index}.ts",
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-pix_fmt",
            "yuv420p",
            "-bf",
            "0",
            "-ac",
            str(channels),
            "-ar",
            str(rate),
            "-c:a",
            "aac",
            "-pes_payload_size",
            "0",
            "-output_ts_offset",
            str(3 * index),
            seconds=3,
        )
        parts.append(part.read_bytes())
    joined.write_bytes(b"".join(parts))
    mp4 = find_mp4(await transcode(joined))
    # the first beep of each part lies at a joint, where the encoder of the source left its own
    # silence
    offsets = [offset for index, offset in enumerate(measure_sync(mp4), start=1) if index % 3]
    seconds = measure_seconds(mp4, stream="a:0")
    packets = int(read_stream(mp4, stream="a:0")["nb_frames"])
    is_right = is_in_step(offsets) and abs(packets * 1024 / 48000 - 12) < 0.15
    hold(
        "F6 layouts",
        source="TS: stereo, 5.1, stereo at 44.1 kHz, mono, 3 s each",
        expected="beeps within 20 ms, 12 s of sound",
        seen=f"{offsets} ms, {seconds:.2f} s",
        is_right=is_right,
    )


CHUNKED = {
    "MP4": ("chunks.mp4", ()),
    # its clock starts with the first stream that is read
    "TS whose sound begins 1.5 s after the picture": ("chunks.ts", ("-af", "aselect=gte(t\\,1.5)")),
}


@pytest.mark.parametrize("what", CHUNKED)
async def test_sound_encoded_apart_from_chunks_is_in_step(
    make_clip: Any, transcode: Any, hold: Any, what: str
) -> None:
    name, options = CHUNKED[what]
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-pix_fmt", "yuv420p", "-c:a", "aac")
    outcome = await transcode(make_beeps(make_clip, name, *options, *codecs, seconds=18), chunk_seconds=6)
    assert len([result for result in outcome.results if result.kind == "encode"]) == 3
    master = outcome.folder / "master.m3u8"
    master.write_text(build_master(outcome))
    first = 1 if options else 0
    mp4, hls = measure_sync(find_mp4(outcome))[first:], measure_sync(master)[first:]
    # over HLS this reader plays the encoder's first 1024 samples, as it does for one piece
    is_right = is_in_step(mp4) and max(map(abs, hls)) < 1000 / 30 and len(mp4) == len(hls) == 17 - first
    hold(
        f"F9 chunks, {what}",
        source=f"{what}, encoded in three chunks",
        expected=f"{17 - first} beeps within 20 ms of their flashes in the MP4, within a frame over HLS",
        seen=f"{len(mp4)}, MP4 {min(mp4)} to {max(mp4)} ms, HLS {min(hls)} to {max(hls)} ms",
        is_right=is_right,
    )
