"""Sources that reveal when picture and sound drift apart: a white flash and a beep at each full
second.

In between, a moving test pattern, so that repeated and lost frames show, and silence. The flash
leaves the edges unchanged, so that a thumbnail of it does not count as empty.
`measure.measure_sync` reads them.
"""

from collections.abc import Callable
from pathlib import Path

#: duration of flash and beep
MARK_SECONDS = 0.1


def build_beep_inputs(*, seconds: float, size: str = "320x180", rate: str = "30") -> list[str]:
    """Return the two inputs, picture first. At a fractional rate the flash is up to one frame
    late."""
    mark = f"lt(mod(t+0.0001\\,1)\\,{MARK_SECONDS})"
    picture = f"testsrc2=size={size}:rate={rate}:duration={seconds}"
    picture += f",drawbox=x=iw/8:y=ih/8:w=iw*3/4:h=ih*3/4:color=white:t=fill:enable='{mark}'"
    sound = f"aevalsrc='if(lt(mod(t,1),{MARK_SECONDS}),0.5*sin(2*PI*1000*t),0)':s=48000:d={seconds}"
    return ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]


def make_beeps(
    make_clip: Callable[..., Path],
    name: str,
    *options: str,
    seconds: float = 5,
    size: str = "320x180",
    rate: str = "30",
) -> Path:
    """Return a clip named `name`, H.264 and AAC by default; options replace those and precede the
    output."""
    chosen = options or ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    return make_clip(name, *build_beep_inputs(seconds=seconds, size=size, rate=rate), *chosen)
