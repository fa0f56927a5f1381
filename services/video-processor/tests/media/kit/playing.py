"""What a viewer gets: the HLS of an outcome, served over HTTP and played in Chromium by the
client's own hls.js (client/e2e/play-hls.mjs)."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from kit.outcome import Outcome

from infra.local.settings import REPOSITORY
from tests.servers.tools import give_up, require_tool

CLIENT = REPOSITORY / "client"
#: time for Chromium to start and for the script itself, on a busy machine
_TIMEOUT_SECONDS = 90


@dataclass(frozen=True)
class Played:
    """`seconds` is the position reached; `stalls` are the player's complaints on the way."""

    has_ended: bool
    seconds: float
    stalls: list[str]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged."""


def require_browser() -> None:
    """Skip the test if there is no browser to play in, and fail it in CI."""
    require_tool("node")
    require_tool("chromium")
    if not (CLIENT / "node_modules" / "hls.js").is_dir():
        give_up("the web client's packages are not installed; `make client` installs them")


def play_in_browser(outcome: Outcome) -> Played:
    """Play all renditions with their sound, as the gallery's player does."""
    (outcome.folder / "master.m3u8").write_text(build_master(outcome))
    with _serve(outcome.folder) as origin:
        told = subprocess.run(
            ["node", "e2e/play-hls.mjs", f"{origin}/master.m3u8"],
            cwd=CLIENT,
            check=True,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
        )
    found = json.loads(told.stdout)
    return Played(found["hasEnded"], found["seconds"], found["stalls"])


def build_master(outcome: Outcome) -> str:
    """Return the master playlist with names relative to the outcome's folder."""
    result = outcome.job.assembled
    sound = f',CODECS="{{}},{result.audio.codecs}",AUDIO="a"' if result.audio else ',CODECS="{}"'
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if result.audio:
        uri = result.audio.playlist_key
        lines.append(f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Main",DEFAULT=YES,URI="{uri}"')
    for rendition in result.renditions:
        size = f"BANDWIDTH={rendition.peak_bitrate_bps},RESOLUTION={rendition.width}x{rendition.height}"
        lines += [f"#EXT-X-STREAM-INF:{size}{sound.format(rendition.codecs)}", rendition.playlist_key]
    return "\n".join(lines) + "\n"


@contextmanager
def _serve(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
