"""Inserts captions into the pictures of a raw H.264 stream, as in broadcasts (ATSC A/53 part 4)."""

import re

#: CEA-608, field 1: clear and load, place the line, text, show it; then the two zeros that fill the
#: gaps
_COMMANDS = ((0x14, 0x20), (0x14, 0x20), (0x14, 0x70), (0x48, 0x49), (0x14, 0x2F))
_EMPTY = (0, 0)
_SLICE = re.compile(rb"\x00\x00\x00\x01[\x41\x61\x65]|\x00\x00\x01[\x41\x61\x65]")


def add_captions(content: bytes, *, are_empty: bool = False) -> bytes:
    """Return the stream, which has one slice per picture, with caption data before each picture.
    Empty captions consist of padding only."""
    pairs = iter(() if are_empty else _COMMANDS)
    return _SLICE.sub(lambda found: _build_message(next(pairs, _EMPTY)) + found.group(), content)


def _build_message(pair: tuple[int, int]) -> bytes:
    """Return an SEI message of type 4, user data of ITU-T T.35, with a pair of bytes for field
    1."""
    triple = bytes([0xFC, *map(_add_parity, pair)])
    payload = b"\xb5\x00\x31GA94\x03" + bytes([0x40 | 1, 0xFF]) + triple + b"\xff"
    return b"\x00\x00\x00\x01\x06\x04" + bytes([len(payload)]) + payload + b"\x80"


def _add_parity(byte: int) -> int:
    return byte if byte.bit_count() % 2 else byte | 0x80
