"""The rules for passwords, checked before the user pool is asked, so that the answer lists what is missing.

The pool has the same rules (infra/local/provisioning/aws.py); it has the last word.
"""

from typing import Final

MIN_CHARACTERS: Final = 8
MAX_CHARACTERS: Final = 256
#: The signs that count in Cognito ("Password policies", Amazon Cognito developer guide); the space inside
#: a password counts there too, but not at its ends, so it does not count here.
SIGNS: Final = frozenset("^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+=")


def list_missing(password: str) -> list[str]:
    """Return what the password lacks, as phrases that follow "The password needs"; empty for a good one.

    Letters and digits are the Latin ones, as in the pool's own check.
    """
    rules = (
        (len(password) >= MIN_CHARACTERS, f"{MIN_CHARACTERS} characters or more"),
        (len(password) <= MAX_CHARACTERS, f"at most {MAX_CHARACTERS} characters"),
        (any("A" <= character <= "Z" for character in password), "an upper-case letter"),
        (any("a" <= character <= "z" for character in password), "a lower-case letter"),
        (any("0" <= character <= "9" for character in password), "a digit"),
        (any(character in SIGNS for character in password), "a sign such as ! or -"),
    )
    return [phrase for is_met, phrase in rules if not is_met]
