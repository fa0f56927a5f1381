"""Whole ffmpeg command lines, one argument per line, compared with golden/. UPDATE_GOLDEN=1
rewrites them; review the difference before you commit it."""

import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from video_processor.adapters.ffmpeg_args import (
    build_encode_arguments,
    build_mp4_arguments,
    build_sound_arguments,
    build_storyboard_arguments,
    build_trial_arguments,
)
from video_processor.adapters.picture_graph import build_picture_graphs
from video_processor.domain.chunks import plan_chunks, plan_whole
from video_processor.domain.encode_job import EncodeJob, leave_sound_alone
from video_processor.domain.gop import choose_frame_rate, format_rate
from video_processor.domain.interlace import can_be_interlaced
from video_processor.domain.storyboard import plan_storyboard
from video_processor.testing.media import build_probe
from videoforge.encode_options import EncodeOptions
from videoforge.messages import Plan, SoundMix
from videoforge_media.ladder import choose_ladder
from videoforge_media.probe import Probe

GOLDEN = Path(__file__).parent / "golden"


def build_job(
    probe: Probe,
    *,
    formats: tuple[str, ...] = ("720p", "480p"),
    chunk_seconds: int = 0,
    chunk: int = 0,
) -> EncodeJob:
    seconds, rate = probe.video_duration_seconds, choose_frame_rate(probe)
    chunks = plan_whole(seconds)
    if chunk_seconds:
        chunks = plan_chunks(seconds, frame_rate=rate, chunk_seconds=chunk_seconds)
    plan = Plan(
        ladder=choose_ladder(probe.picture_size, output_formats=formats).rungs,
        chunks=chunks,
        duration_seconds=probe.video_duration_seconds,
        frame_rate=format_rate(rate),
        video_stream=probe.video_stream,
        audio_stream=probe.audio_stream,
        deinterlace=can_be_interlaced(probe),
        tone_map=probe.tone_map_curve,
    )
    return EncodeJob(
        source=Path("/scratch/source"),
        target=Path("/scratch/out"),
        probe=probe,
        plan=plan,
        chunk=chunks[chunk],
        threads=2,
    )


def check_golden(name: str, arguments: list[str]) -> None:
    path, text = GOLDEN / f"{name}.txt", "\n".join(arguments) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()


def test_the_whole_command_of_a_plain_clip() -> None:
    job = build_job(build_probe())
    check_golden("encode_plain", build_encode_arguments(job, sound_pipe=5))
    check_golden("encode_sound", build_sound_arguments(job))


def test_the_whole_command_of_a_silent_hdr_clip_in_4k() -> None:
    hdr = build_probe(
        width=3840,
        height=2160,
        audio_stream=None,
        color_transfer="smpte2084",
        color_primaries="bt2020",
        color_matrix="bt2020nc",
        hdr="hdr10",
        pixel_format="yuv420p10le",
        frame_rate=Fraction(60000, 1001),
    )
    check_golden("encode_hdr_4k", build_encode_arguments(build_job(hdr, formats=("4K",))))


def test_the_whole_command_of_a_first_and_a_later_chunk() -> None:
    probe = build_probe(video_duration_seconds=61.5, duration_seconds=61.5)
    first = build_job(probe, formats=("480p",), chunk_seconds=24)
    check_golden("encode_first_chunk", build_encode_arguments(first))
    later = build_job(probe, formats=("480p",), chunk_seconds=24, chunk=2)
    check_golden("encode_later_chunk", build_encode_arguments(later))
    plan = leave_sound_alone(first.plan)
    sound = replace(first, plan=plan, chunk=plan.chunks[0])
    check_golden("decode_sound_of_chunks", build_encode_arguments(sound, sound_pipe=5))
    assert build_sound_arguments(sound) == build_sound_arguments(build_job(probe))


def test_the_whole_command_of_an_mp4_and_of_a_storyboard() -> None:
    video, audio, target = Path("/scratch/v.mp4"), Path("/scratch/a.mp4"), Path("/scratch/480p.mp4")
    check_golden("copy_to_mp4", build_mp4_arguments(video=video, audio=audio, target=target))
    layout = plan_storyboard(width=854, height=480, duration_seconds=3600, frame_rate=Fraction(25))
    pattern = Path("/scratch/storyboard-%03d.jpg")
    check_golden("storyboard", build_storyboard_arguments(video=video, layout=layout, target_pattern=pattern))


