"""The password rules, checked before calling the user pool so that the answer lists what is
missing.

The pool enforces the same rules (infra/local/provisioning/aws.py) and has the final say.
"""

from typing import Final

MIN_CHARACTERS: Final = 8
MAX_CHARACTERS: Final = 256
#: The special characters that Cognito counts ("Password policies", Amazon Cognito developer guide).
#: It also counts a space inside a password but not at either end, so a space does not count here.
SIGNS: Final = frozenset("^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+=")


def list_missing(password: str) -> list[str]:
    """Return what the password lacks, as phrases that follow "The password needs"; empty for a
    valid one.

    Only Latin letters and digits count, as in the pool's own check.
    """
    rules = (
        (len(password) >= MIN_CHARACTERS, f"{MIN_CHARACTERS} characters or more"),
        (len(password) <= MAX_CHARACTERS, f"at most {MAX_CHARACTERS} characters"),
        (any("A" <= character <= "Z" for character in password), "an upper-case letter"),
        (any("a" <= character <= "z" for character in password), "a lower-case letter"),
        (any("0" <= character <= "9" for character in password), "a digit"),
        (any(character in SIGNS for character in password), "a special character such as ! or -"),
    )
    return [phrase for is_met, phrase in rules if not is_met]
