"""What the demo sends: Big Buck Bunny as it is, and a 4K clip made of it on the spot, or one's own file.

The sample is © Blender Foundation, CC BY 3.0 (samples/).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.local.demo.faults import DemoFault
from infra.local.demo.media_tools import make
from infra.local.settings import REPOSITORY

SAMPLE: Final = REPOSITORY / "samples" / "bigbuckbunny.mp4"
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
    """Return one's own file. Raises DemoFault where there is none to read."""
    if not path.is_file():
        raise DemoFault(f"There is no file {path}.")
    if not path.stat().st_size:
        raise DemoFault(f"{path} is empty.")
    return Clip(path.stem[:200] or "video", path)


def make_4k_clip(source: Path, *, target: Path) -> None:
    """Make a 3840×2160 clip of 3 s with sound: real movement, enlarged and with a little grain, so that an
    encoder has as much to do as with a camera's picture."""
    make(
        [
            *("-t", str(_4K_SECONDS), "-i", str(source)),
            *("-vf", "scale=3840:2160:flags=bicubic,noise=alls=3:allf=t"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-pix_fmt", "yuv420p"),
            *("-c:a", "aac", "-ac", "2", "-movflags", "+faststart"),
        ],
        target=target,
    )
