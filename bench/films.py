"""Sources of any length for benchmarks of whole jobs, made once and kept in `.local/bench`.

They are the sample (a real film, 5 s of 720p) repeated, scaled up, sharpened and with grain that
changes with every frame, so that an encoder has as much to do as with footage of that size. 25
frames a second, a key frame every 2 s, AAC stereo.
"""

from pathlib import Path
from typing import Final

from demo.clips import SAMPLE
from demo.media_tools import make
from infra.local.settings import REPOSITORY

_FOLDER: Final = REPOSITORY / ".local" / "bench"
_BITRATES: Final = {1080: "16M", 2160: "45M"}


def find_film(*, height: int, seconds: float) -> Path:
    """Return a film of 1080 or 2160 lines, which is made if it is not there yet: a few seconds of
    work for a second of film. Raises DemoError if ffmpeg fails."""
    path = _FOLDER / f"{height}p-{seconds:g}s.mp4"
    if not path.exists():
        _FOLDER.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial.mp4")
        make(_build_arguments(height, seconds), target=partial, seconds=max(300, 20 * seconds))
        partial.rename(path)
    return path


def _build_arguments(height: int, seconds: float) -> list[str]:
    width = height * 16 // 9
    picture = f"fps=25,scale={width}:{height}:flags=lanczos,unsharp=5:5:0.6,noise=alls=4:allf=t+u"
    bitrate = _BITRATES[height]
    return [
        *("-stream_loop", "-1", "-i", str(SAMPLE), "-t", f"{seconds:g}", "-vf", picture),
        *("-c:v", "libx264", "-preset", "ultrafast", "-b:v", bitrate, "-maxrate", bitrate),
        *("-bufsize", bitrate, "-g", "50", "-pix_fmt", "yuv420p"),
        *("-c:a", "aac", "-ac", "2", "-movflags", "+faststart"),
    ]
