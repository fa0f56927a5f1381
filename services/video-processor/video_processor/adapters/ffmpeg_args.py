"""ffmpeg's command lines, as pure lists of arguments; ffmpeg.py adds the program and its sandbox.

One process decodes the source once and encodes every rung (44 % less time than a process per rung
at 4K, own measurement 2026-11). Each rung, and the sound, is a separate HLS output: one stream per
output needs no interleaving, and the sound is encoded once for all. The decoded sound leaves that
process through a pipe, and a second process encodes it (see sound_filters.py for the reason). Every
flag has its reason next to it.
"""

from pathlib import Path
from typing import Final

from video_processor.adapters.picture_graph import build_picture_graphs
from video_processor.adapters.sound_filters import (
    build_pair_graph,
    build_silence_graph,
    build_source_filters,
    build_steady_graph,
)
from video_processor.domain.encode_job import CLOCK_BASE_SECONDS, INIT_NAME, PLAYLIST_NAME, EncodeJob
from video_processor.domain.gop import SEGMENT_SECONDS, count_gop_frames, count_segment_frames
from video_processor.domain.storyboard import COLUMNS, ROWS, StoryboardLayout
from videoforge.keys import AUDIO_FOLDER
from videoforge.messages import Plan, Rung, SoundMix
from videoforge_media.decoder import build_decoder_options
from videoforge_media.ffprobe import PROTOCOLS, VIDEO_FORMATS
from videoforge_media.packet_clock import JOINED_FORMATS
from videoforge_media.picture import build_jpeg_filters

AUDIO_BITRATE_BPS: Final = 128_000
#: With this, x264 `fast` reaches a VMAF of 92–98, and easy pictures stay below the ceiling.
CRF: Final = 23
_BUFFER_SECONDS: Final = 2
#: What x264 aims at for the end of an encode at constant quality (ratecontrol.c, clip_qscale: "Try
#: to have buffer filled at least 50%"). With 0.6 the buffer's level rose from joint to joint.
_QUALITY_START: Final = 0.5
#: At a plain bitrate an encode does not spend its buffer at the end, and begins more carefully: with
#: 0.5 the second after a joint had 2.3 dB less than in one piece, with 0.9 the level rose.
_PLAIN_START: Final = 0.8


def build_encode_arguments(job: EncodeJob, *, sound_pipe: int | None = None) -> list[str]:
    """Return the arguments that encode one chunk into all rungs, lowest rung first. `sound_pipe` is
    the file descriptor that receives the decoded sound for `build_sound_arguments`; None without
    sound."""
    arguments = [*_build_preamble(), *_build_progress(), *_build_inputs(job)]
    arguments += _build_picture(job) if job.plan.ladder else _build_unused_picture(job)
    if sound_pipe is not None and job.plan.audio_stream is not None:
        arguments += _build_decoded_sound(job, track=job.plan.audio_stream, pipe=sound_pipe)
    return arguments


def _build_picture(job: EncodeJob) -> list[str]:
    graphs = [word for graph in build_picture_graphs(job) for word in ("-filter_complex", graph)]
    return [
        *graphs,
        *("-filter_complex_threads", str(job.threads)),  # default: one per CPU of the whole machine
        *(
            word
            for index, rung in enumerate(job.plan.ladder)
            for word in _build_video_output(job, index=index, rung=rung)
        ),
    ]


def _build_unused_picture(job: EncodeJob) -> list[str]:
    """Return an output that reads the picture of an MPEG stream and drops it, which costs nothing.
    Its clock starts with the first stream that is used: without the picture, sound that begins
    later would begin at 0. Other containers have a clock of their own."""
    if job.probe.container not in JOINED_FORMATS:
        return []
    return ["-map", f"0:{job.plan.video_stream}", "-c:v", "copy", "-f", "null", "-"]


def _build_decoded_sound(job: EncodeJob, *, track: int, pipe: int) -> list[str]:
    """Return the output of decoded sound. It has a graph of its own: in one graph with the picture,
    ffmpeg buffers all pictures until the first sound arrives (4.8 GB for sound that begins after 95
    s of 1080p)."""
    mix = job.plan.sound_mix
    if job.is_silent:
        sound = ["-map", "1:a"]
    elif mix.right_stream is None:
        sound = ["-map", f"0:{track}", "-af", ",".join(build_source_filters(mix))]
    else:
        pair = build_pair_graph(f"0:{track}", f"0:{mix.right_stream}", label="a")
        sound = ["-filter_complex", pair, "-map", "[a]"]
    return [
        *sound,
        *("-c:a", "pcm_f32le"),
        *("-map_metadata", "-1", "-map_chapters", "-1"),
        # carries the times of all samples; an index would grow in memory
        *("-f", "nut", "-write_index", "0"),
        f"pipe:{pipe}",
    ]


