"""Which of the source's tracks becomes the sound, by its headers and by a trial."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from video_processor.adapters.ffmpeg import blames_sound, choose_failure
from video_processor.adapters.sound_trial import parse_first_time
from video_processor.errors import EncodeFailed, SoundFailed
from video_processor.ports import HeardSound
from video_processor.testing.media import MemoryInspector, build_probe
from video_processor.use_cases.choose_sound import ChosenSound, choose_sound
from videoforge.messages import Chunk, EncodeInput, EncodeResult, PrepareInput, PrepareResult, SoundMix
from videoforge.problem_codes import Code
from videoforge_media.sound_tracks import AudioTrack

PLAIN = build_probe().audio_tracks[0]


def build_track(index: int, **changes: Any) -> AudioTrack:
    return replace(PLAIN, index=index, **changes)


async def choose(
    *tracks: AudioTrack, container: str = "mpegts", **heard: HeardSound | None
) -> tuple[ChosenSound, list[str]]:
    """Return the choice and its warnings' codes; `heard` gives for "t1" the result of track 1's
    trial."""
    inspector = MemoryInspector()
    inspector.heard = {int(name[1:]): sound for name, sound in heard.items()}
    chosen = await choose_sound(
        inspector, Path("source"), build_probe(audio_tracks=tracks, container=container)
    )
    return chosen, [warning.code for warning in chosen.warnings]


async def test_a_track_that_gives_nothing_makes_room_for_the_next() -> None:
    chosen, codes = await choose(build_track(1), build_track(2, is_default=False), t1=None)
    assert (chosen.stream, codes) == (2, ["audio_tracks_dropped", "audio_track_replaced"])


async def test_without_a_track_that_sounds_there_is_no_sound() -> None:
    for tracks in ([], [build_track(1)]):
        chosen, codes = await choose(*tracks, t1=None)
        assert (chosen.stream, codes) == (None, ["no_audio"])


async def test_an_index_that_counts_frames_needs_no_trial() -> None:
    chosen, _ = await choose(build_track(1), container="mp4", t1=None)  # nobody listens to it
    assert chosen.stream == 1
    for doubtful in ({"frame_count": None}, {"codec": "mpegh_3d_audio"}, {"channels": 4}):
        chosen, _ = await choose(build_track(1, **doubtful), container="mp4", t1=None)
        assert chosen.stream is None


async def test_the_mix_knows_the_channels_and_the_sound_field() -> None:
    chosen, codes = await choose(build_track(1, channels=4), t1=HeardSound(0.0, ambisonic_order=1))
    assert chosen.mix == SoundMix(channels=4, ambisonic_order=1)
    assert codes == ["ambisonic_sound_mixed"]


async def test_two_mono_tracks_of_a_camera_are_joined() -> None:
    left, right, third = (build_track(i, channels=1, is_default=i == 1) for i in (1, 2, 3))
    chosen, codes = await choose(left, right, third, container="mxf")
    assert (chosen.stream, chosen.mix.right_stream) == (1, 2)
    assert codes == ["audio_tracks_dropped"]
    assert "the first two" in chosen.warnings[0].message
    _, codes = await choose(left, right, container="mxf")
    assert codes == []


@pytest.mark.parametrize(
    "changes",
    [{"channels": 2}, {"language": "deu"}, {"codec": "mp3"}, {"sample_rate_hz": 44100}, {"is_aside": True}],
)
async def test_mono_tracks_that_are_no_pair_stay_apart(changes: dict[str, Any]) -> None:
    right = replace(build_track(2, channels=1), **changes)
    chosen, _ = await choose(build_track(1, channels=1), right, container="mxf")
    assert chosen.mix.right_stream is None


async def test_matroska_holds_alternatives_and_no_pairs_unless_it_is_pcm() -> None:
    for codec, right in (("aac", None), ("pcm_s24le", 2)):
        tracks = [build_track(index, channels=1, codec=codec) for index in (1, 2)]
        chosen, _ = await choose(*tracks, container="matroska")
        assert chosen.mix.right_stream == right


@pytest.mark.parametrize("heard", [None, HeardSound(11.0), HeardSound(None)])
async def test_a_right_ear_that_is_silent_or_late_is_left_out(heard: HeardSound | None) -> None:
    """If joined, the left track would wait for it in memory."""
    tracks = [build_track(index, channels=1, codec="pcm_s24le") for index in (1, 2)]
    chosen, _ = await choose(*tracks, container="mxf", t2=heard)
    assert (chosen.stream, chosen.mix.right_stream) == (1, None)


async def test_a_pause_of_the_sound_is_passed_to_the_encoder() -> None:
    inspector = MemoryInspector()
    inspector.sound_gap = 40
    chosen = await choose_sound(inspector, Path("source"), build_probe(container="mpegts"))
    assert chosen.mix.gap_seconds == 40


def test_the_trial_reads_when_the_first_frame_begins() -> None:
    head = "#software: Lavf63\n#tb 0: 1/48000\n#media_type 0: audio\n"
    assert parse_first_time(head) is None
    assert parse_first_time(head + "0,  72000,  72000,  1024,  4096, 0x33a9065f\n") == 1.5
    assert parse_first_time("") is None


@pytest.mark.parametrize(
    ("said", "is_sound"),
    [
        ("[aist#0:1/aac @ 0x5] [dec:aac @ 0x6] Decode error rate 0.9 exceeds maximum 0.666667", True),
        ("[af#1:0 @ 0x5] Terminating thread with return code -22 (Invalid argument)", True),
        ("[fc#2 @ 0x5] Terminating thread with return code -22 (Invalid argument)", True),
        ("[out#1/nut @ 0x5] Terminating thread with return code -32 (Broken pipe)", True),
        ("[aist#0:1/aac @ 0x5] Error submitting packet to decoder: Invalid data found", False),
        ("[fc#1 @ 0x5] Terminating thread with return code -22 (Invalid argument)", False),
        (
            "[aist#0:1/aac @ 0x5] [dec:aac @ 0x6] Decode error rate 0.9 exceeds maximum 0.666667\n"
            "[vist#0:0/h264 @ 0x5] [dec:h264 @ 0x6] Decode error rate 0.9 exceeds maximum 0.666667",
            False,
        ),
        ("", False),
    ],
)
def test_the_sound_is_blamed_for_its_own_failures_alone(said: str, is_sound: bool) -> None:
    assert blames_sound(said) is is_sound


def fail(*, is_certain: bool = False, stderr: str = "") -> EncodeFailed:
    return EncodeFailed(Code.encode_failed, "-", stderr_tail=stderr, is_certain=is_certain)


def test_sound_that_cannot_be_encoded_is_left_out() -> None:
    said = "[aist#0:1/aac @ 0x5] [dec:aac @ 0x6] Decode error rate 0.9 exceeds maximum 0.666667"
    assert isinstance(choose_failure(fail(is_certain=True), sound=fail(is_certain=True)), SoundFailed)
    assert isinstance(choose_failure(fail(is_certain=True, stderr=said), sound=None), SoundFailed)


def test_a_process_that_was_killed_costs_no_sound() -> None:
    """Each notices the other's end through the pipe, which looks like a failure of its own."""
    broken = "[out#1/nut @ 0x5] Terminating thread with return code -32 (Broken pipe)"
    killed, cut_off = fail(), fail(is_certain=True, stderr=broken)
    assert choose_failure(cut_off, sound=killed) is killed
    assert choose_failure(killed, sound=fail(is_certain=True)) is killed
    assert choose_failure(killed, sound=None) is killed


def test_a_picture_that_fails_by_itself_is_the_pictures_failure() -> None:
    picture = fail(is_certain=True, stderr="[vist#0:0/h264 @ 0x5] Decode error rate 0.9 exceeds maximum")
    assert choose_failure(picture, sound=None) is picture


async def test_a_picture_whose_sound_fails_is_encoded_without_it(world: Any, run_task: Any) -> None:
    prepared = await run_task(world.tools, PrepareInput(source=world.source, output_formats=["480p"]))
    assert isinstance(prepared, PrepareResult)
    world.ffmpeg.sound_failure = SoundFailed(stderr_tail="")
    chunk: Chunk = prepared.plan.chunks[0]
    encoded = await run_task(world.tools, EncodeInput(source=world.source, plan=prepared.plan, chunk=chunk))
    assert isinstance(encoded, EncodeResult)
    assert encoded.audio is None
    assert [warning.code for warning in encoded.warnings] == ["no_audio"]
    assert [track.format for track in encoded.renditions] == ["480p"]
