"""The API document is complete: valid, committed in its current form, and it describes every
route."""

import re
from pathlib import Path

import pytest
from flask import Flask
from openapi_spec_validator import validate

from job_service.processes.app import FEATURES
from job_service.processes.openapi import describe_api, render

COMMITTED = Path(__file__).parents[4] / "docs" / "openapi.json"
#: The document itself and its page, and what players fetch through a link from the API.
UNDESCRIBED = re.compile(r"/api/openapi\.json|/api/docs.*|/media/.*|/internal/.*")


@pytest.fixture(scope="module")
def document():
    return describe_api()


def list_app_routes() -> set[tuple[str, str]]:
    app = Flask("job_service", static_folder=None)
    for feature in FEATURES:
        app.register_blueprint(feature.blueprint)
    return {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if not UNDESCRIBED.fullmatch(rule.rule)
    }


def test_the_document_is_valid_openapi(document):
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_the_document_has_exactly_the_public_routes(document):
    described = {
        (method.upper(), path) for path, operations in document["paths"].items() for method in operations
    }
    assert described == list_app_routes()


def test_the_committed_document_is_current(document):
    assert COMMITTED.read_text(encoding="utf-8") == render(document), "run `make openapi`"


def test_every_operation_has_a_summary(document):
    silent = [
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if not operation.get("summary")
    ]
    assert not silent


def list_operations(document):
    return {
        (method, path): operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }


def test_an_operation_documents_the_refusals_before_its_view_runs(document):
    for (method, path), operation in list_operations(document).items():
        statuses = set(operation["responses"])
        assert {"414", "431", "503"} <= statuses, (method, path)
        assert ("429" in statuses) == (path not in {"/api/health", "/api/ready"}), (method, path)
        takes_body = method in {"post", "put", "patch"}
        for status in ("413", "415"):
            assert (status in statuses) == takes_body, (method, path, status)
        if operation.get("security"):
            assert "401" in statuses, (method, path)


def test_every_refusal_is_documented_as_a_problem(document):
    for key, operation in list_operations(document).items():
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert "application/problem+json" in answer["content"], (key, status)
