"""What a taken-over ffmpeg could still do in the processor's container: docs/security.md, "The
sandbox", tried.

A Python program stands in for it, run by the same launcher in the container of a running processor,
which has no capabilities, no way to new privileges and a read-only root.
"""

import json

import pytest

pytestmark = [pytest.mark.compose, pytest.mark.timeout(900)]

#: Tries one thing after the other and says of each "done" or the error's name.
_PRISONER = """
import ctypes, json, os, socket, subprocess
libc = ctypes.CDLL(None, use_errno=True)

def call(name, *arguments):
    if libc[name](*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)

def write(path):
    with open(path, "w") as file:
        file.write("x")

attempts = {
    "open an Internet socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "open a Unix socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
    "look up a name": lambda: socket.getaddrinfo("job-service", 8000),
    "signal the processor": lambda: os.kill(1, 0),
    "trace the processor": lambda: call("ptrace", 16, 1, 0, 0),
    "make a namespace": lambda: call("unshare", 0x10000000),
    "mount": lambda: call("mount", b"none", b"/tmp", b"tmpfs", 0, None),
    "change root": lambda: os.chroot("/tmp"),
    "become root": lambda: os.setuid(0),
    "write to the program's code": lambda: write("/opt/videoforge/lib/python3.11/site-packages/evil.py"),
    "write to the system": lambda: write("/etc/evil"),
    "keep a core dump": lambda: __import__("resource").setrlimit(__import__("resource").RLIMIT_CORE, (1, 1)),
    "read the processor's environment": lambda: open("/proc/1/environ").read(),
    "read the processor's memory": lambda: open("/proc/1/mem", "rb"),
    "write to the processor's memory": lambda: open("/proc/1/mem", "r+b"),
    "write to scratch": lambda: write("/scratch/evil"),
    "write to /tmp": lambda: write("/tmp/evil"),
    "read the system's files": lambda: open("/etc/passwd").read(),
    "start another program": lambda: subprocess.run(["/bin/true"], check=True),
}
said = {}
for name, attempt in attempts.items():
    try:
        attempt()
        said[name] = "done"
    except Exception as error:
        said[name] = type(error).__name__
said["environment"] = sorted(os.environ)
print(json.dumps(said))
"""
_LAUNCH = """
import subprocess, sys
from videoforge_media.sandbox import SandboxLimits, build_sandbox_command
limits = SandboxLimits(address_space_bytes=1 << 30, cpu_seconds=20, file_size_bytes=1 << 20)
command = build_sandbox_command([sys.executable, "-I", "-c", sys.argv[1]], limits=limits)
sys.exit(subprocess.run(command).returncode)
"""
#: Needed to read a file, to write a segment and to print; reported as what the sandbox does not
#: close.
LEFT_OPEN = {
    "write to scratch",
    "write to /tmp",
    "read the system's files",
    "start another program",
}


@pytest.fixture(scope="module")
def said(stack):
    done = stack.execute("video-processor", "python", "-c", _LAUNCH, _PRISONER)
    return json.loads(done.stdout)


def test_a_prisoner_can_do_what_the_document_says_and_nothing_more(said):
    inherited = said.pop("environment")
    assert {name for name, outcome in said.items() if outcome == "done"} == LEFT_OPEN
    assert set(inherited) <= {"LC_CTYPE"}  # Python's own


def test_the_processor_encodes_in_the_sandbox(stack):
    script = "grep -h Seccomp_filters /proc/self/status"
    launch = _LAUNCH.replace('[sys.executable, "-I", "-c", sys.argv[1]]', '["sh", "-c", sys.argv[1]]')
    free = stack.execute("video-processor", "sh", "-c", script).stdout.split()
    sandboxed = stack.execute("video-processor", "python", "-c", launch, script).stdout.split()
    assert int(sandboxed[-1]) == int(free[-1]) + 1
