"""The picture's two filter graphs: the first converts the decoded frames, the second puts them on
the frame grid and scales them to the rungs.

ffmpeg rebuilds a graph when its input changes (size, pixel format, colours), and its filters lose
their state. In one graph, a rebuilt `fps` counted from 0 again: an hour into a film 90,000 frames
were produced and discarded, and the picture was two frames late from there on. The first graph's
output never changes, so that the second graph, with the grid, is never rebuilt.
"""

from fractions import Fraction

from video_processor.domain.encode_job import EncodeJob
from video_processor.domain.still import find_held_seconds
from videoforge_media.picture import build_picture_filters


def build_picture_graphs(job: EncodeJob) -> list[str]:
    """Return the graphs from the source's picture to the rungs' `[v0]`, `[v1]` …, lowest first."""
    return [f"[0:{job.plan.video_stream}]{','.join(_build_shape_filters(job))}[shaped]", _build_ladder(job)]


def _build_shape_filters(job: EncodeJob) -> list[str]:
    plan, top, probe = job.plan, job.plan.ladder[-1], job.probe
    filters = []
    if plan.field_order:  # no frame is flagged, but the pictures are interlaced
        filters.append(f"bwdif=mode=send_frame:parity={plan.field_order}:deint=all")
    elif plan.deinterlace:
        # Only frames flagged as interlaced; one frame out per frame in, so that the rate stays.
        filters.append("bwdif=mode=send_frame:deint=interlaced")
    if job.probe.frame_rate > Fraction(plan.frame_rate):
        filters.append(f"fps=fps={plan.frame_rate}")  # frames that the grid drops need not be scaled
    return [
        *filters,
        *build_picture_filters(probe, width=top.width, height=top.height, tone_map=plan.tone_map),
        # Explicit, since players guess missing values, by size and each in its own way.
        "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709:field_mode=prog",
        "sidedata=mode=delete",  # HDR metadata, ICC profile and the old rotation no longer apply
        *_build_end(job),
        "setpts=PTS:strip_fps=1",  # otherwise times between graphs are rounded to the average rate
    ]


def _build_end(job: EncodeJob) -> list[str]:
    """Return the filters that repeat the last frame at the end: the next graph is not told when
    this one ends, and drops that frame. A still with sound is shown until the sound ends, at a
    constant rate, since a single frame may have none."""
    held = find_held_seconds(job.probe) if job.is_whole else 0.0
    if not held:
        return ["tpad=stop=1:stop_mode=clone"]
    rate = Fraction(job.plan.frame_rate)
    return [f"fps=fps={job.plan.frame_rate}", f"tpad=stop_mode=clone:stop_duration={held + 1 / rate:.3f}"]


def _build_ladder(job: EncodeJob) -> str:
    """Return the graph of the frame grid, with each rung scaled from the one above it. The cascade
    costs no quality and saves a third of the scaling (own measurement, 2026-11)."""
    ladder = job.plan.ladder
    # The whole picture is late if the source has an order and no times (never in a chunk).
    to_zero = "setpts=PTS-STARTPTS," if job.probe.picture_delay_seconds and job.is_whole else ""
    parts = [f"[shaped]{to_zero}{_build_grid(job)}"]
    for index in range(len(ladder) - 1, 0, -1):
        below = ladder[index - 1]
        scale = f"scale={below.width}:{below.height}:flags=lanczos+accurate_rnd+full_chroma_int"
        parts[-1] += f",split=2[v{index}][from{index}]"
        parts.append(f"[from{index}]{scale},setsar=1")  # 854×480 of 16:9 would be tagged 1280:1281
    parts[-1] += "[v0]"
    return ";".join(parts)


def _build_grid(job: EncodeJob) -> str:
    """Return the filters that put the pictures on the frame grid and cut out the chunk.

    One grid for every source: a variable rate would drift between chunks, and a picture that starts
    after the sound would start together with it. The filter's times count in frames from the
    source's start, wherever reading began, so that each chunk has the pictures that the whole video
    has there. After a seek nothing is filled in before the first picture: it may be too late, which
    has to show (domain/segment_frames.py).
    """
    grid = f"fps=fps={job.plan.frame_rate}"
    grid += "" if job.seek_seconds else ":start_time=0"
    cut = [f"start_pts={job.first_frame}"] if job.first_frame else []
    if job.frame_count is not None:
        cut.append(f"end_pts={job.first_frame + job.frame_count}")
    return f"{grid},trim={':'.join(cut)}" if cut else grid
