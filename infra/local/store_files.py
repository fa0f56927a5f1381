"""The files of the local object store, while it may be working."""

import os
from pathlib import Path


def list_store_files(folder: Path) -> dict[Path, os.stat_result]:
    """Return every file below the folder with its size and times; what is removed meanwhile is left
    out. (`Path.rglob` fails if a folder goes away under it.)"""
    found: dict[Path, os.stat_result] = {}
    for parent, _, names in os.walk(folder):
        for path in (Path(parent, name) for name in names):
            try:
                found[path] = path.stat()
            except FileNotFoundError:
                continue
    return found
