"""Encrypted files are refused with that code when they are confirmed, whatever their container."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kit.clips import make_beeps
from kit.matroska import SEGMENT, TRACK_ENTRY, TRACKS, build_element, build_number, insert

pytestmark = pytest.mark.integration

KEY = "00112233445566778899aabbccddeeff"
CENC = ("-encryption_scheme", "cenc-aes-ctr", "-encryption_key", KEY, "-encryption_kid", KEY)
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
FRAGMENTS = ("-movflags", "frag_keyframe+empty_moov")
ENCRYPTION_GUID = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e")


def rename_entries(content: bytes) -> bytes:
    """As some packagers write it: the codec's own name, with the protection scheme inside."""
    assert b"encv" in content
    return content.replace(b"encv", b"avc1")


def encrypt_matroska(content: bytes) -> bytes:
    """Mark the first track as encrypted, like a WebM for Widevine (RFC 9559, 5.1.4.1.31)."""
    encryption = build_element(0x5035, build_number(0x47E1, 5) + build_element(0x47E2, b"key id"))
    encoding = build_element(0x6240, build_number(0x5033, 1) + encryption)
    return insert(content, SEGMENT, TRACKS, TRACK_ENTRY, added=build_element(0x6D80, encoding))


def encrypt_asf(content: bytes) -> bytes:
    """Insert a Content Encryption Object at the start of the header."""
    added = ENCRYPTION_GUID + (40).to_bytes(8, "little") + bytes(16)
    size = int.from_bytes(content[16:24], "little") + len(added)
    return content[:16] + size.to_bytes(8, "little") + content[24:30] + added + content[30:]


def scramble(content: bytes) -> bytes:
    """Set the scrambling bits of all packets with picture or sound, and replace their content by
    noise."""
    packets = [bytearray(content[at : at + 188]) for at in range(0, len(content), 188)]
    for packet in packets:
        if (packet[1] & 0x1F) << 8 | packet[2] >= 0x100 and packet[1] & 0x1F != 0x1F and packet[3] & 0x10:
            packet[3] |= 0x80
            first = 5 + packet[4] if packet[3] & 0x20 else 4
            packet[first:] = bytes(byte ^ 0x5A for byte in packet[first:])
    return b"".join(packets)


def leave(content: bytes) -> bytes:
    return content


CASES: list[tuple[str, str, tuple[str, ...], Callable[[bytes], bytes]]] = [
    ("MP4, cenc", "a.mp4", (*X264, *CENC), leave),
    ("MP4 in fragments, cenc", "a.mp4", (*X264, *CENC, *FRAGMENTS), leave),
    ("MP4, protection scheme under avc1", "a.mp4", (*X264, *CENC), rename_entries),
    ("WebM with ContentEncryption", "a.webm", ("-c:v", "libvpx", "-c:a", "libopus"), encrypt_matroska),
    ("MKV with ContentEncryption", "a.mkv", X264, encrypt_matroska),
    ("WMV with a Content Encryption Object", "a.wmv", ("-c:v", "wmv2", "-c:a", "wmav2"), encrypt_asf),
    ("scrambled TS", "a.ts", X264, scramble),
]


@pytest.mark.parametrize(("what", "name", "options", "edit"), CASES, ids=[case[0] for case in CASES])
async def test_an_encrypted_file_is_refused_by_that_name(
    transcode: Any,
    make_clip: Any,
    hold: Any,
    what: str,
    name: str,
    options: tuple[str, ...],
    edit: Callable[[bytes], bytes],
) -> None:
    source = make_beeps(make_clip, name, *options, seconds=1, size="160x90")
    source.write_bytes(edit(source.read_bytes()))
    outcome = await transcode(source)
    is_right = outcome.refusal == ("confirm", "encrypted_media")
    hold(
        f"F15 {what}",
        source="1 s, encrypted",
        expected="encrypted_media at confirm",
        seen=str(outcome.refusal),
        is_right=is_right,
        detail=outcome.refusal,
    )


async def test_the_encrypted_sample_is_refused_by_that_name(transcode: Any, find_found: Any) -> None:
    assert (await transcode(find_found("45_cenc.mp4"))).refusal == ("confirm", "encrypted_media")


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.mp4", X264), ("a.mkv", X264), ("a.ts", X264), ("a.wmv", ("-c:v", "wmv2", "-c:a", "wmav2"))],
)
async def test_their_plain_neighbours_are_taken(
    transcode: Any, make_clip: Any, name: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    outcome = await transcode(make_beeps(make_clip, name, *options, seconds=1, size="160x90"))
    assert outcome.refusal is None, outcome.failure
