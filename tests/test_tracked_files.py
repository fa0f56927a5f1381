"""What the repository keeps is files of the project alone."""

from tests.house.repository import list_files


def test_no_link_is_kept():
    """One that leads out of the project, as to another copy's node_modules, breaks every clone."""
    files = list_files()
    assert files
    assert not [path for path in files if path.is_symlink()]
