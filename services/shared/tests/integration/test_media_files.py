"""ffprobe, the sandbox and the thumbnail on real files, good and hostile."""

import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import imageio_ffmpeg
import pytest

from videoforge_media.errors import MediaRejected
from videoforge_media.ffprobe import build_ffprobe_command, probe_file
from videoforge_media.magic import find_container
from videoforge_media.newer_ffprobe import find_newer_ffprobe
from videoforge_media.sandbox import SandboxLimits, build_sandbox_command
from videoforge_media.sandbox_run import SandboxTimedOut, run_sandboxed
from videoforge_media.thumbnail import take_thumbnail

pytestmark = pytest.mark.integration

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
MEDIA = Path(__file__).parents[5] / "shared" / "media"
ROOMY = SandboxLimits(address_space_bytes=1 << 32, cpu_seconds=20, file_size_bytes=1 << 24)


def make_clip(target: Path, *options: str, seconds: float = 1) -> Path:
    source = f"testsrc2=size=320x180:rate=25:duration={seconds}"
    command = [FFMPEG, "-v", "error", "-f", "lavfi", "-i", source, *options, "-y", str(target)]
    subprocess.run(command, check=True)
    return target


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", "-movflags", "+faststart", seconds=2)


def get_code(path: Path) -> str:
    with pytest.raises(MediaRejected) as refusal:
        probe_file(path)
    return refusal.value.code


def run_python(code: str, *, limits: SandboxLimits = ROOMY) -> tuple[int, str]:
    run = run_sandboxed([sys.executable, "-c", code], limits=limits, timeout_seconds=20)
    return run.exit_code, run.stdout + run.stderr


def test_a_made_clip_is_probed(clip: Path) -> None:
    probe = probe_file(clip)
    assert (probe.resolution, probe.frame_rate, probe.duration_seconds) == ("320x180", 25, 2)


def test_a_browser_recording_without_a_duration_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "live.webm"
    with path.open("wb") as file:
        source = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=2"]
        command = [FFMPEG, "-v", "error", *source, "-c:v", "libvpx", "-f", "webm", "-live", "1", "-"]
        subprocess.run(command, check=True, stdout=file)
    assert probe_file(path).duration_seconds == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty_file"), (b"just some text\n" * 50, "not_media"), (bytes(5000), "not_media")],
)
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    assert get_code(path) == code


def test_a_cut_mp4_is_called_truncated_wherever_its_index_lies(tmp_path: Path, clip: Path) -> None:
    index_first = tmp_path / "first.mp4"
    index_first.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    whole = make_clip(tmp_path / "last.mp4")
    index_last = tmp_path / "cut.mp4"
    index_last.write_bytes(whole.read_bytes()[:-2000])
    assert (get_code(index_first), get_code(index_last)) == ("truncated_media", "truncated_media")


def test_a_matroska_file_without_its_last_part_is_truncated_and_one_without_its_index_is_not(
    tmp_path: Path,
) -> None:
    whole = make_clip(tmp_path / "whole.mkv", seconds=4)
    cut = tmp_path / "cut.mkv"
    found = []
    for missing in (0, 100, whole.stat().st_size // 2):
        cut.write_bytes(whole.read_bytes()[: whole.stat().st_size - missing])
        found.append(get_code(cut) if missing > 100 else probe_file(cut).duration_seconds)
    assert found == [4, pytest.approx(4, abs=0.05), "truncated_media"]


def test_a_picture_that_ends_before_the_sound_has_its_own_duration(tmp_path: Path) -> None:
    sound = ["-f", "lavfi", "-i", "sine=duration=3", "-c:v", "libvpx", "-c:a", "libopus", "-live", "1"]
    with (tmp_path / "live.webm").open("wb") as file:
        picture = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=1"]
        command = [FFMPEG, "-v", "error", *picture, *sound, "-f", "webm", "-"]
        subprocess.run(command, check=True, stdout=file)
    assert probe_file(tmp_path / "live.webm").video_duration_seconds == pytest.approx(1, abs=0.05)


def test_the_first_part_of_a_whole_object_is_not_called_truncated(tmp_path: Path, clip: Path) -> None:
    part = tmp_path / "part.mp4"
    part.write_bytes(clip.read_bytes()[:-2000])
    assert probe_file(part, file_size_bytes=clip.stat().st_size).file_size_bytes == clip.stat().st_size


def test_sound_named_as_video_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    command = [FFMPEG, "-v", "error", "-f", "lavfi", "-i", "sine=duration=1", "-f", "wav", str(path)]
    subprocess.run(command, check=True)
    assert get_code(path) == "no_video_stream"


@pytest.mark.parametrize(
    "script",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{target}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {target}\n",
    ],
)
def test_a_playlist_named_mp4_is_refused_and_opens_no_other_file(
    tmp_path: Path, clip: Path, script: str
) -> None:
    path = tmp_path / "film.mp4"
    path.write_text(script.format(target=clip))
    assert get_code(path) in {"unsupported_format", "not_media"}
    for ffprobe in ("ffprobe", find_newer_ffprobe()) if shutil.which("strace") else ():
        trace, command = tmp_path / "trace", build_ffprobe_command(path, ffprobe=ffprobe)
        command = ["strace", "-f", "-e", "trace=open,openat", "-o", str(trace), *command]
        subprocess.run(command, check=False, capture_output=True)
        opened = trace.read_text()
        assert str(path) in opened
        assert str(clip) not in opened


