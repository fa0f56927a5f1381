"""Scaling a picture into a box of fixed size, with bars where its shape is another one.

The size may change in mid-stream (a phone turned, a call whose window is drawn wider), so that ffmpeg's
scaler works out the size for the pictures that come. A change of the pixel aspect does not reach it: ffmpeg
gives each frame the aspect of the first. Where one was found (shape_changes.py) the scaler is told when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from videoforge_media.probe_fields import PIXEL_ASPECT_RANGE

#: shapes that differ by less are one shape, cut by a line or two
_SAME_SHAPE: Final = 0.01


@dataclass(frozen=True)
class AspectChange:
    """From `at_seconds` on, on the encoder's clock, pixels have this aspect."""

    at_seconds: float
    pixel_aspect: Fraction


def build_fitting_size(width: int, height: int, *, aspects: Sequence[AspectChange] = ()) -> str:
    """Return the size options of a scale filter: the whole box for a picture of its shape, which even sides
    make by up to a pixel another one; else the largest even size of the picture's own shape inside it.

    Nonsense for a pixel aspect counts as square, as in the probe. `aspects`, by time, take the place of what
    the frames say; the size is then worked out for each frame.
    """
    low, high = (float(limit) for limit in PIXEL_ASPECT_RANGE)
    shape = f"(a*({_build_aspect(aspects)}))" if aspects else f"if(between(sar,{low:g},{high:g}),dar,a)"
    tolerance = 1 / width + 1 / height + _SAME_SHAPE
    fits = f"lt(abs({shape}/({width}/{height})-1),{tolerance:.4f})"
    across = f"max(2,2*trunc(min({width},{height}*{shape})/2))"
    down = f"max(2,2*trunc(min({height},{width}/{shape})/2))"
    each = ":eval=frame" if aspects else ""
    return f"w='if({fits},{width},{across})':h='if({fits},{height},{down})'{each}"


def _build_aspect(aspects: Sequence[AspectChange]) -> str:
    """Return the aspect at the time `t` as a sum of steps: ffmpeg takes no expression that is nested deep."""
    terms: list[str] = []
    before = Fraction(0)
    for change in aspects:
        step = change.pixel_aspect - before
        since = f"*gte(t,{change.at_seconds:.3f})" if terms else ""
        terms.append(f"{step.numerator}/{step.denominator}{since}")
        before = change.pixel_aspect
    return "+".join(terms)


def build_bars(width: int, height: int, *, aspects: Sequence[AspectChange] = ()) -> str:
    """Return the filter that centres the picture in the box, on black; it costs nothing where it fits."""
    return f"pad={width}:{height}:-1:-1" + (":eval=frame" if aspects else "")
