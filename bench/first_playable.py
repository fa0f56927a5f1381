"""Measure how soon a video plays: `python -m bench.first_playable`.

Films of 10 s, 10 min and 2 h through the API of a stack with one processor. The time is from the
answer to `upload/confirm`, right after which the job is created, until the first segments of
picture and sound can be fetched; then the job is cancelled. The films are 10 s of the sample in 320
by 180, repeated without encoding them again, so that the encode of a segment is short and the rest
is the pipeline's own time. That should not grow with the film's length.

Exits 1 if the 2 h film takes more than twice as long as the film of 10 min.
"""

import sys
from pathlib import Path
from typing import Final

from bench.whole_jobs import run_stack, sign_up, time_first_play
from demo.clips import SAMPLE
from demo.media_tools import make
from infra.local.settings import REPOSITORY

_FOLDER: Final = REPOSITORY / ".local" / "bench"
_SECONDS: Final = (10, 600, 7200)
#: The first film waits for what a new stack does once; this one is not counted.
_WARM_UP_SECONDS: Final = 10
MAX_RATIO: Final = 2.0


def make_film(seconds: int) -> Path:
    """Return the film, which is made if it is not there yet."""
    path = _FOLDER / f"180p-{seconds}s.mp4"
    if path.exists():
        return path
    _FOLDER.mkdir(parents=True, exist_ok=True)
    piece, partial = _FOLDER / "180p-piece.mp4", path.with_suffix(".partial.mp4")
    encode = ["-stream_loop", "-1", "-i", str(SAMPLE), "-t", "10", "-vf", "scale=320:180,fps=25"]
    encode += ["-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-pix_fmt", "yuv420p"]
    encode += ["-c:a", "aac", "-ac", "2"]
    make(encode, target=piece, seconds=60)
    copy = ["-stream_loop", "-1", "-i", str(piece), "-t", str(seconds), "-c", "copy"]
    make([*copy, "-movflags", "+faststart"], target=partial, seconds=300)
    partial.rename(path)
    return path


def main() -> int:
    films = {seconds: make_film(seconds) for seconds in _SECONDS}
    waits = {}
    with run_stack(processors=1) as stack, sign_up(stack.settings.origin) as client:
        time_first_play(client, films[_WARM_UP_SECONDS], formats=["480p"])
        for seconds, film in films.items():
            waits[seconds] = time_first_play(client, film, formats=["480p"])
            print(f"  {seconds:5d} s of film play after {waits[seconds]:6.2f} s", flush=True)
    ratio = waits[7200] / waits[600]
    print(f"2 h against 10 min: {ratio:.2f} times as long (at most {MAX_RATIO})")
    return 0 if ratio <= MAX_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
