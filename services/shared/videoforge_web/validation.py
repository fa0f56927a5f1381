"""What pydantic finds wrong with a request, as the `errors` of a problem."""

from typing import Final

from pydantic import ValidationError

#: Nobody reads more, and a client that sends 60,000 unknown fields would get megabytes back.
MAX_FAULTS: Final = 50
_MAX_NAME_CHARACTERS: Final = 200


def describe_faults(error: ValidationError) -> list[dict[str, str]]:
    """Return pydantic's findings as [{field, message}], the first MAX_FAULTS, without the values
    that were sent; a field's name is cut, because it is the client's text too."""
    return [
        {
            "field": ".".join(map(str, fault["loc"]))[:_MAX_NAME_CHARACTERS] or "body",
            "message": fault["msg"].removeprefix("Value error, "),
        }
        for fault in error.errors(include_input=False, include_url=False, include_context=False)[:MAX_FAULTS]
    ]
