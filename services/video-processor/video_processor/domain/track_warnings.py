"""What a user should know about parts of the source that are not in the renditions: warnings of the job."""

from collections.abc import Iterator

from videoforge.messages import Warning_
from videoforge_media.probe import Probe


def find_track_warnings(probe: Probe) -> Iterator[Warning_]:
    """Yield a warning for each kind of track that is left out."""
    if not probe.is_picture_lasting:
        yield Warning_(
            code="picture_goes_elsewhere",
            message="The source's picture goes on in another track, which is not carried over; "
            f"the renditions last {probe.video_duration_seconds:.1f} s.",
        )
    elif probe.other_pictures:
        count = probe.other_pictures + 1
        yield Warning_(
            code="video_tracks_dropped",
            message=f"The source has {count} picture tracks; the one with the most frames is used.",
        )
    if probe.other_programs:
        count = probe.other_programs + 1
        yield Warning_(
            code="programs_dropped",
            message=f"The source holds {count} programs; one is used, its picture with its sound.",
        )
