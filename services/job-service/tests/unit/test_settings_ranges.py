"""A setting that no process could run with is a configuration fault, reported at start."""

import pytest
from pydantic import ValidationError
from sqlalchemy import make_url

from job_service.testing.auth import build_test_settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("log_level", "loud"),
        ("db_port", 99_999_999),
        ("server_port", -1),
        ("server_threads", 0),
        ("sweep_seconds", 0),  # would sweep without a pause
        ("lease_seconds", -5),
        ("upload_url_seconds", 0),
        ("session_keys", "not-a-key"),
        ("session_keys", "c2hvcnQ="),
        ("session_keys", ","),
    ],
)
def test_a_value_out_of_range_is_a_fault(name: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        build_test_settings(**{name: value})
    assert name in str(refused.value)


def test_all_values_out_of_range_are_reported_together() -> None:
    with pytest.raises(ValidationError) as refused:
        build_test_settings(db_port=-1, redis_port=70_000, sweep_seconds=0)
    assert refused.value.error_count() == 3


def test_a_password_with_any_characters_reaches_the_database_unchanged() -> None:
    url = make_url(build_test_settings(db_password="a@b:c/d?e#%20 é").database_url)
    assert (url.password, url.host) == ("a@b:c/d?e#%20 é", "127.0.0.1")
