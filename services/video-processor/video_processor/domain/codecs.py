"""The codec strings of a master playlist (RFC 6381), read from an init segment."""

from typing import Final

#: AAC-LC in MP4: object type 0x40, audio object type 2
AAC_LC: Final = "mp4a.40.2"


def read_avc_codec(init: bytes) -> str:
    """Return `avc1.PPCCLL` from the avcC box: profile, constraint flags and level in hexadecimal
    (ISO/IEC 14496-15, 5.3.3.1). Raises ValueError if there is none."""
    start = init.find(b"avcC")
    profile = init[start + 5 : start + 8]
    if start < 0 or len(profile) < 3:
        raise ValueError("the init segment has no avcC box")
    return f"avc1.{profile.hex().upper()}"
