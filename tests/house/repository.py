"""The project's files: those that git tracks, and new ones that it does not ignore."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]

PACKAGES: Final = {
    "videoforge": ROOT / "services/shared/videoforge",
    "videoforge_clients": ROOT / "services/shared/videoforge_clients",
    "videoforge_media": ROOT / "services/shared/videoforge_media",
    "videoforge_web": ROOT / "services/shared/videoforge_web",
    "job_service": ROOT / "services/job-service/job_service",
    "gallery_service": ROOT / "services/gallery-service/gallery_service",
    "video_processor": ROOT / "services/video-processor/video_processor",
}


@cache
def list_files() -> list[Path]:
    """Return tracked and new files without ignored ones; all files outside a git checkout."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        hidden = {".git", ".venv", ".local", "node_modules", "__pycache__"}
        found = [path for path in ROOT.rglob("*") if not hidden & set(path.relative_to(ROOT).parts)]
    else:
        found = [ROOT / name for name in done.stdout.decode().split("\0") if name]
    return sorted(path for path in set(found) if path.is_file())


def list_python_files(folder: Path = ROOT) -> list[Path]:
    return [path for path in list_files() if path.suffix == ".py" and path.is_relative_to(folder)]
