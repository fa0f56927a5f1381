"""Which renditions a job makes: the formats that a user may ask for, fitted to the source.

    format   box         ceiling
    4K       3840×2160   8 Mbps
    1080p    1920×1080   4 Mbps
    720p     1280×720    2 Mbps
    480p     854×480     1 Mbps

The box stands on end for an upright picture. A format fits when the source, after rotation and pixel
aspect, reaches its box on one side or more: a 3840×1600 film is 4K as much as a 3840×2160 one, though its
short side is not. Otherwise it is skipped, since an upscaled picture costs bits and shows nothing new.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from videoforge.messages import Rung, SkippedFormat
from videoforge_media.probe import Probe


@dataclass(frozen=True)
class Format:
    name: str
    long_side: int
    short_side: int
    bitrate_bps: int


#: lowest first
FORMATS: Final = (
    Format("480p", 854, 480, 1_000_000),
    Format("720p", 1280, 720, 2_000_000),
    Format("1080p", 1920, 1080, 4_000_000),
    Format("4K", 3840, 2160, 8_000_000),
)


#: by how much a source has to be larger than the highest format that it fills to be worth a rung of its own
_WELL_LARGER: Final = Fraction(11, 10)


@dataclass(frozen=True)
class Ladder:
    rungs: list[Rung]
    skipped: list[SkippedFormat]


def choose_ladder(probe: Probe, *, output_formats: Sequence[str]) -> Ladder:
    """Return the rungs, lowest first, and the formats left out with the reason.

    A source below every format asked for gets one rung of its own size, and so does one that is a tenth or
    more larger than the highest format that it fills (1278×718: 480p and 718p). ValueError for unknown
    formats only: job-service has refused those before.
    """
    asked = [form for form in FORMATS if form.name in output_formats]
    if not asked:
        raise ValueError(f"none of {list(output_formats)} is a format")
    fitting = [form for form in asked if _reaches(form, probe=probe)]
    above = [form for form in asked if form not in fitting]
    rungs = [_fit(form, probe=probe) for form in fitting]
    own = _find_own_rung(probe, rungs=rungs, next_above=above[0]) if above else None
    skipped = [SkippedFormat(format=form.name, reason=_explain(form, probe=probe, own=own)) for form in above]
    return Ladder(rungs=[*rungs, own] if own else rungs, skipped=skipped)


def _find_own_rung(probe: Probe, *, rungs: Sequence[Rung], next_above: Format) -> Rung | None:
    """Return the rung of the source's own size in place of the formats above it: where it would else have
    none, and where it is well larger than the highest format that it fills."""
    own = _build_own_rung(probe, next_above=next_above)
    filled = [_fit(form, probe=probe) for form in FORMATS if _reaches(form, probe=probe)]
    if not rungs:
        return own
    is_larger = not filled or own.width >= filled[-1].width * _WELL_LARGER
    return own if is_larger and own.format not in {form.name for form in FORMATS} else None


def _explain(form: Format, *, probe: Probe, own: Rung | None) -> str:
    reason = f"The source is {probe.width}×{probe.height}; {form.name} would only enlarge it."
    filled = [fitting.name for fitting in FORMATS if _reaches(fitting, probe=probe)]
    if own is None or not filled:
        return reason
    return f"{reason} {filled[-1]} is the largest format that it fills; its own size is made as {own.format}."


def _reaches(form: Format, *, probe: Probe) -> bool:
    """Return whether the box can be filled without enlarging the picture."""
    long_side = max(probe.width, probe.height)
    return long_side >= form.long_side or probe.short_side >= form.short_side


def _fit(form: Format, *, probe: Probe) -> Rung:
    """Return the largest size of the source's aspect in the format's box."""
    is_upright = probe.height > probe.width
    box = (form.short_side, form.long_side) if is_upright else (form.long_side, form.short_side)
    factor = min(Fraction(box[0], probe.width), Fraction(box[1], probe.height), Fraction(1))
    return Rung(
        format=form.name,
        width=min(_make_even(probe.width * factor), box[0]),
        height=min(_make_even(probe.height * factor), box[1]),
        bitrate_bps=form.bitrate_bps,
    )


def _build_own_rung(probe: Probe, *, next_above: Format) -> Rung:
    """Return the rung of the source's own size; the bitrate follows the pixels of the format above it."""
    width, height = max(2, probe.width // 2 * 2), max(2, probe.height // 2 * 2)
    share = Fraction(width * height, next_above.long_side * next_above.short_side)
    bitrate = round(next_above.bitrate_bps * min(share, Fraction(1)) / 1000) * 1000
    return Rung(
        format=f"{min(width, height)}p", width=width, height=height, bitrate_bps=max(bitrate, 100_000)
    )


def _make_even(length: Fraction) -> int:
    """4:2:0 halves the chroma planes, so odd sides are impossible."""
    return max(2, round(length / 2) * 2)
