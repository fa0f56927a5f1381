"""The curl lines of a document: the route that each calls, and the status that it states."""

import re
from dataclasses import dataclass

_BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_STATUS = re.compile(r"#\s+(\d{3})\b")
_METHOD = re.compile(r"-X\s+(GET|POST|PUT|PATCH|DELETE)\b")
_PATH = re.compile(r"\$VF(/api[^\s\"?)|]*)")
_IDENTIFIER = re.compile(r"(?<=/)(?:\$\w+|[0-9a-f]{8}-[0-9a-f-]{27})(?=/|$)")


@dataclass(frozen=True)
class CurlLine:
    """`path` has `{}` for each id, and is empty for a URL from a response."""

    method: str
    path: str
    status: int | None
    needs_code: bool
    text: str


def join_script(document: str) -> str:
    """Return all bash blocks of a Markdown document as one script."""
    return "\n".join(_BLOCK.findall(document))


def list_curl_lines(document: str) -> list[CurlLine]:
    """Return the curl commands of the bash blocks, in order."""
    script = join_script(document).replace("\\\n", " ")
    return [parse_line(line) for line in script.splitlines() if "curl " in line]


def parse_line(line: str) -> CurlLine:
    path = _PATH.search(line)
    status = _STATUS.search(line)
    return CurlLine(
        method=_find_method(line),
        path=_IDENTIFIER.sub("{}", path[1]) if path else "",
        status=int(status[1]) if status else None,
        needs_code="$CODE" in line,
        text=line.strip(),
    )


def _find_method(line: str) -> str:
    named = _METHOD.search(line)
    if named:
        return named[1]
    if "-T " in line:
        return "PUT"
    return "POST" if "--json" in line else "GET"
