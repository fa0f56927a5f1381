"""The table of codes as a page and as Markdown, with an anchor for each code:
`#truncated_media`."""

import re
from collections.abc import Iterable
from html import escape
from itertools import groupby
from typing import Final

from videoforge.problems import Code

_INTRODUCTION: Final = (
    "Every refused request is answered with an RFC 9457 problem whose `code` is one of these and\n"
    "never changes its meaning. A failed job carries one in its `error`."
)
_STYLE: Final = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h3 { margin: 1.5rem 0 0; font-size: 1rem; }
h3 a { color: inherit; text-decoration: none; }
h3 a:hover, h3 a:focus { text-decoration: underline; }
p { margin: .1rem 0; }
section:target { outline: 2px solid; outline-offset: .5rem; }
"""


def _group_codes() -> Iterable[tuple[str, Iterable[Code]]]:
    return groupby(Code, key=lambda code: code.value.group)


def _name_status(code: Code) -> str:
    """`bad_request` is the only code whose status is chosen by the framework."""
    status = "4xx" if code is Code.bad_request else code.value.status
    places = [str(status)] if status else []
    return ", ".join([*places, "a job's error"] if code.value.ends_jobs else places)


def render_html() -> str:
    """Return the page; it needs no script, and its only stylesheet is its own."""
    groups = "\n".join(_render_group(title, codes) for title, codes in _group_codes())
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>VideoForge: problems</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>Problems</h1>
<p>{_mark_code(_INTRODUCTION)} The routes are described at <a href="/api/docs">/api/docs</a>.</p>
{groups}
</main>
</body>
</html>
"""


def _render_group(title: str, codes: Iterable[Code]) -> str:
    entries = "\n".join(
        f'<section id="{code.name}">\n'
        f'<h3><a href="#{code.name}"><code>{code.name}</code></a> · {escape(_name_status(code))}</h3>\n'
        f"<p>{_mark_code(code.value.summary)}</p>\n<p>{_mark_code(code.value.hint)}</p>\n</section>"
        for code in codes
    )
    return f"<h2>{escape(title)}</h2>\n{entries}"


def _mark_code(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))


def render_markdown() -> str:
    """Return docs/problems.md."""
    lines = ["# Problems", "", _INTRODUCTION, "", "Written by `make openapi`."]
    for title, codes in _group_codes():
        lines += ["", f"## {title}", "", "| code | status | meaning | what to do |", "|---|---|---|---|"]
        for code in codes:
            name, row = f'<a id="{code.name}"></a>`{code.name}`', code.value
            lines.append(f"| {name} | {_name_status(code)} | {row.summary} | {row.hint} |")
    return "\n".join(lines) + "\n"
