"""Leftovers: what crashed and interrupted attempts of a completed job left in the store.

Attempts of different tasks share a prefix (with different file names), so no prefix can be deleted
whole: what the results of the job's tasks list is kept, and everything else below the job's prefix
is deleted.
"""

from collections.abc import Iterator, Sequence

from videoforge.messages import AssembleResult, AudioResult, EncodeResult, PrepareResult, TaskResult


def list_leftovers(keys: Sequence[str], *, results: Sequence[TaskResult]) -> list[str]:
    """Return those of a job's keys that no result lists, in their order. `results` are those of the
    attempt that was published, or empty for a job whose video is deleted.

    Raises ValueError for results without a publication, because then it is unknown which files are
    still needed.
    """
    if results and not any(isinstance(result, AssembleResult) for result in results):
        raise ValueError("the job has published nothing; its files may be in use")
    named = {key for result in results for key in _list_named(result) if key}
    sheets = tuple(_build_sheet_prefix(key) for result in results if (key := _find_storyboard(result)))
    return [key for key in keys if key not in named and not key.startswith(sheets)]


def _list_named(result: TaskResult) -> Iterator[str | None]:
    if isinstance(result, EncodeResult | AudioResult):
        renditions = result.renditions if isinstance(result, EncodeResult) else []
        for track in [*renditions, *([result.audio] if result.audio else [])]:
            yield track.init_key
            yield from (segment.key for segment in track.segments)
        return
    yield _find_storyboard(result)
    if isinstance(result, PrepareResult):
        yield result.thumbnail_key
        return
    for rendition in result.renditions:
        yield from (rendition.playlist_key, rendition.mp4_key)
    if result.audio:
        yield result.audio.playlist_key


def _find_storyboard(result: TaskResult) -> str | None:
    return None if isinstance(result, EncodeResult | AudioResult) else result.storyboard_key


def _build_sheet_prefix(storyboard_key: str) -> str:
    """The sheets are stored next to their VTT and named after it: storyboard.vtt,
    storyboard-000.jpg …"""
    return storyboard_key.removesuffix(".vtt") + "-"