def build_sound_arguments(job: EncodeJob) -> list[str]:
    """Return the arguments that encode the decoded sound from standard input."""
    return [
        *_build_preamble(),
        *_build_progress(),
        "-copyts",  # otherwise sound that begins late would begin at 0
        *("-protocol_whitelist", "pipe", "-format_whitelist", "nut", "-f", "nut", "-i", "pipe:0"),
        *("-filter_complex", build_steady_graph(job.plan.sound_mix, label="a"), "-map", "[a]"),
        *_build_audio_output(job),
    ]


def build_trial_arguments(path: Path, *, track: int, mix: SoundMix) -> list[str]:
    """Return the arguments that run a track's first frames through the encode's own filters, and
    list them with their times on standard output."""
    return [
        # no -v: at the level "info" ffmpeg lists the streams with their layouts
        *("-hide_banner", "-nostdin", "-nostats"),
        *_build_guarded_input(path),
        *("-map", f"0:{track}"),
        *("-af", ",".join(build_source_filters(mix))),
        *("-frames:a", "3"),
        *("-f", "framecrc", "pipe:1"),
    ]


def _build_preamble() -> list[str]:
    return [
        "-hide_banner",
        "-nostdin",  # otherwise it reads keys from a terminal, and is stopped if its group has none
        *("-v", "level+warning"),  # each line with its level, which tells complaints from remarks
        "-nostats",  # progress has its own pipe, so that stderr contains only errors
    ]


def _build_progress() -> list[str]:
    return ["-stats_period", "0.5", "-progress", "pipe:1"]


def _build_guarded_input(path: Path) -> list[str]:
    """Return an input with its allow-lists, which only apply if they precede it. Without the format
    list a playlist named .mp4 would read other files of this machine into the picture."""
    return ["-protocol_whitelist", PROTOCOLS, "-format_whitelist", VIDEO_FORMATS, "-i", f"file:{path}"]


def _build_inputs(job: EncodeJob) -> list[str]:
    # ffmpeg treats longer steps of the clock as splices and closes them up; a pause of the sound
    # alone is not a splice.
    gap = job.plan.sound_mix.gap_seconds
    joints = ["-dts_delta_threshold", str(gap + 1)] if gap else []
    # the decoder's threads; and which decoder, where FFmpeg's default would lose the transparency
    threads = [*joints, "-threads", str(job.threads), *build_decoder_options(job.probe)]
    # Autorotation turns by right angles. At other angles it pads and crops, which no player does.
    upright = ["-noautorotate"] if job.probe.is_rotation_odd else []
    # otherwise frames shown before the first packet's frame have a negative time and are dropped
    early = ["-itsoffset", f"{job.probe.early_seconds:.6f}"] if job.probe.early_seconds else []
    seek = _build_seek(job.seek_seconds) if job.seek_seconds else []
    # as an input's option, which leaves the filters and the encoder as they are for the whole source
    limit = ["-t", f"{job.read_seconds:.6f}"] if job.read_seconds else []
    return [
        *(*threads, *upright, *early, *seek, *limit, *_build_guarded_input(job.source)),
        *(_build_silence(job.plan) if job.is_silent else []),
    ]


def _build_silence(plan: Plan) -> list[str]:
    """Return an input of silence, in the form that the sound's process expects."""
    return ["-f", "lavfi", "-t", f"{plan.duration_seconds:.6f}", "-i", build_silence_graph()]


def _build_seek(seconds: float) -> list[str]:
    return [
        # Pictures keep the times that they have in the whole source. Shifted back by -itsoffset, those
        # of a transport stream count as a jump after 10 s, and are closed up.
        *("-copyts", "-start_at_zero"),
        # Those between the key frame and the chunk are not dropped here: the graph needs some of them.
        "-noaccurate_seek",
        *("-ss", f"{seconds:.6f}"),  # before -i: after it, everything from the start would be decoded
    ]


def _build_video_output(job: EncodeJob, *, index: int, rung: Rung) -> list[str]:
    return [
        *("-map", f"[v{index}]"),
        *("-c:v", "libx264", "-preset", "fast"),  # veryfast needs 21 % more bits, medium 17 % more CPU
        *("-profile:v", "high"),  # explicit, so that an accidental 4:2:2 fails here and not on a phone
        *_build_rate_control(job.plan, rung=rung),
        *_build_buffer_start(job, rung=rung),
        *("-fps_mode", "passthrough"),  # otherwise a later chunk is filled with frames from 0 on
        *("-g", str(count_gop_frames(job.frame_rate))),  # every so many frames, in all rungs and chunks
        *("-sc_threshold", "0"),  # no key frames at scene cuts: their places would differ between rungs
        *("-threads", str(job.threads)),
        *_build_hls(job, folder=rung.format),
    ]


def _build_rate_control(plan: Plan, *, rung: Rung) -> list[str]:
    """Constant quality under a ceiling (never worse than the plain bitrate, and 30–60 % fewer bits
    on easy pictures), or the plain bitrate if the user asked for it. The buffer holds two seconds
    in both cases."""
    is_plain = plan.options.rate_control == "bitrate"
    target = ["-b:v", str(rung.bitrate_bps)] if is_plain else ["-crf", str(CRF)]
    return [*target, "-maxrate", str(rung.bitrate_bps), "-bufsize", str(_BUFFER_SECONDS * rung.bitrate_bps)]


