"""What is put over the hole of a sampled source, byte by byte; that ffprobe steps over it is an integration
test's matter."""

import mmap

from job_service.videos.hole_cover import Patch, plan_cover
from job_service.videos.source_sample import ByteRange

GIB = 1 << 30
EBML = b"\x1a\x45\xdf\xa3\x80"
#: an open size, then the timestamp 0
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


def test_a_large_hole_gets_voids_end_to_end_of_which_each_holds_its_own_header() -> None:
    head = EBML + CLUSTER + CLUSTER
    start = len(EBML + CLUSTER)
    # a whole GiB and 4 bytes lie between: too little for a second header
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


def test_a_fragment_whose_index_breaks_off_goes_with_the_data_before_it() -> None:
    film = b"\x00\x00\x00\x08ftyp" + MOOF
    (patch,) = plan(film + b"a" * 40 + MOOF[:-1], MOOF)
    assert patch.first == len(film)


def test_where_an_end_holds_no_place_to_step_from_or_to_nothing_is_written() -> None:
    film = b"\x00\x00\x00\x08ftyp" + b"\x00\x00\x00\x08mdat"
    assert plan(film, b"moov") == []
    assert plan(film + MOOF + b"a" * 40, b"c" * 40) == []
    assert plan(film + MOOF, MOOF) == [], "the head ends with the moof: there is no room for a box"
    assert plan(EBML + CLUSTER + b"a" * 40, CLUSTER) == [], "the first cluster tells the codecs"
    assert plan(EBML + CLUSTER + CLUSTER, b"c" * 40) == []
    assert plan(EBML + CLUSTER + CLUSTER, CLUSTER[:4] + b"\x00" + CLUSTER[:4] + b"\x81a") == []
