"""Run a program with variables from a JSON file: `python -I with_environment.py FILE NOTE PROGRAM ARGUMENT…`

Into the file NOTE goes which process it is, for whoever looks for leftovers (see leftovers.py).

Secrets stay in one file that its owner alone can read, out of `ps` and out of the supervisor's own
configuration, whose quoting cannot hold every value. Imports next to nothing, since every start pays for it.
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
