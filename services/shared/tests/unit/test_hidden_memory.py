"""A process that starts sandboxed programs, and its forks, cannot be opened by them. tests/compose
tries the files."""

import subprocess
import sys

_ASK = """
import ctypes, os
from videoforge_media.hidden_memory import hide_memory
is_dumpable = lambda: ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
print(is_dumpable(), flush=True)
hide_memory()
print(is_dumpable(), flush=True)
if os.fork() == 0:
    print(is_dumpable(), flush=True)
    os._exit(0)
os.wait()
"""


def test_a_process_and_its_forks_are_closed_from_the_call_on():
    said = subprocess.check_output([sys.executable, "-c", _ASK], text=True)
    assert said.split() == ["1", "0", "0"]
