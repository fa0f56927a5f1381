"""The formats that a user asks for, as text in any case."""

from collections.abc import Sequence
from typing import Final

from videoforge.formats import FORMAT_NAMES

_BY_LOWER_CASE: Final = {name.lower(): name for name in FORMAT_NAMES}


def find_unknown_formats(asked: Sequence[str]) -> list[str]:
    """Return what is asked for and does not exist, in the order asked."""
    return [name for name in asked if name.lower() not in _BY_LOWER_CASE]


def order_formats(asked: Sequence[str]) -> list[str]:
    """Return known formats in our spelling, each once, largest first. KeyError on an unknown one."""
    wanted = {_BY_LOWER_CASE[name.lower()] for name in asked}
    return [name for name in FORMAT_NAMES if name in wanted]
