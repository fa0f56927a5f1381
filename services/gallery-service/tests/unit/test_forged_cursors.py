"""Cursors are not signed: one with a valid digest may hold any key; a key that no column can be compared
with is refused."""

import base64
import json
from typing import Any

import pytest

from gallery_service.domain import page
from gallery_service.domain.page import CursorRefused, PageRequest, Sort

VIDEO_ID = "00000000-0000-4000-8000-000000000000"


def forge(request: PageRequest, *, key: Any) -> str:
    digest = page._digest(request, key=key, id=VIDEO_ID)
    text = json.dumps([request.sort, key, VIDEO_ID, digest])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("views", 2**63),
        ("-views", -(10**300)),
        ("views", float("inf")),
        ("title", "a\0b"),
        ("title", "\ud800"),
        ("created_at", "yesterday"),
        ("duration", "long"),
        ("duration", 10**400),
    ],
)
def test_a_key_that_no_column_can_hold_is_refused(sort: Sort, key: Any) -> None:
    request = PageRequest(sort=sort)
    with pytest.raises(CursorRefused):
        request.go_on(forge(request, key=key))


@pytest.mark.parametrize(("sort", "key"), [("views", 2**63 - 1), ("title", "bunny"), ("duration", 5.3)])
def test_a_key_of_the_right_type_is_accepted(sort: Sort, key: Any) -> None:
    request = PageRequest(sort=sort)
    position = request.go_on(forge(request, key=key)).after
    assert position is not None
    assert position.key == key
