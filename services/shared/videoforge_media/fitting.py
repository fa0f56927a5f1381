"""Scaling a picture into a box of fixed size, with bars where its shape is another one.

The size may change in mid-stream (a phone turned, a call whose window is drawn wider), so that ffmpeg's
scaler works out the size for the pictures that come. A change of the pixel aspect alone does not reach it:
ffmpeg gives each frame the aspect of the first.
"""

from typing import Final

from videoforge_media.probe_fields import PIXEL_ASPECT_RANGE

#: shapes that differ by less are one shape, cut by a line or two
_SAME_SHAPE: Final = 0.01


def build_fitting_size(width: int, height: int) -> str:
    """Return the size options of a scale filter: the whole box for a picture of its shape, which even sides
    make by up to a pixel another one; else the largest even size of the picture's own shape inside it.

    Nonsense for a pixel aspect counts as square, as in the probe.
    """
    low, high = (float(limit) for limit in PIXEL_ASPECT_RANGE)
    shape = f"if(between(sar,{low:g},{high:g}),dar,a)"
    tolerance = 1 / width + 1 / height + _SAME_SHAPE
    fits = f"lt(abs({shape}/({width}/{height})-1),{tolerance:.4f})"
    across = f"max(2,2*trunc(min({width},{height}*{shape})/2))"
    down = f"max(2,2*trunc(min({height},{width}/{shape})/2))"
    return f"w='if({fits},{width},{across})':h='if({fits},{height},{down})'"


def build_bars(width: int, height: int) -> str:
    """Return the filter that centres the picture in the box, on black; it costs nothing where it fits."""
    return f"pad={width}:{height}:-1:-1"
