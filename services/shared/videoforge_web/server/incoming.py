"""Whether a request has arrived completely: a pure reader of its bytes that decides only this.

gunicorn parses the request afterwards, with all its own checks. A request that this reader cannot
judge, such as one with a length that is not a number, counts as complete at once, so that gunicorn
refuses it.
"""

import re
from typing import Final

_HEAD_END: Final = b"\r\n\r\n"
_LINE_END: Final = b"\r\n"
#: More than gunicorn accepts as a line; gunicorn refuses a longer head.
MAX_HEAD_BYTES: Final = 64 * 1024
#: "7FFFFFFF" and an extension; RFC 9112, section 7.1.1
_MAX_SIZE_LINE_BYTES: Final = 256
_FIELD: Final = re.compile(rb"^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$")


class IncomingRequest:
    """Feed it the bytes as they arrive; `data` is all of them. `is_whole` says that a thread need
    not wait for more, `is_too_large` that the body is, or will be, larger than `max_body_bytes`.
    """

    def __init__(self, *, max_body_bytes: int) -> None:
        self.data = bytearray()
        self.is_whole = False
        self.is_too_large = False
        self.wants_continue = False
        self._max_body_bytes = max_body_bytes
        self._fields: dict[bytes, list[bytes]] | None = None
        self._end = 0  # where the body ends, as far as is known
        self._is_chunked = False

    @property
    def has_head(self) -> bool:
        return self._fields is not None

    def get_field(self, name: str) -> str:
        """Return the last value of a header field; "" without one, or before the head is complete."""
        values = (self._fields or {}).get(name.lower().encode(), [b""])
        return values[-1].decode("latin-1")

    def feed(self, data: bytes) -> None:
        seen = len(self.data)
        self.data += data
        if not self.has_head:
            self._look_for_head(max(0, seen - len(_HEAD_END)))
        if self.has_head and not self.is_whole:
            self._look_for_end()

    def _look_for_head(self, start: int) -> None:
        found = self.data.find(_HEAD_END, start)
        if found < 0:
            self.is_whole = len(self.data) > MAX_HEAD_BYTES
            return
        self._end = found + len(_HEAD_END)
        fields: dict[bytes, list[bytes]] = {}
        for line in bytes(self.data[:found]).split(_LINE_END)[1:]:
            if match := _FIELD.match(line):
                fields.setdefault(match[1].lower(), []).append(match[2])
        self._fields = fields
        self._measure_body(fields)

    def _measure_body(self, fields: dict[bytes, list[bytes]]) -> None:
        lengths, codings = fields.get(b"content-length", []), fields.get(b"transfer-encoding", [])
        self.wants_continue = fields.get(b"expect", [b""])[-1].lower() == b"100-continue"
        if codings == [b"chunked"] and not lengths:
            self._is_chunked = True
        elif codings or len(lengths) > 1 or (lengths and not lengths[0].isdigit()):
            self.is_whole = True  # gunicorn refuses it
        elif lengths:
            self._end += int(lengths[0][:20])

    def _look_for_end(self) -> None:
        if self._is_chunked:
            self._walk_chunks()
        else:
            head_bytes = self.data.find(_HEAD_END) + len(_HEAD_END)
            self.is_too_large = self._end - head_bytes > self._max_body_bytes
            self.is_whole = len(self.data) >= self._end

    def _walk_chunks(self) -> None:
        """Continue at the chunk that was incomplete; the chunk headers count as body too."""
        while self._is_chunked and not self.is_whole:
            self.is_too_large = self._end > self._max_body_bytes + MAX_HEAD_BYTES
            line_end = self.data.find(_LINE_END, self._end)
            if line_end < 0:
                self.is_whole = len(self.data) - self._end > _MAX_SIZE_LINE_BYTES
                return
            size = _read_size(bytes(self.data[self._end : line_end]))
            if size is None:
                self.is_whole = True  # gunicorn refuses it
            elif size == 0:
                self._end_chunks(line_end)
                return
            else:
                after = line_end + len(_LINE_END) + size + len(_LINE_END)
                if size > self._max_body_bytes:
                    self.is_too_large = True
                if len(self.data) < after:
                    return
                self._end = after

    def _end_chunks(self, line_end: int) -> None:
        """After the chunk of size 0 come trailers (usually none) and an empty line."""
        self.is_whole = (
            self.data[line_end : line_end + len(_HEAD_END)] == _HEAD_END
            or self.data.find(_HEAD_END, line_end) >= 0
            or len(self.data) - line_end > MAX_HEAD_BYTES
        )


def _read_size(line: bytes) -> int | None:
    digits = line.partition(b";")[0].strip()
    try:
        return int(digits, 16) if digits.isalnum() else None
    except ValueError:
        return None
