"""Which renditions a job makes: the formats that a user may ask for, fitted to the source.

A format fits if the source, after rotation and pixel aspect, reaches its box on at least one side:
a 3840×1600 film is 4K just like a 3840×2160 one, although its short side is smaller. Otherwise it
is skipped, since an upscaled picture costs bits and shows nothing new.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from videoforge.formats import FORMAT_NAMES, FORMATS, Format, FormatName
from videoforge.messages import Rung, SkippedFormat

#: how much larger than the highest format that it fills a source must be to get a rung of its own
_WELL_LARGER: Final = Fraction(11, 10)


@dataclass(frozen=True)
class PictureSize:
    """A source's picture in pixels, after rotation and pixel aspect."""

    width: int
    height: int


@dataclass(frozen=True)
class Ladder:
    rungs: list[Rung]
    skipped: list[SkippedFormat]


@dataclass(frozen=True)
class FormatOffer:
    """What a job that asks for `format` makes of a source. `rendition` is its name, which differs
    from the format if the source keeps its own size."""

    format: FormatName
    rendition: str
    width: int
    height: int


def choose_ladder(source: PictureSize, *, output_formats: Sequence[str]) -> Ladder:
    """Return the rungs, lowest first, and the skipped formats with the reason.

    A source smaller than every requested format gets one rung of its own size, and so does one at
    least a tenth larger than the highest format that it fills (1278×718: 480p and 718p). ValueError
    for unknown formats only, which job-service refuses earlier.
    """
    asked = [form for form in FORMATS if form.name in output_formats]
    if not asked:
        raise ValueError(f"none of {list(output_formats)} is a format")
    fitting = [form for form in asked if _fits(form, source)]
    above = [form for form in asked if form not in fitting]
    rungs = [_fit(form, source) for form in fitting]
    own = _find_own_rung(source, rungs=rungs, next_above=above[0]) if above else None
    skipped = [SkippedFormat(format=form.name, reason=_explain(form, source, own=own)) for form in above]
    return Ladder(rungs=[*rungs, own] if own else rungs, skipped=skipped)


def list_offers(source: PictureSize) -> list[FormatOffer]:
    """Return what a job can make of the source, largest first; it would skip any other format."""
    fitting = [form.name for form in FORMATS if _fits(form, source)]
    above = [form.name for form in FORMATS if form.name not in fitting]
    rungs = choose_ladder(source, output_formats=FORMAT_NAMES).rungs
    # a rung of the source's own size is made if the next larger format is requested
    offers = [
        FormatOffer(format=name, rendition=rung.format, width=rung.width, height=rung.height)
        for name, rung in zip([*fitting, *above], rungs, strict=False)
    ]
    return offers[::-1]


def _find_own_rung(source: PictureSize, *, rungs: Sequence[Rung], next_above: Format) -> Rung | None:
    """Return the rung of the source's own size that replaces the formats above it: if there would
    otherwise be none, or if the source is much larger than the highest format that it fills."""
    own = _build_own_rung(source, next_above=next_above)
    filled = [_fit(form, source) for form in FORMATS if _fits(form, source)]
    if not rungs:
        return own
    is_larger = not filled or own.width >= filled[-1].width * _WELL_LARGER
    return own if is_larger and own.format not in FORMAT_NAMES else None


def _explain(form: Format, source: PictureSize, *, own: Rung | None) -> str:
    reason = f"The source is {source.width}×{source.height}; {form.name} would only enlarge it."
    filled = [fitting.name for fitting in FORMATS if _fits(fitting, source)]
    if own is None or not filled:
        return reason
    return f"{reason} {filled[-1]} is the largest format that it fills; its own size is made as {own.format}."


def _fits(form: Format, source: PictureSize) -> bool:
    """Return whether the box can be filled without upscaling."""
    sides = (source.width, source.height)
    return max(sides) >= form.long_side or min(sides) >= form.short_side


def _fit(form: Format, source: PictureSize) -> Rung:
    """Return the largest size of the source's aspect that fits the format's box."""
    is_upright = source.height > source.width
    box = (form.short_side, form.long_side) if is_upright else (form.long_side, form.short_side)
    factor = min(Fraction(box[0], source.width), Fraction(box[1], source.height), Fraction(1))
    return Rung(
        format=form.name,
        width=min(_make_even(source.width * factor), box[0]),
        height=min(_make_even(source.height * factor), box[1]),
        bitrate_bps=form.bitrate_bps,
    )


def _build_own_rung(source: PictureSize, *, next_above: Format) -> Rung:
    """Return the rung of the source's own size; the bitrate is scaled by pixels from the format
    above it."""
    width, height = max(2, source.width // 2 * 2), max(2, source.height // 2 * 2)
    share = Fraction(width * height, next_above.long_side * next_above.short_side)
    bitrate = round(next_above.bitrate_bps * min(share, Fraction(1)) / 1000) * 1000
    return Rung(
        format=f"{min(width, height)}p", width=width, height=height, bitrate_bps=max(bitrate, 100_000)
    )


def _make_even(length: Fraction) -> int:
    """4:2:0 halves the chroma planes, so odd sides are impossible."""
    return max(2, round(length / 2) * 2)
