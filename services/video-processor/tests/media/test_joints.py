"""Rate control where two chunks of a film join: the ceiling and its buffer hold across joints, and
the quality there moves little more than one piece's does at its own key frames, if at all.

Real pictures (the sample, repeated): with grain they need all that the ceiling allows, blurred they
stay far below. `make chunk-table` writes the figures to docs/chunks.md.
"""

import statistics
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from kit.chunked import list_psnr
from kit.rate import find_fullest, list_frame_bits, list_seconds, list_steps

from demo.clips import SAMPLE
from tests.chunk_report import JointsRow

pytestmark = pytest.mark.integration

_RATE = 25
#: 30 s in chunks of 6 s
_JOINTS_AT_SECONDS = (6, 12, 18, 24)
_KEYS_AT_SECONDS = [at for at in range(2, 30, 2) if at not in _JOINTS_AT_SECONDS]
_FILMS = {"grain": "noise=alls=12:allf=t+u", "soft": "gblur=sigma=2.5"}

#: How much the quality may move at a joint, as a share of the most that one piece moves at its own
#: key frames. At a plain bitrate x264 begins each encode carefully, and the second after a joint is
#: worse.
_OWN_SHARES = {"quality": 1.0, "bitrate": 2.0}


@pytest.fixture
def make_film(make_clip: Callable[..., Path]) -> Callable[[str], Path]:
    """Return a function that makes a film of 30 s without loss that shows."""

    def make(name: str) -> Path:
        graph = f"fps={_RATE},scale=320:180:flags=lanczos,{_FILMS[name]}"
        coded = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "4", "-pix_fmt", "yuv420p")
        loop = ("-stream_loop", "-1", "-i", str(SAMPLE), "-t", "30", "-an")
        return make_clip(f"{name}.mp4", *loop, "-vf", graph, "-g", "50", *coded)

    return make


@pytest.mark.parametrize("rate_control", ["quality", "bitrate"])
@pytest.mark.parametrize("name", _FILMS)
async def test_joints_show_no_pulse_and_keep_to_the_buffer(
    make_film: Any, encode_both: Any, keep_row: Any, name: str, rate_control: str
) -> None:
    film = make_film(name)
    whole, chunked = await encode_both(film, rate_control=rate_control)
    assert [chunk.start_seconds for chunk in chunked.plan.chunks[1:]] == list(_JOINTS_AT_SECONDS)
    files = [outcome.get_mp4("180p") for outcome in (whole, chunked)]
    ceiling = whole.plan.ladder[0].bitrate_bps
    bits = [list_frame_bits(file) for file in files]
    fullest = [
        find_fullest(own, frame_rate=Fraction(_RATE), ceiling_bps=ceiling, buffer_bits=2 * ceiling)
        for own in bits
    ]
    one, many = (list_seconds(list_psnr(file, film), frame_rate=_RATE) for file in files)
    before, after = ([many[at - gap] - one[at - gap] for at in _JOINTS_AT_SECONDS] for gap in (1, 0))
    own_steps = [abs(step) for step in list_steps(one, at=_KEYS_AT_SECONDS)]
    row = JointsRow(
        name=name if rate_control == "quality" else f"{name}, plain bitrate",
        joints=str(len(_JOINTS_AT_SECONDS)),
        fullest=" / ".join(f"{level:.2f}" for level in fullest),
        bits=f"× {sum(bits[1]) / sum(bits[0]):.2f}",
        before=_describe(before),
        after=_describe(after),
        own=f"{statistics.mean(own_steps):.1f}, at most {max(own_steps):.1f} dB",
    )
    keep_row(row)
    assert max(fullest) <= 1, row
    assert fullest[1] <= fullest[0] + 0.1, row
    limit = _OWN_SHARES[rate_control] * max(own_steps)
    assert max(map(abs, [*before, *after])) <= limit, row
    pulses = [late - early for early, late in zip(before, after, strict=True)]
    assert max(map(abs, pulses)) <= limit, (row, pulses)


def _describe(gains: list[float]) -> str:
    return f"{statistics.mean(gains):+.1f}, at most {max(gains, key=abs):+.1f} dB"