def test_the_sandbox_has_no_network(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        code, output = run_python(f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)")
    assert code != 0
    assert "PermissionError" in output


def test_the_sandbox_refuses_unix_sockets_and_signals_to_others() -> None:
    code, output = run_python(
        "import socket, os\n"
        "for act in (lambda: socket.socket(socket.AF_UNIX), lambda: os.kill(os.getppid(), 0)):\n"
        "    try: act(); print('done')\n"
        "    except PermissionError: print('refused')"
    )
    assert (code, output.split()) == (0, ["refused", "refused"])


def test_the_sandbox_hands_on_no_environment() -> None:
    code, output = run_python("import os; print(sorted(set(os.environ) - {'LC_CTYPE'}))")
    assert (code, output.strip()) == (0, "[]")


def test_the_sandbox_bounds_memory_and_files(tmp_path: Path) -> None:
    tight = SandboxLimits(address_space_bytes=1 << 28, cpu_seconds=20, file_size_bytes=1000)
    assert "MemoryError" in run_python("bytearray(1 << 29)", limits=tight)[1]
    path = tmp_path / "big"
    run_python(f"open({str(path)!r}, 'wb').write(bytes(5000))", limits=tight)
    assert path.stat().st_size <= 1000


@pytest.fixture(params=["pidfd", "looking"])
def way_to_wait(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How the end of a program is noticed, with the system call that some containers refuse and
    without it."""
    way = str(request.param)

    def refuse(*_: object) -> None:
        raise PermissionError("refused")

    if way == "looking":
        monkeypatch.setattr(os, "pidfd_open", refuse)
    else:  # what subprocess looks again after
        monkeypatch.setattr("subprocess.time.sleep", refuse)
    return way


@pytest.mark.usefixtures("way_to_wait")
def test_a_program_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    script = f"sleep 60 & echo $! > {pid_file}; sleep 60"
    with pytest.raises(SandboxTimedOut):
        run_sandboxed(["sh", "-c", script], limits=ROOMY, timeout_seconds=0.5)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid_file.read_text().strip()}/fd/0").exists():  # a zombie has none
        assert time.monotonic() < deadline


@pytest.mark.usefixtures("way_to_wait")
def test_the_end_of_a_program_is_seen_with_its_exit_code() -> None:
    run = run_sandboxed(["sh", "-c", "sleep 0.1; exit 3"], limits=ROOMY, timeout_seconds=20)
    assert run.exit_code == 3


def test_a_program_is_found_on_our_path_which_the_sandbox_does_not_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nowhere-else"
    program.symlink_to("/usr/bin/env")
    monkeypatch.setenv("PATH", str(tmp_path))
    done = subprocess.run(
        build_sandbox_command([program.name], limits=ROOMY), capture_output=True, text=True, check=True
    )
    assert done.stdout == ""


def test_a_missing_program_is_named() -> None:
    run = run_sandboxed(["no-such-program"], limits=ROOMY, timeout_seconds=5)
    assert (run.exit_code, "no-such-program" in run.stderr) == (127, True)


def test_the_command_runs_the_sandbox_by_path_and_isolated() -> None:
    command = build_sandbox_command(["ffprobe", "-version"], limits=ROOMY)
    assert command[:3] == [sys.executable, "-I", "-S"]
    assert Path(command[3]).is_absolute()
    assert command[-2:] == [shutil.which("ffprobe"), "-version"]


@pytest.mark.parametrize("broken", ["", "06", "ffff" + "00" * 6, "no filter"])
def test_nothing_is_started_without_a_whole_filter(tmp_path: Path, broken: str) -> None:
    command = build_sandbox_command(["touch", str(tmp_path / "started")], limits=ROOMY)
    command[8] = broken
    done = subprocess.run(command, env={}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr[:8]) == (125, "sandbox:")
    assert not (tmp_path / "started").exists()


def test_the_filter_is_the_kernels_and_bounds_every_call_of_the_list() -> None:
    code, output = run_python(
        "print([l for l in open('/proc/self/status') if l.startswith(('Secc', 'NoNew'))])"
    )
    assert code == 0
    assert "Seccomp:\\t2" in output
    assert "NoNewPrivs:\\t1" in output
    refused = (
        "import ctypes\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "for call in (425, 101, 310, 434, 272, 165, 321, 298, 304, 250):\n"
        "    print(libc.syscall(call, -1, 0, 0, 0, 0, 0), ctypes.get_errno())"
    )
    if platform.machine() == "x86_64":  # whose numbers these are
        assert set(run_python(refused)[1].splitlines()) == {"-1 1"}


def test_magic_bytes_name_the_container(tmp_path: Path, clip: Path) -> None:
    assert find_container(clip.read_bytes()[:4096]) == "mp4"
    for suffix, options, family in (
        ("mkv", [], "matroska"),
        ("avi", [], "avi"),
        ("ts", [], "mpegts"),
        ("mpg", [], "mpegps"),
        ("flv", ["-c:v", "flv"], "flv"),
        ("ogv", ["-c:v", "libtheora"], "ogg"),
        ("wmv", [], "asf"),
        ("mxf", ["-c:v", "mpeg2video"], "mxf"),
    ):
        made = make_clip(tmp_path / f"clip.{suffix}", *options)
        assert find_container(made.read_bytes()[:4096]) == family
        assert probe_file(made).width == 320
    assert find_container(b"#EXTM3U\n") is None


@pytest.fixture(params=["ffmpeg", FFMPEG], ids=["job-service's", "the processor's"])
def ffmpeg(request: pytest.FixtureRequest) -> str:
    """Both make thumbnails: the system's ffmpeg at confirm, the pinned one in the job."""
    return str(request.param)


def test_a_thumbnail_is_upright_with_square_pixels(tmp_path: Path, ffmpeg: str) -> None:
    sideways = make_clip(tmp_path / "plain.mp4", "-vf", "setsar=2")
    turned = tmp_path / "turned.mp4"
    command = [
        FFMPEG,
        "-v",
        "error",
        "-display_rotation",
        "90",
        "-i",
        str(sideways),
        "-c",
        "copy",
        str(turned),
    ]
    subprocess.run(command, check=True)
    probe = probe_file(turned)
    assert (probe.width, probe.height) == (180, 640)
    target = tmp_path / "thumbnail.jpg"
    take_thumbnail(turned, probe, target, ffmpeg=ffmpeg)
    assert read_jpeg_size(target) == (640, 2276)


@pytest.mark.skipif(not MEDIA.exists(), reason="the sample media are not here")
@pytest.mark.parametrize("name", ["bigbuckbunny.mp4", "encore-test.mp4", "transparency.webm", "video.mp4"])
def test_a_thumbnail_is_made_of_every_sample(tmp_path: Path, name: str, ffmpeg: str) -> None:
    target = tmp_path / "thumbnail.jpg"
    take_thumbnail(MEDIA / name, probe_file(MEDIA / name), target, ffmpeg=ffmpeg)
    assert read_jpeg_size(target) == (640, 360)


def test_an_hdr_clip_is_tone_mapped_in_its_thumbnail(tmp_path: Path, ffmpeg: str) -> None:
    tags = "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"
    hdr = make_clip(tmp_path / "hdr.mp4", "-pix_fmt", "yuv420p10le", "-c:v", "libx264", "-x264-params", tags)
    probe = probe_file(hdr)
    assert (probe.hdr, probe.bit_depth) == ("hdr10", 10)
    take_thumbnail(hdr, probe, tmp_path / "thumbnail.jpg", ffmpeg=ffmpeg)
    assert read_jpeg_size(tmp_path / "thumbnail.jpg") == (640, 360)


def read_jpeg_size(path: Path) -> tuple[int, int]:
    command = ["ffprobe", "-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", str(path)]
    width, height = (
        subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().split(",")
    )
    return int(width), int(height)
