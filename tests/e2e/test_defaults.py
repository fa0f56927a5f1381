"""The defaults of settings that the stories shorten or rely on."""

from job_service.settings import Settings
from video_processor.lease import HIDDEN_LONGER_SECONDS

DEFAULTS = {name: field.default for name, field in Settings.model_fields.items()}


def test_an_upload_url_lives_for_fifteen_minutes():
    assert DEFAULTS["upload_url_seconds"] == 15 * 60


def test_a_killed_processors_task_is_to_be_had_again_well_within_150_seconds():
    """Both recoveries are fast enough: the lease is reaped, and the message hidden by the dead
    processor returns. Until then the queue holds back everything else in its group."""
    reaped_seconds = sum(DEFAULTS[name] for name in ("lease_seconds", "reap_grace_seconds", "sweep_seconds"))
    assert reaped_seconds <= 120
    assert DEFAULTS["lease_seconds"] + HIDDEN_LONGER_SECONDS <= 120
