"""Scales a picture into a box of fixed size, with bars if its shape differs.

The size may change in mid-stream (a rotated phone, a call whose window is resized), so ffmpeg's
scaler computes the size for each new input size. It does not notice a change of the pixel aspect:
ffmpeg gives each frame the aspect of the first. If such a change was found (shape_changes.py), the
scaler is told when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from videoforge_media.probe_fields import PIXEL_ASPECT_RANGE

#: shapes that differ by less count as equal: cropped by a line or two
_SAME_SHAPE: Final = 0.01


@dataclass(frozen=True)
class AspectChange:
    """The pixel aspect from `at_seconds` on, on the encoder's clock."""

    at_seconds: float
    pixel_aspect: Fraction


def build_fitting_size(width: int, height: int, *, aspects: Sequence[AspectChange] = ()) -> str:
    """Return the size options of a scale filter: the whole box for a picture of the same shape
    (rounding to even sides may change it by up to a pixel), else the largest even size of the
    picture's own shape inside it.

    An invalid pixel aspect counts as square, as in the probe. `aspects`, ordered by time, replace
    what the frames say; the size is then computed for each frame.
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
    """Return the aspect at the time `t` as a sum of steps: ffmpeg rejects deeply nested
    expressions."""
    terms: list[str] = []
    before = Fraction(0)
    for change in aspects:
        step = change.pixel_aspect - before
        since = f"*gte(t,{change.at_seconds:.3f})" if terms else ""
        terms.append(f"{step.numerator}/{step.denominator}{since}")
        before = change.pixel_aspect
    return "+".join(terms)


def build_bars(width: int, height: int, *, aspects: Sequence[AspectChange] = ()) -> str:
    """Return the filter that centres the picture in the box, on black; it costs nothing if the
    picture fits."""
    return f"pad={width}:{height}:-1:-1" + (":eval=frame" if aspects else "")