def test_the_plain_bitrate_replaces_constant_quality_when_asked_for() -> None:
    job = build_job(build_probe(), formats=("480p",))
    plain = replace(job, plan=job.plan.model_copy(update={"options": EncodeOptions(rate_control="bitrate")}))
    arguments = build_encode_arguments(plain)
    assert "-crf" not in arguments
    assert arguments[arguments.index("-b:v") + 1] == "1000000"
    assert arguments[arguments.index("-maxrate") + 1] == "1000000"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "bwdif=mode=send_frame:deint=interlaced,setparams="),
        ({"frame_rate": Fraction(120)}, "deint=interlaced,fps=fps=60/1,setparams="),
        ({"has_alpha": True, "pixel_format": "yuva444p12le"}, "premultiply=inplace=1,scale="),
        ({"color_range": "pc"}, "in_range=pc:out_color_matrix=bt709:out_range=tv"),
        ({"color_matrix": None, "coded_width": 720, "coded_height": 576}, "in_color_matrix=smpte170m"),
        ({"color_matrix": None}, "in_color_matrix=bt709"),
        ({"color_matrix": "bt2020nc"}, "in_color_matrix=bt2020"),
        (
            {"is_variable_frame_rate": True, "frame_rate": Fraction(722, 100)},
            "fps=fps=24000/1001:start_time=0",
        ),
        ({"color_transfer": "arib-std-b67", "hdr": "hlg"}, "color_trc=arib-std-b67"),
    ],
)
def test_odd_sources_get_their_filter(changes: dict[str, object], words: str) -> None:
    assert words in ";".join(build_picture_graphs(build_job(build_probe(**changes))))


@pytest.mark.parametrize(
    ("mix", "words"),
    [
        (
            SoundMix(right_stream=2),
            "[0:1]aformat=sample_rates=48000:channel_layouts=mono:sample_fmts=flt,asettb",
        ),
        (SoundMix(right_stream=2), "[left][right]amix=inputs=2:duration=longest:normalize=0"),
        (SoundMix(channels=4, ambisonic_order=1), "pan=stereo|c0=0.5*c0+0.5*c1|c1=0.5*c0-0.5*c1,aformat="),
        (SoundMix(channels=6, ambisonic_order=1), "pan=stereo|c0=0.5*c0+0.5*c1+c4|c1=0.5*c0-0.5*c1+c5,"),
    ],
)
def test_odd_sound_gets_its_mix(mix: SoundMix, words: str) -> None:
    job = build_job(build_probe())
    mixed = replace(job, plan=job.plan.model_copy(update={"sound_mix": mix}))
    assert any(words in argument for argument in build_encode_arguments(mixed, sound_pipe=5))


def test_only_a_mix_of_more_than_two_channels_is_limited_below_full_scale() -> None:
    job = build_job(build_probe())
    for channels, ceiling in ((1, "limit=1:"), (2, "limit=1:"), (6, "limit=0.84:")):
        plan = job.plan.model_copy(update={"sound_mix": SoundMix(channels=channels)})
        assert any(ceiling in argument for argument in build_sound_arguments(replace(job, plan=plan)))


def test_a_pause_of_the_sound_is_no_joint() -> None:
    job = build_job(build_probe())
    paused = replace(job, plan=job.plan.model_copy(update={"sound_mix": SoundMix(gap_seconds=40)}))
    assert "-dts_delta_threshold" not in build_encode_arguments(job)
    arguments = build_encode_arguments(paused)
    assert arguments[arguments.index("-dts_delta_threshold") + 1] == "41"


def test_an_odd_turn_is_not_applied() -> None:
    assert "-noautorotate" in build_encode_arguments(build_job(build_probe(is_rotation_odd=True)))


def test_the_allow_lists_stand_before_every_input() -> None:
    probe = build_probe(video_duration_seconds=61.5)
    for arguments in (
        build_encode_arguments(build_job(probe), sound_pipe=5),
        build_encode_arguments(build_job(probe, chunk_seconds=24), sound_pipe=5),
        build_trial_arguments(Path("/s"), track=1, mix=SoundMix()),
        build_mp4_arguments(video=Path("/v"), audio=Path("/a"), target=Path("/t")),
    ):
        inputs = [index for index, argument in enumerate(arguments) if argument == "-i"]
        assert inputs
        for index in inputs:
            assert arguments[index - 4 : index - 2] == ["-protocol_whitelist", "file"]
            assert arguments[index - 2] == "-format_whitelist"
            assert "hls" not in arguments[index - 1].split(",")
            assert arguments[index + 1].startswith("file:/")


def test_the_sound_is_read_from_nothing_but_the_pipe() -> None:
    arguments = build_sound_arguments(build_job(build_probe()))
    index = arguments.index("-i")
    assert arguments[index - 6 : index + 2] == [
        *("-protocol_whitelist", "pipe", "-format_whitelist", "nut", "-f", "nut", "-i", "pipe:0")
    ]


def test_fields_without_a_mark_are_deinterlaced_in_every_frame() -> None:
    job = build_job(build_probe())
    hidden = replace(job, plan=job.plan.model_copy(update={"field_order": "bff"}))
    assert "bwdif=mode=send_frame:parity=bff:deint=all,setparams=" in build_picture_graphs(hidden)[0]
