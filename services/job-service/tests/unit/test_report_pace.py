"""How often a task reports, in the figures that the machines are planned with (docs/scale.md)."""

import pytest

from job_service.tasks.report_pace import choose_report_seconds


@pytest.mark.parametrize(
    ("running", "seconds"),
    [(0, 2), (1, 2), (200, 2), (234, 2.3), (350, 3.5), (1_000, 10), (1_001, 10), (10_000, 10)],
)
def test_hundred_reports_a_second_are_shared_between_two_and_ten_seconds_each(running, seconds):
    assert choose_report_seconds(running=running) == seconds
