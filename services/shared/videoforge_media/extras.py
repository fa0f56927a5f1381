"""What a file has besides picture and sound that renditions do not keep: embedded captions,
chapters, and the metadata of 360° and 3D video.

ffprobe reports chapters, and most of the rest as side data of the track. It does not know a VR180
camera's mesh (`mshp`), Apple's spatial video (`vexu`), or Google's first tag (`uuid`) if the
stitching program is not named; those are read from the file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, Literal

from videoforge_media.boxes import find_boxes, list_sample_entries
from videoforge_media.captions import CAPTIONED_CODECS, has_captions
from videoforge_media.magic import Container

Mark = Literal["captions", "spherical", "stereo"]

#: in a picture's sample entry: Google's "Spherical Video V2" and VR180, Apple's "Stereo Video"
#: (2023)
_ENTRY_MARKS: Final[Mapping[bytes, Mark]] = {b"sv3d": "spherical", b"vexu": "stereo"}
#: "Spherical Video V1": this UUID in the track, followed by XML; in Matroska the XML is a tag of
#: the track
_UUID: Final = bytes.fromhex("ffcc8263f8554a938814587a02521fdd")
_TAG: Final = "SPHERICAL-VIDEO"
_MAX_XML_BYTES: Final = 64 << 10
_XML_MARKS: Final[Mapping[bytes, Mark]] = {
    b"<GSpherical:Spherical>true<": "spherical",
    b"<GSpherical:StereoMode>top-bottom<": "stereo",
    b"<GSpherical:StereoMode>left-right<": "stereo",
}


@dataclass(frozen=True)
class Extras:
    """`is_spherical` and `is_stereo` are those of the track that is shown."""

    has_captions: bool = False
    chapter_count: int = 0
    is_spherical: bool = False
    is_stereo: bool = False


def find_marks(
    file: BinaryIO, *, container: Container | None, size_bytes: int, codec: str
) -> frozenset[Mark]:
    """Return what the file itself says about its pictures; reads headers, and for captions 4
    MiB."""
    found: set[Mark] = set()
    if container == "mp4":
        found.update(_list_mp4_marks(file, size_bytes=size_bytes))
    if codec in CAPTIONED_CODECS and has_captions(file, size_bytes=size_bytes):
        found.add("captions")
    return frozenset(found)


def read_extras(document: Mapping[str, Any], *, video: Mapping[str, Any], marks: frozenset[Mark]) -> Extras:
    """Return the extras from ffprobe's JSON and from the marks found in the file."""
    kinds = {str(data.get("side_data_type")): data for data in video.get("side_data_list") or []}
    views = kinds.get("Stereo 3D", {})
    marks |= _read_xml(str((video.get("tags") or {}).get(_TAG))[:_MAX_XML_BYTES].encode())
    return Extras(
        has_captions="captions" in marks,
        chapter_count=len(document.get("chapters") or []),
        is_spherical="Spherical Mapping" in kinds or "spherical" in marks,
        is_stereo=views.get("type", "2D") != "2D" or "stereo" in marks,
    )


def _list_mp4_marks(file: BinaryIO, *, size_bytes: int) -> Iterator[Mark]:
    for entry in list_sample_entries(file, size_bytes=size_bytes):
        if entry.handler == b"vide":
            kinds = [box.kind for box in entry.list_parts(file)]
            yield from (mark for kind, mark in _ENTRY_MARKS.items() if kind in kinds)
    for box in find_boxes(file, (b"moov", b"trak", b"uuid"), first=0, end=size_bytes):
        body = box.read(file, _MAX_XML_BYTES)
        if body.startswith(_UUID):
            yield from _read_xml(body)


def _read_xml(text: bytes) -> frozenset[Mark]:
    return frozenset(mark for words, mark in _XML_MARKS.items() if words in text)