def _build_buffer_start(job: EncodeJob, *, rung: Rung) -> list[str]:
    """A later chunk begins with the fill at which the one before ends. x264 begins every encode
    with 0.9 of the buffer full, and each joint added four tenths of a buffer to what a player has
    to hold: 2.2 buffers after four joints (own measurement, 2026-12; docs/chunks.md)."""
    if not job.chunk.index:
        return []
    fill = _PLAIN_START if job.plan.options.rate_control == "bitrate" else _QUALITY_START
    return ["-rc_init_occupancy", str(round(fill * _BUFFER_SECONDS * rung.bitrate_bps))]


def _build_audio_output(job: EncodeJob) -> list[str]:
    return [
        *("-c:a", "aac", "-profile:a", "aac_low"),  # AAC-LC is the only profile that everything plays
        *("-b:a", str(AUDIO_BITRATE_BPS)),
        *_build_hls(job, folder=AUDIO_FOLDER),
    ]


def _build_hls(job: EncodeJob, *, folder: str) -> list[str]:
    target = job.target / folder
    return [
        *("-map_metadata", "-1"),  # no location, device or person of the recording in a public file
        *("-map_chapters", "-1"),  # a chapter track would appear as a second stream
        *("-output_ts_offset", str(CLOCK_BASE_SECONDS)),
        *("-f", "hls", "-hls_playlist_type", "vod"),
        *("-hls_time", _find_hls_time(job, folder=folder)),
        *("-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", INIT_NAME),
        # Segments keep the clock of the whole timeline: without this ffmpeg starts each output at 0
        # with an edit list, and chunks cannot be joined.
        *("-hls_segment_options", "movflags=+frag_discont"),
        # temp_file: a segment gets its final name when it is complete, so that it can be uploaded
        # once it appears
        *("-hls_flags", "independent_segments+temp_file"),
        *("-start_number", str(job.chunk.first_segment)),
        *("-hls_segment_filename", f"{target}/%05d.m4s"),
        f"{target}/{PLAYLIST_NAME}",
    ]


def _find_hls_time(job: EncodeJob, *, folder: str) -> str:
    """Return the least seconds of a segment, which ends at the next key frame: those of its frames,
    never rounded up, since the muxer adds up the figure and would miss the key frame."""
    if folder == AUDIO_FOLDER:
        return str(SEGMENT_SECONDS)
    microseconds = 1_000_000 * count_segment_frames(job.frame_rate) // job.frame_rate
    return f"{microseconds / 1_000_000:.6f}"


def build_mp4_arguments(*, video: Path, audio: Path | None, target: Path) -> list[str]:
    """Return the arguments that copy a rendition's joined segments into one MP4, without encoding
    again."""
    # Keep both inputs' clocks; zeroed separately, the sound was 23 ms late (AAC priming).
    inputs = ["-copyts", *_build_guarded_input(video)]
    maps = ["-map", "0:v:0"]
    if audio is not None:
        inputs += ["-copyts", *_build_guarded_input(audio)]
        maps += ["-map", "1:a:0"]
    return [
        *_build_preamble(),
        *_build_progress(),
        *inputs,
        *maps,
        *("-c", "copy"),
        *("-output_ts_offset", str(-CLOCK_BASE_SECONDS)),  # back to 0, picture and sound together
        *("-movflags", "+faststart"),  # index first, otherwise a browser reads to the end before playing
        *("-map_metadata", "-1", "-map_chapters", "-1"),
        *("-f", "mp4", f"file:{target}"),
    ]


def build_storyboard_arguments(*, video: Path, layout: StoryboardLayout, target_pattern: Path) -> list[str]:
    """Return the arguments that put key frames of a rendition on sprite sheets."""
    every = f"select=not(mod(n\\,{layout.gops_per_tile}))," if layout.gops_per_tile > 1 else ""
    tile = f"{every}scale={layout.tile_width}:{layout.tile_height}:flags=lanczos"
    graph = ",".join([tile, *build_jpeg_filters(), f"tile={COLUMNS}x{ROWS}"])
    return [
        *_build_preamble(),
        *_build_progress(),
        *("-threads", "1"),  # more threads buffer more frames, and single key frames gain nothing
        *("-skip_frame", "nokey"),  # a fifth of the work of decoding all frames
        *("-discard", "nokey"),  # do not read the others either, which are most of the file
        *_build_guarded_input(video),
        *("-map", "0:v:0"),
        *("-vf", graph),
        *("-fps_mode", "passthrough"),  # otherwise frames are repeated between key frames
        *("-q:v", "4"),
        *("-f", "image2", "-start_number", "0", f"file:{target_pattern}"),
    ]
