"""The categories of log lines are the same in the document and in the code, and each is in use."""

import re
from typing import get_args

from tests.house.repository import PACKAGES, ROOT, list_python_files
from videoforge.logs import Category


def list_used() -> set[str]:
    files = [path for package in PACKAGES.values() for path in list_python_files(package)]
    sources = [path.read_text(encoding="utf-8") for path in files]
    return {name for source in sources for name in re.findall(r'get_logger\("([A-Z0-9]+)"\)', source)}


def test_every_category_is_documented_and_used():
    document = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    table = document.partition("| category | lines |")[2].partition("\n\n")[0]
    documented = re.findall(r"^\| ([A-Z0-9]+) \|", table, flags=re.MULTILINE)
    assert sorted(documented) == sorted(get_args(Category))
    assert list_used() == set(documented)
