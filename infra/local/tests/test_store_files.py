"""The store's files can be listed while files and folders go away."""

import os
from pathlib import Path

from infra.local.store_files import list_store_files


def test_all_files_are_listed_with_their_sizes(tmp_path):
    (tmp_path / "videos" / "a").mkdir(parents=True)
    (tmp_path / "videos" / "a" / "one").write_bytes(b"12")
    (tmp_path / "two").write_bytes(b"")
    assert {
        str(path.relative_to(tmp_path)): stat.st_size for path, stat in list_store_files(tmp_path).items()
    } == {
        "videos/a/one": 2,
        "two": 0,
    }


def test_what_is_removed_meanwhile_is_left_out(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").touch()
    scandir = os.scandir

    def remove_and_scan(folder):
        """The first folder goes just before it is read."""
        if Path(folder).parent == tmp_path:
            (tmp_path / "a").rename(tmp_path.parent / "gone")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", remove_and_scan)
    assert not list_store_files(tmp_path)
