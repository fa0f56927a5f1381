"""The stories run on a stack with short times; these are the times that everyone else gets."""

from job_service.settings import Settings
from tests.e2e.conftest import SHORT_TIMES


def test_the_shortened_times_have_their_real_values_elsewhere():
    real = {name: Settings.model_fields[name.lower()].default for name in SHORT_TIMES}
    assert real == {
        "LEASE_SECONDS": 90,
        "REAP_GRACE_SECONDS": 15,
        "SWEEP_SECONDS": 10,
        "REDISPATCH_SECONDS": 60,
        "UPLOAD_URL_SECONDS": 15 * 60,
    }


def test_a_killed_processors_task_is_worked_on_again_within_150_seconds():
    """Lease, grace, a sweep's period and the pause after a crash, at their longest."""
    fields = Settings.model_fields
    seconds = sum(fields[name].default for name in ("lease_seconds", "reap_grace_seconds", "sweep_seconds"))
    assert seconds + 2 + 20 < 150
