"""Run a program with variables from a JSON file: `python -I with_environment.py FILE PROGRAM ARGUMENT…`

Secrets stay in one file that its owner alone can read, out of `ps` and out of the supervisor's own
configuration, whose quoting cannot hold every value. Imports next to nothing, since every start pays for it.
"""

import json
import os
import sys

if __name__ == "__main__":
    path, *command = sys.argv[1:]
    with open(path) as file:  # noqa: PTH123 - pathlib would double the start-up time
        variables = json.load(file)
    os.execvpe(command[0], command, os.environ | variables)  # noqa: S606 - there is no shell in this
