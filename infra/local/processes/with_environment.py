"""Run a program with variables from a JSON file: `python -I with_environment.py FILE NOTE PROGRAM
ARGUMENT…`

It writes to the file NOTE which process it is, to find leftovers by (see leftovers.py).

Secrets stay in one file that only its owner can read, and appear neither in `ps` nor in the
supervisor's configuration, whose quoting does not support every value. It imports almost nothing,
because every start pays for it.
"""

import json
import os
import sys

if __name__ == "__main__":
    path, note, *command = sys.argv[1:]
    with open(path) as file:  # noqa: PTH123 - pathlib would double the start-up time
        variables = json.load(file)
    with open("/proc/self/stat") as file:  # noqa: PTH123
        started = file.read().rpartition(")")[2].split()[19]
    with open(note, "w") as file:  # noqa: PTH123
        file.write(f"{os.getpid()} {started}\n")
    os.execvpe(command[0], command, os.environ | variables)  # noqa: S606 - there is no shell in this
