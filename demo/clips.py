"""What the demo uploads: Big Buck Bunny and a 4K clip made from it on the spot, or the user's own file.

The sample is © Blender Foundation, CC BY 3.0 (samples/).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demo.errors import DemoError
from demo.media_tools import make

SAMPLE: Final = Path(__file__).resolve().parents[1] / "samples" / "bigbuckbunny.mp4"
_4K_SECONDS: Final = 3


@dataclass(frozen=True)
class Clip:
    title: str
    path: Path


def list_demo_clips(folder: Path) -> list[Clip]:
    """Return the sample and a 4K clip that is made in `folder`."""
    target = folder / "bigbuckbunny-4k.mp4"
    make_4k_clip(SAMPLE, target=target)
    return [Clip("Big Buck Bunny", SAMPLE), Clip("Big Buck Bunny in 4K", target)]


def find_own_clip(path: Path) -> Clip:
    """Return the user's own file. Raises DemoError if it is missing or empty."""
    if not path.is_file():
        raise DemoError(f"There is no file {path}.")
    if not path.stat().st_size:
        raise DemoError(f"{path} is empty.")
    return Clip(path.stem[:200] or "video", path)


def make_4k_clip(source: Path, *, target: Path) -> None:
    """Make a 3840×2160 clip of 3 s with sound: real movement, scaled up and with a little grain, so that it
    is as hard to encode as camera footage."""
    make(
        [
            *("-t", str(_4K_SECONDS), "-i", str(source)),
            *("-vf", "scale=3840:2160:flags=bicubic,noise=alls=3:allf=t"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-pix_fmt", "yuv420p"),
            *("-c:a", "aac", "-ac", "2", "-movflags", "+faststart"),
        ],
        target=target,
    )
