"""Process: `make demo` on a running stack. Exit code 0 only if every rendition was played to its end.

The stack and the accounts come from the environment: VIDEOFORGE_URL, VIDEOFORGE_EMAIL and
VIDEOFORGE_PASSWORD, and for the part with the mail VIDEOFORGE_ADMIN_EMAIL and
VIDEOFORGE_ADMIN_PASSWORD. `python -m infra.local exec python -m demo` sets them to the local stack's.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from demo.api_client import ApiClient
from demo.clips import Clip, find_own_clip, list_demo_clips
from demo.errors import ApiError, DemoError
from demo.password_reset import reset_password_by_mail
from demo.progress import ProgressView
from demo.report import print_report
from demo.workflow import process_clips
from videoforge.formats import FORMAT_NAMES

ALL_FORMATS = ",".join(FORMAT_NAMES)


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--video", default="", help="your own file; without it Big Buck Bunny, also in 4K")
    parser.add_argument("--formats", default="", help=f"comma separated; without it {ALL_FORMATS}")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Run the demo and return the process' exit code."""
    options = parse_arguments(arguments)
    formats = [name.strip() for name in (options.formats or ALL_FORMATS).split(",") if name.strip()]
    console = Console()
    try:
        with tempfile.TemporaryDirectory(prefix="videoforge-demo-") as folder, connect() as client:
            sign_in(client)
            show_password_reset(console, client.origin)
            run_demo(console, client, clips=choose_clips(options.video, folder=Path(folder)), formats=formats)
    except DemoError as error:
        Console(stderr=True).print(f"The demo stopped: {error}", style="red", highlight=False, markup=False)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def connect() -> ApiClient:
    """Return a client of the stack in VIDEOFORGE_URL. Raises DemoError where none is named."""
    url = os.environ.get("VIDEOFORGE_URL")
    if not url:
        raise DemoError("Set VIDEOFORGE_URL, VIDEOFORGE_EMAIL and VIDEOFORGE_PASSWORD, or use `make demo`.")
    return ApiClient(url, waits_when_limited=True)


def sign_in(client: ApiClient) -> None:
    """Sign in with the account from the environment, and register it first where it does not exist."""
    email, password = read_account("VIDEOFORGE")
    if not email:
        raise DemoError("Set VIDEOFORGE_EMAIL and VIDEOFORGE_PASSWORD: the demo needs an account.")
    try:
        client.sign_in(email, password=password)
    except ApiError as error:
        if error.status != 401:
            raise
        client.register(email, password=password)


def show_password_reset(console: Console, origin: str) -> None:
    """Reset a password by mail, if the environment names an administrator who can read the mail."""
    email, password = read_account("VIDEOFORGE_ADMIN")
    if not email:
        return
    with ApiClient(origin, waits_when_limited=True) as admin:
        admin.sign_in(email, password=password)
        line = reset_password_by_mail(origin, admin=admin)
    console.print(line, soft_wrap=True, highlight=False)


def read_account(prefix: str) -> tuple[str, str]:
    """Return e-mail address and password from the environment, empty where they are not set."""
    return os.environ.get(f"{prefix}_EMAIL", ""), os.environ.get(f"{prefix}_PASSWORD", "")


def choose_clips(video: str, *, folder: Path) -> list[Clip]:
    if video:
        return [find_own_clip(Path(video).expanduser())]
    return list_demo_clips(folder)


def run_demo(console: Console, client: ApiClient, *, clips: list[Clip], formats: list[str]) -> None:
    """Process the clips and print the results."""
    console.print(f"Signed in at {client.origin} as {client.user['email']}", highlight=False)
    with ProgressView(console) as view:
        finished = process_clips(client, clips, formats=formats, view=view)
    print_report(console, finished)
    if any(clip.title.startswith("Big Buck Bunny") for clip in clips):
        console.print("Big Buck Bunny © Blender Foundation, CC BY 3.0", style="dim")
    console.print(f"\nAPI docs   {client.build_url('docs')}", soft_wrap=True, highlight=False)
    for result in finished:
        line = f"Playlist   {result.playback.hls_url}   ({result.clip.title})"
        console.print(line, soft_wrap=True, highlight=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
