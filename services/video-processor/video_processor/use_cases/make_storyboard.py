"""Makes the storyboard of a finished rendition: sprite sheets and the WebVTT that locates their
tiles."""

from fractions import Fraction
from pathlib import Path

from video_processor.domain.storyboard import build_sheet_name, build_storyboard_vtt, plan_storyboard
from video_processor.errors import EncodeFailed
from video_processor.use_cases.context import TaskContext
from videoforge.logs import get_logger
from videoforge.messages import Rung

log = get_logger("JOB")

STORYBOARD_NAME = "storyboard.vtt"


async def make_storyboard(
    context: TaskContext, *, video: Path, rung: Rung, duration_seconds: float, frame_rate: str
) -> str | None:
    """Return the key of the WebVTT, or None if no pictures were made: a video without a storyboard
    is still good."""
    layout = plan_storyboard(
        width=rung.width,
        height=rung.height,
        duration_seconds=duration_seconds,
        frame_rate=Fraction(frame_rate),
    )
    pattern = context.folder / "storyboard-%03d.jpg"
    try:
        run = await context.tools.ffmpeg.make_sheets(video, layout=layout, pattern=pattern)
    except EncodeFailed as error:
        log.warning("no storyboard", reason=str(error))
        return None
    context.clock.cpu_seconds += run.cpu_seconds
    sheets = [context.folder / build_sheet_name(index) for index in range(layout.sheet_count)]
    if not all(sheet.exists() for sheet in sheets):
        log.warning("no storyboard", reason="fewer sheets than planned")
        return None
    for sheet in sheets:
        await context.upload(sheet, name=sheet.name)
    vtt = context.folder / STORYBOARD_NAME
    vtt.write_text(build_storyboard_vtt(layout, duration_seconds=duration_seconds))
    await context.upload(vtt, name=STORYBOARD_NAME)
    return context.build_key(STORYBOARD_NAME)
