"""What a user should know about how the source's picture is processed, as warnings of the job."""

from collections.abc import Iterator

from videoforge.messages import JobWarning
from videoforge_media.color_codes import find_approximation
from videoforge_media.probe import Probe


def find_picture_warnings(probe: Probe) -> Iterator[JobWarning]:
    """Yield a warning for each step whose effect may be visible."""
    approximation = find_approximation(probe)
    if approximation:
        stated, taken = approximation
        yield JobWarning(
            code="colors_approximated",
            message=f"The source's colours are coded as {stated}, which is read as {taken}.",
        )
