"""What a user should know about how the picture of a source is treated, as warnings of the job."""

from collections.abc import Iterator

from videoforge.messages import JobWarning
from videoforge_media.color_codes import find_approximation
from videoforge_media.probe import Probe


def find_picture_warnings(probe: Probe) -> Iterator[JobWarning]:
    """Yield a warning for each treatment that may show."""
    approximation = find_approximation(probe)
    if approximation:
        stated, taken = approximation
        yield JobWarning(
            code="colors_approximated",
            message=f"The source's colours are coded as {stated}, which is read as {taken}.",
        )
