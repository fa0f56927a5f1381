"""How channels and tracks become one stereo sound: which track, which channel, how loud."""

from typing import Any

import pytest
from kit.clips import make_beeps
from kit.measure import measure_peak_dbfs, measure_seconds, measure_sync
from kit.sound import find_mp4, has_sound, is_in_step, measure_loudness, say

from video_processor.adapters.sound_filters import build_steady_graph
from videoforge.messages import SoundMix

pytestmark = pytest.mark.integration


async def test_a_sound_field_is_mixed_to_stereo(make_clip: Any, transcode: Any, hold: Any) -> None:
    """A voice on the left: W and Y are equal."""
    field = "sin(600*t)/2|sin(600*t)/2|0|0"
    source = make_clip(
        "field.mkv",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=320x180:rate=30:duration=2",
        "-f",
        "lavfi",
        "-i",
        f"aevalsrc='{field}':s=48000:d=2:c=4.0",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-af",
        "channelmap=channel_layout=ambisonic 1",
        "-c:a",
        "libopus",
        "-mapping_family",
        "2",
    )
    outcome = await transcode(source)
    left, right = measure_loudness(find_mp4(outcome)) if has_sound(outcome) else (-99.0, -99.0)
    is_right = left > -12 and right < -30 and "ambisonic_sound_mixed" in outcome.warnings
    hold(
        "F2 Ambisonics",
        source="Opus family 2, first order, a voice on the left",
        expected="stereo, on the left",
        seen=f"{say(outcome)}, left {left:.1f} dB, right {right:.1f} dB",
        is_right=is_right,
    )


async def test_the_found_sound_field_is_heard(find_found: Any, transcode: Any, hold: Any) -> None:
    outcome = await transcode(find_found("21h_ambisonic.mkv"))
    is_mixed = has_sound(outcome) and "ambisonic_sound_mixed" in outcome.warnings
    seconds = measure_seconds(find_mp4(outcome), stream="a:0") if is_mixed else 0.0
    loudest = max(measure_loudness(find_mp4(outcome))) if is_mixed else -99.0
    is_right = is_mixed and abs(seconds - 4) < 0.1 and loudest > -30
    hold(
        "F2 21h_ambisonic.mkv",
        source="first-order Ambisonics, 4 s",
        expected="4 s of stereo",
        seen=f"{say(outcome)}, {seconds:.2f} s at {loudest:.1f} dB",
        is_right=is_right,
    )


async def test_a_loud_film_mix_stays_below_full_scale(make_clip: Any, transcode: Any, hold: Any) -> None:
    """Six equal, nearly full-scale channels, as in an explosion; and a quiet passage that must not
    change."""
    loud = "|".join(["if(lt(t,2),0.94,0.05)*sin(2*PI*440*t)"] * 6)
    source = make_clip(
        "loud.mkv",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=320x180:rate=30:duration=4",
        "-f",
        "lavfi",
        "-i",
        f"aevalsrc='{loud}':s=48000:d=4:c=5.1",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-c:a",
        "flac",
    )
    mp4 = find_mp4(await transcode(source))
    peak = measure_peak_dbfs(mp4)
    quiet = make_clip("quiet.wav", "-ss", "2.5", "-i", str(mp4), "-t", "1")
    level = measure_peak_dbfs(quiet)  # 0.05 × (1 + 0.707 + 0.707) is −18.4 dBFS
    is_right = peak <= 0 and abs(level + 18.4) < 0.5
    hold(
        "F10 loud 5.1",
        source="5.1 at −0.5 dBFS in all channels, then quiet",
        expected="peak at most 0 dBFS, quiet as it was",
        seen=f"peak {peak:.1f} dBFS, quiet {level:.1f} dBFS",
        is_right=is_right,
    )


def test_plain_stereo_passes_bit_for_bit(make_clip: Any) -> None:
    tone = "0.99*sin(2*PI*440*t)|0.9*sin(2*PI*777*t)"
    source = make_clip("s.wav", "-f", "lavfi", "-i", f"aevalsrc='{tone}':s=48000:d=3", "-c:a", "pcm_f32le")
    graph = ("-filter_complex", build_steady_graph(SoundMix(channels=2), label="a"), "-map", "[a]")
    made = make_clip("made.wav", "-i", str(source), *graph, "-c:a", "pcm_f32le")
    samples = [path.read_bytes().partition(b"data")[2][4:] for path in (source, made)]
    assert samples[0] == samples[1]
    assert len(samples[0]) == 3 * 48000 * 8


@pytest.mark.parametrize("languages", [("und", "und"), ("eng", "deu")])
async def test_mono_tracks_of_a_camera_become_left_and_right(
    make_clip: Any, transcode: Any, hold: Any, languages: tuple[str, str]
) -> None:
    tones = [f"aevalsrc='{level}*sin(2*PI*440*t)':s=48000:d=2" for level in (0.5, 0.05, 0.9)]
    tags = [part for i, tag in enumerate(languages) for part in (f"-metadata:s:a:{i}", f"language={tag}")]
    source = make_clip(
        "camera.mov",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=320x180:rate=30:duration=2",
        *(part for tone in tones for part in ("-f", "lavfi", "-i", tone)),
        *("-map", "0", "-map", "1", "-map", "2", "-map", "3"),
        *tags,
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-c:a",
        "pcm_s16le",
    )
    left, right = measure_loudness(find_mp4(await transcode(source)))
    # one track alone goes to both ears at −3 dB each, which is as loud as it was
    level, apart = (-9, 20) if languages[0] == languages[1] else (-12, 0)
    is_right = left == pytest.approx(level, abs=0.5) and left - right == pytest.approx(apart, abs=0.5)
    hold(
        f"D3 mono tracks {'/'.join(languages)}",
        source="three mono tracks, the second 20 dB quieter",
        expected=f"left {apart} dB over right",
        seen=f"left {left:.1f} dB, right {right:.1f} dB",
        is_right=is_right,
    )


async def test_commentary_does_not_win_by_its_mark(make_clip: Any, transcode: Any, hold: Any) -> None:
    source = make_beeps(
        make_clip,
        "talk.mkv",
        "-f",
        "lavfi",
        "-i",
        "sine=duration=3",
        "-map",
        "2",
        "-map",
        "1",
        "-map",
        "0",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "aac",
        "-disposition:a:0",
        "default+comment",
        "-disposition:a:1",
        "0",
        seconds=3,
    )
    outcome = await transcode(source)
    offsets = measure_sync(find_mp4(outcome))
    is_right = is_in_step(offsets)
    hold(
        "Commentary",
        source="commentary marked default before the film's sound",
        expected="the film's sound",
        seen=f"beeps at {offsets} ms, {say(outcome)}",
        is_right=is_right,
    )
