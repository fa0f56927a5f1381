"""What is written over the hole of a sampled source, byte by byte; an integration test shows that
ffprobe skips it."""

import mmap

from job_service.videos.hole_cover import Patch, plan_cover
from videoforge_media.byte_ranges import ByteRange

GIB = 1 << 30
EBML = b"\x1a\x45\xdf\xa3\x80"
#: unknown size, then timestamp 0
CLUSTER = b"\x1f\x43\xb6\x75\x01" + b"\xff" * 7 + b"\xe7\x81\x00"
MOOF = b"\x00\x00\x00\x20moof\x00\x00\x00\x10mfhd" + bytes(16)


def plan(head: bytes, tail: bytes, *, hole_bytes: int = 1000) -> list[Patch]:
    content = head + bytes(hole_bytes) + tail
    return plan_cover(
        content,
        head=ByteRange(first=0, length=len(head)),
        tail=ByteRange(first=len(head) + hole_bytes, length=len(tail)),
    )


def test_a_void_element_leads_from_the_last_cluster_of_the_head_to_the_first_of_the_tail() -> None:
    head = EBML + CLUSTER + b"a" * 50 + CLUSTER + b"b" * 50
    (patch,) = plan(head, b"c" * 7 + CLUSTER + b"d" + CLUSTER)
    landing = len(head) + 1000 + 7
    assert patch.first == len(EBML + CLUSTER) + 50
    assert patch.content[:2] == b"\xec\x01"
    assert patch.first + 9 + int.from_bytes(patch.content[2:], "big") == landing


def test_a_large_hole_gets_consecutive_voids_with_a_header_each() -> None:
    head = EBML + CLUSTER + CLUSTER
    start = len(EBML + CLUSTER)
    # the gap is one GiB and 4 bytes: too little for a second header
    size = start + GIB + 4 + len(CLUSTER)
    content = mmap.mmap(-1, size)
    content[: len(head)], content[-len(CLUSTER) :] = head, CLUSTER
    patches = plan_cover(
        content,
        head=ByteRange(first=0, length=len(head)),
        tail=ByteRange(first=size - len(CLUSTER), length=len(CLUSTER)),
    )
    lengths = [9 + int.from_bytes(patch.content[2:], "big") for patch in patches]
    assert lengths == [GIB - 9, 13]
    assert [patch.first for patch in patches] == [start, start + GIB - 9]


def test_a_free_box_leads_from_the_data_of_the_last_fragment_to_the_next_one() -> None:
    head = b"\x00\x00\x00\x08ftyp" + MOOF + b"a" * 40 + MOOF + b"b" * 40
    (patch,) = plan(head, b"c" * 7 + MOOF)
    assert patch.first == len(head) - 40
    assert patch.content[:8] == b"\x00\x00\x00\x01free"
    assert patch.first + int.from_bytes(patch.content[8:], "big") == len(head) + 1000 + 7


def test_a_fragment_with_a_cut_off_index_is_covered_with_the_data_before_it() -> None:
    film = b"\x00\x00\x00\x08ftyp" + MOOF
    (patch,) = plan(film + b"a" * 40 + MOOF[:-1], MOOF)
    assert patch.first == len(film)


def test_nothing_is_written_if_an_end_has_no_place_to_skip_from_or_to() -> None:
    film = b"\x00\x00\x00\x08ftyp" + b"\x00\x00\x00\x08mdat"
    assert plan(film, b"moov") == []
    assert plan(film + MOOF + b"a" * 40, b"c" * 40) == []
    assert plan(film + MOOF, MOOF) == [], "the head ends with the moof: there is no room for a box"
    assert plan(EBML + CLUSTER + b"a" * 40, CLUSTER) == [], "the first cluster identifies the codecs"
    assert plan(EBML + CLUSTER + CLUSTER, b"c" * 40) == []
    assert plan(EBML + CLUSTER + CLUSTER, CLUSTER[:4] + b"\x00" + CLUSTER[:4] + b"\x81a") == []
