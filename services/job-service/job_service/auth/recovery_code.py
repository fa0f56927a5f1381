"""Recovery codes: what signs in without the authenticator, ten at a time, each once.

A code is twelve characters of Crockford's base 32 (60 bits), shown in groups of four. The first four, the
selector, find its row and are no secret; the other eight are, and only their hash is kept. So one guess costs
one slow hash, not ten.
"""

from typing import Final, NamedTuple

CODES: Final = 10
#: Crockford's base 32: without I, L, O and U, which are read as something else.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SELECTOR_CHARACTERS: Final = 4
CHARACTERS: Final = 12
_READ_AS: Final = str.maketrans("ILO", "110", " -")


class RecoveryCode(NamedTuple):
    selector: str
    secret: str

    def render(self) -> str:
        """Return the code as people are shown it."""
        text = self.selector + self.secret
        return "-".join(text[at : at + 4] for at in range(0, CHARACTERS, 4))


def read_recovery_code(text: str) -> RecoveryCode | None:
    """Return the code as it was typed, in whatever case and grouping; None where it cannot be one."""
    plain = text.upper().translate(_READ_AS)
    if len(plain) != CHARACTERS or not set(plain) <= set(ALPHABET):
        return None
    return split_code(plain)


def split_code(text: str) -> RecoveryCode:
    """`text` is the twelve characters."""
    return RecoveryCode(text[:SELECTOR_CHARACTERS], text[SELECTOR_CHARACTERS:])
