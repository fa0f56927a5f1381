"""The repository contains only files of the project."""

from tests.house.repository import list_files


def test_no_link_is_kept():
    """A link that leads out of the project, as to another copy's node_modules, breaks every
    clone."""
    files = list_files()
    assert files
    assert not [path for path in files if path.is_symlink()]
