"""The warning for a source that ends too early, found by prepare (by its header) or by encode (by
the plan)."""

from videoforge.messages import JobWarning
from videoforge_media.length import find_missing_seconds
from videoforge_media.probe import Probe


def build_early_end(seconds: float, *, of_seconds: float) -> JobWarning:
    return JobWarning(
        code="ends_early",
        message=f"The source should last {of_seconds:.1f} s, but it ends after {seconds:.1f} s.",
    )


def find_early_end(probe: Probe) -> list[JobWarning]:
    """Return the warning if the header announces more than the file contains."""
    stated, found = probe.stated_duration_seconds, probe.video_duration_seconds
    if stated is None or not find_missing_seconds(found, of_seconds=stated, is_cut_off=probe.is_cut_off):
        return []
    return [build_early_end(found, of_seconds=stated)]
