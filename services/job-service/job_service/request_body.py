"""What all bodies and queries of the API have in common. Each noun's folder defines its own;
web/documented.py validates requests against them, and so does code that builds one directly."""

from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from videoforge_web.validation import MAX_FAULTS


class RequestBody(BaseModel):
    """Base class of all bodies and queries: an unknown field is refused, never silently dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_many(cls, given: Any) -> Any:
        """Reporting 60,000 unknown fields takes seconds (measured 2026-11-30)."""
        if isinstance(given, dict) and len(given) > MAX_FAULTS:
            raise ValueError(f"must have at most {MAX_FAULTS} fields")
        return given

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_nul(cls, value: Any) -> Any:
        """PostgreSQL's text type can hold every character but this one."""
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and "\0" in text for text in texts):
            raise ValueError("must not contain the character NUL")
        return value
