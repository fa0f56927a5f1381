"""What a source has that its renditions will not keep: reported at confirm, and again with each
job."""

from collections.abc import Iterator
from dataclasses import dataclass

from videoforge_media.probe import Probe


@dataclass(frozen=True)
class Loss:
    """`code` is stable, `message` one sentence in English."""

    code: str
    message: str


def find_losses(probe: Probe) -> Iterator[Loss]:
    """Yield a Loss for each kind of thing that is left out."""
    yield from _find_lost_pictures(probe)
    if probe.subtitle_tracks:
        yield Loss("subtitles_dropped", "The source has subtitles, which are not carried over.")
    extras = probe.extras
    if extras.has_captions:
        yield Loss(
            "captions_dropped",
            "The source has captions in its picture (CEA-608 or CEA-708), which are not carried over.",
        )
    if extras.chapter_count:
        yield Loss("chapters_dropped", "The source has chapters, which are not carried over.")
    if extras.is_spherical:
        yield Loss(
            "projection_dropped",
            "The source is a 360° or 180° video; players show the renditions as a flat picture.",
        )
    if extras.is_stereo:
        yield Loss("stereo_3d_dropped", "The source is in 3D; players do not show the renditions in 3D.")


def _find_lost_pictures(probe: Probe) -> Iterator[Loss]:
    if not probe.is_picture_lasting:
        yield Loss(
            "picture_goes_elsewhere",
            "The source's picture continues in another track, which is not carried over; "
            f"the renditions last {probe.video_duration_seconds:.1f} s.",
        )
    elif probe.other_pictures:
        count = probe.other_pictures + 1
        yield Loss(
            "video_tracks_dropped",
            f"The source has {count} picture tracks; the one with the most frames is used.",
        )
    if probe.other_programs:
        count = probe.other_programs + 1
        yield Loss(
            "programs_dropped",
            f"The source holds {count} programs; one is used, its picture with its sound.",
        )
