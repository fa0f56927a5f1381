"""The table of codes as a page and as Markdown, with an anchor for each code: `#truncated_media`."""

import re
from html import escape
from typing import Final

from job_service.problem_catalogue import CATALOGUE, JOB, ProblemCode, ProblemGroup

_INTRODUCTION: Final = (
    "Every refused request is answered with an RFC 9457 problem, whose `code` is one of these and never "
    "changes its meaning. A job that failed carries one in its `error`."
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


def _name_status(entry: ProblemCode) -> str:
    return entry.status.replace(JOB, "a job's error")


def render_html() -> str:
    """Return the page; it needs no script, and its only style is its own."""
    groups = "\n".join(map(_render_group, CATALOGUE))
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


def _render_group(group: ProblemGroup) -> str:
    entries = "\n".join(
        f'<section id="{entry.code}">\n'
        f'<h3><a href="#{entry.code}"><code>{entry.code}</code></a> · {escape(_name_status(entry))}</h3>\n'
        f"<p>{_mark_code(entry.meaning)}</p>\n<p>{_mark_code(entry.advice)}</p>\n</section>"
        for entry in group.codes
    )
    return f"<h2>{escape(group.title)}</h2>\n{entries}"


def _mark_code(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))


def render_markdown() -> str:
    """Return docs/problems.md."""
    lines = ["# Problems", "", _INTRODUCTION, "", "Written by `make openapi`."]
    for group in CATALOGUE:
        lines += [
            "",
            f"## {group.title}",
            "",
            "| code | status | meaning | what to do |",
            "|---|---|---|---|",
        ]
        for entry in group.codes:
            name = f'<a id="{entry.code}"></a>`{entry.code}`'
            lines.append(f"| {name} | {_name_status(entry)} | {entry.meaning} | {entry.advice} |")
    return "\n".join(lines) + "\n"
