"""Bodies and query strings → models, or a problem that names each wrong field."""

from typing import TypeVar

from flask import request
from pydantic import BaseModel, ValidationError

from gallery_service.domain.video import find_video_id
from videoforge.problems import Code, Problem
from videoforge_web.validation import MAX_FAULTS, describe_faults

Model = TypeVar("Model", bound=BaseModel)


def parse_body(model: type[Model]) -> Model:
    """Return the JSON body. Raises Problem: 415 for another type, 400 for no JSON, 422 for its fields."""
    if request.mimetype != "application/json":
        raise Problem(Code.unsupported_media_type)
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as error:
        if error.errors(include_url=False)[0]["type"] == "json_invalid":
            raise Problem(Code.invalid_json) from error
        raise Problem(Code.validation_failed, errors=describe_faults(error)) from error


def parse_query(model: type[Model]) -> Model:
    """Return the query string. Raises Problem 422: unknown, repeated or wrong parameters."""
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        errors = [{"field": name, "message": "is given more than once"} for name in repeated[:MAX_FAULTS]]
        raise Problem(Code.validation_failed, errors=errors)
    try:
        return model.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise Problem(Code.validation_failed, errors=describe_faults(error)) from error


def parse_video_id(text: str) -> str:
    """Return the id as it is stored. Raises Problem 404 if the text is not a UUID."""
    video_id = find_video_id(text)
    if video_id is None:
        raise Problem(Code.video_not_found)
    return video_id
