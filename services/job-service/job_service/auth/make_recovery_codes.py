"""Recovery codes by chance: 60 bits each, of which the selector gives 20 away."""

import secrets

from job_service.auth.recovery_code import ALPHABET, CHARACTERS, CODES, RecoveryCode, split_code


def make_recovery_codes() -> list[RecoveryCode]:
    """Return new codes with different selectors."""
    codes: dict[str, RecoveryCode] = {}
    while len(codes) < CODES:
        code = split_code("".join(secrets.choice(ALPHABET) for _ in range(CHARACTERS)))
        codes[code.selector] = code
    return list(codes.values())
