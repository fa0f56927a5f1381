"""Whatever a file says, or a program that a file took over: the result is a value or the module's
own refusal, never another exception."""

import io
import json
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videoforge.tokens import KeySet, TokenRefused, TokenVerifier
from videoforge_media.errors import MediaRejected
from videoforge_media.ffprobe import read_probe
from videoforge_media.length import measure_length
from videoforge_media.magic import find_container, has_fragments, is_cut_off
from videoforge_media.packet_clock import PacketClock, read_packet_objects, read_packets
from videoforge_media.probe_fields import read_clock, read_fraction, read_int, read_pixel_aspect, read_seconds

bounded = settings(max_examples=100, deadline=None, derandomize=True, database=None)

NUMBERS = st.integers() | st.floats() | st.sampled_from([2**31, -(2**31), 10**400, 2**63])
FIGURES = st.sampled_from(
    [
        "N/A",
        "0/0",
        "1/0",
        "²/³",
        "9" * 5000,
        "nan",
        "inf",
        "-1",
        "1:1",
        "1e999",
        "25/1",
        "00:00:01.5",
        ":::",
        "",
    ]
)
SCALARS = st.none() | st.booleans() | NUMBERS | FIGURES | st.text(max_size=20)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
STREAM = st.fixed_dictionaries(
    {"codec_type": st.sampled_from(["video", "audio", "subtitle"]) | JSON, "codec_name": SCALARS | JSON},
    optional={
        "index": st.integers(0, 5) | JSON,
        "nb_frames": SCALARS,
        "nb_read_packets": SCALARS | JSON,
        "width": st.integers(0, 9000) | JSON,
        "height": st.integers(0, 9000) | JSON,
        "duration": SCALARS,
        "start_time": SCALARS,
        "sample_aspect_ratio": SCALARS,
        "r_frame_rate": SCALARS,
        "avg_frame_rate": SCALARS,
        "bits_per_raw_sample": SCALARS,
        "channels": SCALARS,
        "channel_layout": JSON,
        "pix_fmt": JSON,
        "disposition": JSON | st.dictionaries(st.sampled_from(["default", "attached_pic"]), JSON),
        "tags": JSON | st.dictionaries(st.sampled_from(["DURATION", "language", "title"]), JSON),
        "side_data_list": JSON | st.lists(st.dictionaries(st.sampled_from(["rotation", "dv_profile"]), JSON)),
    },
)
FORMAT = st.fixed_dictionaries(
    {}, optional={"duration": SCALARS, "bit_rate": SCALARS, "format_name": JSON, "tags": JSON}
)
DOCUMENTS = JSON | st.fixed_dictionaries(
    {"streams": st.lists(STREAM, max_size=3) | JSON},
    optional={"format": FORMAT | JSON, "programs": JSON, "second_look": JSON},
)


@bounded
@given(document=DOCUMENTS, size=st.integers(1, 2**40))
def test_any_json_of_ffprobe_is_a_probe_or_a_refusal(document, size: int) -> None:
    try:
        probe = read_probe(json.dumps(document), file_size_bytes=size)
    except MediaRejected:
        return
    json.dumps(probe.to_dict(), allow_nan=False)


@bounded
@given(text=st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_any_text_of_ffprobe_is_a_refusal(text: str) -> None:
    with pytest.raises(MediaRejected):
        read_probe(text, file_size_bytes=1)


@bounded
@given(figure=SCALARS | JSON)
def test_any_figure_is_a_usable_value_or_none(figure) -> None:
    seconds = read_seconds(figure)
    assert seconds is None or 0 <= seconds < 1e9
    for found in (read_int(figure), read_clock(figure)):
        assert found is None or found >= 0
    for separator in "/:":
        fraction = read_fraction(figure, separator=separator)
        assert fraction is None or fraction > 0
    assert read_pixel_aspect(figure) > 0


LINES = st.lists(st.lists(SCALARS, max_size=6).map(lambda row: ",".join(map(str, row))), max_size=5)
CONTAINERS = st.sampled_from(["mp4", "matroska", "mpegts", None])
PACKETS = st.lists(
    st.fixed_dictionaries(
        {"stream_index": st.integers(0, 2) | JSON},
        optional={"pts_time": SCALARS, "dts_time": SCALARS, "duration_time": SCALARS, "flags": JSON},
    ),
    max_size=4,
)


@bounded
@given(lines=LINES, packets=PACKETS | JSON, bridges_jumps=st.booleans())
def test_any_list_of_packets_ends_at_a_time_or_nowhere(lines: list[str], packets, bridges_jumps) -> None:
    clock = PacketClock(bridges_jumps=bridges_jumps)
    for packet in [*read_packets(lines), *read_packet_objects(packets)]:
        clock.take(packet)
        end = clock.find_end(packet.stream)
        assert end is None or abs(end) < 1e12


@bounded
@given(document=DOCUMENTS, packets=PACKETS, lines=LINES, container=CONTAINERS, flags=st.booleans())
def test_any_packets_make_a_probe_or_a_refusal(document, packets, lines, container, flags) -> None:
    measure = partial(
        measure_length, container=container, is_fragmented=flags, run_lines=lambda _: iter(lines)
    )
    if isinstance(document, dict):
        document["packets"] = packets
    try:
        probe = read_probe(json.dumps(document), file_size_bytes=1, measure=measure)
    except MediaRejected:
        return
    json.dumps(probe.to_dict(), allow_nan=False)


HEADS = st.sampled_from(
    [b"\0\0\0\x18ftypisom", b"\x1a\x45\xdf\xa3", b"RIFF\0\0\0\0AVI ", b"\xff\xfb", b"\x47", b""]
)


@bounded
@given(head=HEADS, rest=st.binary(max_size=200), size=st.integers(0, 2**40))
def test_any_bytes_are_some_container_or_none(head: bytes, rest: bytes, size: int) -> None:
    content = head + rest
    container = find_container(content)
    assert is_cut_off(io.BytesIO(content), container=container, file_size_bytes=size) in {True, False}
    assert has_fragments(io.BytesIO(content), file_size_bytes=size) in {True, False}


@bounded
@given(
    token=st.text(max_size=300)
    | st.lists(st.text(st.sampled_from("abcABC019-_=."), max_size=40), min_size=1, max_size=6).map(".".join)
    | st.tuples(JSON, JSON).map(lambda parts: ".".join(json.dumps(part) for part in parts))
)
def test_any_text_is_no_token_and_asks_for_no_key(token: str) -> None:
    verifier = TokenVerifier(issuer="i", client_id="c", key_set=KeySet(list))
    with pytest.raises(TokenRefused):
        verifier.verify(token)
