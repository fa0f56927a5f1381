"""Films made for attacks."""

import subprocess
from pathlib import Path

from demo.media_tools import find_ffmpeg


def make_film(path: Path, *arguments: str) -> Path:
    """Create a film with ffmpeg and return its path."""
    command = [find_ffmpeg(), "-v", "error", "-nostdin", *arguments, str(path)]
    subprocess.run(command, check=True, timeout=60, capture_output=True)
    return path
