"""Every route of the API's description, with requests that are valid for the owner."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.attacks.kit.people import UNKNOWN_ID
from tests.house.repository import ROOT

DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))
VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    operation: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def places(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)

    @property
    def needs_user(self) -> bool:
        security = self.operation.get("security", [])
        return bool(security) and {} not in security

    @property
    def is_for_admins(self) -> bool:
        return self.path.startswith("/api/admin/")


ROUTES = [
    Route(method.upper(), path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]


def fill(path: str, values: dict[str, str]) -> str:
    """Fill a path's parameters with ids; a missing one gets an unknown id."""
    return re.sub(r"{(\w+)}", lambda place: quote(values.get(place[1], UNKNOWN_ID), safe=""), path)


def list_body_fields(operation: Any) -> list[str]:
    """Return the fields of an operation's body, none without a body."""
    if "requestBody" not in operation:
        return []
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    named = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return list(named.get("properties", {}))


def build_body(operation: Any, values: dict[str, str]) -> dict[str, Any] | None:
    """Return a valid body with these values."""
    good = {
        "video_id": values["video_id"],
        "s3_key": values["s3_key"],
        "output_formats": ["480p"],
        "items": [{"video_id": values["video_id"], "output_formats": ["480p"]}],
        "ids": [values["video_id"]],
        "part_numbers": [1],
        "priority": 1,
        "title": "Taken",
        "action": "delete",
    }
    fields = list_body_fields(operation)
    return {name: good[name] for name in fields if name in good} if "requestBody" in operation else None
