"""Recovery codes: they sign a user in without the authenticator; ten per account, each valid once.

A code is twelve characters of Crockford's base32 (60 bits), shown in groups of four. The first
four, the selector, find its row and are not secret; the other eight are, and only their hash is
stored. So a guess costs one slow hash instead of ten.
"""

from typing import Final, NamedTuple

CODES: Final = 10
#: Crockford's base32: without I, L, O and U, which are easily misread.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SELECTOR_CHARACTERS: Final = 4
CHARACTERS: Final = 12
_READ_AS: Final = str.maketrans("ILO", "110", " -")


class RecoveryCode(NamedTuple):
    selector: str
    secret: str

    def render(self) -> str:
        """Return the code in the form shown to users."""
        text = self.selector + self.secret
        return "-".join(text[at : at + 4] for at in range(0, CHARACTERS, 4))


def read_recovery_code(text: str) -> RecoveryCode | None:
    """Parse a code as typed, in any case and grouping; None if it cannot be one."""
    plain = text.upper().translate(_READ_AS)
    if len(plain) != CHARACTERS or not set(plain) <= set(ALPHABET):
        return None
    return split_code(plain)


def split_code(text: str) -> RecoveryCode:
    """`text` is the twelve characters."""
    return RecoveryCode(text[:SELECTOR_CHARACTERS], text[SELECTOR_CHARACTERS:])
