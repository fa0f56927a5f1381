"""The formats a user may ask for, as text; what each means in pixels is decided against the source."""

from collections.abc import Sequence
from typing import Final

#: Largest first, as they are shown.
FORMATS: Final = ("4K", "1080p", "720p", "480p")
_BY_LOWER_CASE: Final = {name.lower(): name for name in FORMATS}


def find_unknown_formats(asked: Sequence[str]) -> list[str]:
    """Return what is asked for and does not exist, in the order asked."""
    return [name for name in asked if name.lower() not in _BY_LOWER_CASE]


def order_formats(asked: Sequence[str]) -> list[str]:
    """Return known formats in our spelling, each once, largest first. KeyError on an unknown one."""
    wanted = {_BY_LOWER_CASE[name.lower()] for name in asked}
    return [name for name in FORMATS if name in wanted]
