"""Metadata that marks an MP4's picture as 360° or 3D."""

from kit.mp4 import build_box, insert

_ENTRY = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1")
_UUID = bytes.fromhex("ffcc8263f8554a938814587a02521fdd")
XML = (
    '<?xml version="1.0"?><rdf:SphericalVideo xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:GSpherical="http://ns.google.com/videos/1.0/spherical/"><GSpherical:Spherical>true'
    "</GSpherical:Spherical><GSpherical:ProjectionType>equirectangular</GSpherical:ProjectionType>"
    "</rdf:SphericalVideo>"
)


def add_projection(content: bytes, *, kind: bytes) -> bytes:
    """Add `sv3d` with a projection of this kind: `equi`, `cbmp`, or the mesh `mshp` of VR180."""
    header = build_box(b"svhd", bytes(4) + b"camera\0")
    projection = build_box(b"proj", build_box(b"prhd", bytes(16)) + build_box(kind, bytes(20)))
    return insert(content, *_ENTRY, added=build_box(b"sv3d", header + projection))


def add_two_eyes(content: bytes, *, mode: int) -> bytes:
    """Add `st3d`: 0 for one picture, 1 for top and bottom, 2 for side by side."""
    return insert(content, *_ENTRY, added=build_box(b"st3d", bytes(4) + bytes([mode])))


def add_spatial(content: bytes) -> bytes:
    """Add the boxes of Apple's spatial video, which state that there are pictures for both eyes."""
    eyes = build_box(b"eyes", build_box(b"stri", bytes(4) + b"\3"))
    return insert(content, *_ENTRY, added=build_box(b"vexu", eyes))


def add_first_tag(content: bytes) -> bytes:
    """Add the tag of "Spherical Video V1" to the track, without the name of the stitching
    program."""
    return insert(content, b"moov", b"trak", added=build_box(b"uuid", _UUID + XML.encode()))
