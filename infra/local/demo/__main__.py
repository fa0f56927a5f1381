"""Process: `make demo` once the stack is up. Exit code 0 only if every rendition was played to its end."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from infra.local.demo.api_client import ApiClient
from infra.local.demo.clips import Clip, find_own_clip, list_demo_clips
from infra.local.demo.faults import ApiRefused, DemoFault
from infra.local.demo.mail_story import reset_password_by_mail
from infra.local.demo.progress import ProgressView
from infra.local.demo.report import print_report
from infra.local.demo.story import tell_stories
from infra.local.provisioning.bootstrap import find_credentials
from infra.local.settings import StackSettings
from videoforge.formats import FORMAT_NAMES

ALL_FORMATS = ",".join(FORMAT_NAMES)


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.local.demo", description=__doc__)
    parser.add_argument("--video", default="", help="your own file; without it Big Buck Bunny, also in 4K")
    parser.add_argument("--formats", default="", help=f"comma separated; without it {ALL_FORMATS}")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Run the demo and return the process' exit code."""
    options = parse_arguments(arguments)
    formats = [name.strip() for name in (options.formats or ALL_FORMATS).split(",") if name.strip()]
    console, settings = Console(), StackSettings()
    client = ApiClient(os.environ.get("VIDEOFORGE_URL") or settings.origin, is_patient=True)
    try:
        sign_in(client, settings=settings)
        tell_of_mail(console, client.origin, settings=settings)
        with tempfile.TemporaryDirectory(prefix="videoforge-demo-") as folder:
            run_demo(console, client, clips=choose_clips(options.video, folder=Path(folder)), formats=formats)
    except DemoFault as fault:
        Console(stderr=True).print(f"The demo stopped: {fault}", style="red", highlight=False, markup=False)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        client.close()
    return 0


def sign_in(client: ApiClient, *, settings: StackSettings) -> None:
    """Sign in the account of the environment, made if there is none yet, else the stack's demo user."""
    email, password = (os.environ.get(f"VIDEOFORGE_{name}", "") for name in ("EMAIL", "PASSWORD"))
    if not email:
        credentials = find_credentials(settings)
        if credentials is None:
            raise DemoFault("There is no demo user yet. Start the stack with `make up`.")
        email, password = credentials["demo"]["email"], credentials["demo"]["password"]
    try:
        client.sign_in(email, password=password)
    except ApiRefused as refused:
        if refused.status != 401:
            raise
        client.register(email, password=password)


def tell_of_mail(console: Console, origin: str, *, settings: StackSettings) -> None:
    """Reset a password by its mail, where somebody may read the mail: the administrator of the environment,
    else the stack's own."""
    email, password = (os.environ.get(f"VIDEOFORGE_ADMIN_{name}", "") for name in ("EMAIL", "PASSWORD"))
    if not email and not os.environ.get("VIDEOFORGE_URL") and (credentials := find_credentials(settings)):
        email, password = credentials["admin"]["email"], credentials["admin"]["password"]
    if not email:
        return
    admin = ApiClient(origin, is_patient=True)
    try:
        admin.sign_in(email, password=password)
        line = reset_password_by_mail(origin, admin=admin)
    finally:
        admin.close()
    console.print(line, soft_wrap=True, highlight=False)


def choose_clips(video: str, *, folder: Path) -> list[Clip]:
    if video:
        return [find_own_clip(Path(video).expanduser())]
    return list_demo_clips(folder)


def run_demo(console: Console, client: ApiClient, *, clips: list[Clip], formats: list[str]) -> None:
    """Tell the stories of the clips and print what came of them."""
    console.print(f"Signed in at {client.origin} as {client.user['email']}", highlight=False)
    with ProgressView(console) as view:
        stories = tell_stories(client, clips, formats=formats, view=view)
    print_report(console, stories)
    if any(clip.title.startswith("Big Buck Bunny") for clip in clips):
        console.print("Big Buck Bunny © Blender Foundation, CC BY 3.0", style="dim")
    console.print(f"\nAPI docs   {client.build_url('docs')}", soft_wrap=True, highlight=False)
    for story in stories:
        line = f"Playlist   {story.playback.hls_url}   ({story.clip.title})"
        console.print(line, soft_wrap=True, highlight=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
