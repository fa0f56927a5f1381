"""What a file really contains: decoded with the encoder's own FFmpeg, never read from a header."""

import itertools
import json
import re
import statistics
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import imageio_ffmpeg

FFMPEG: str = imageio_ffmpeg.get_ffmpeg_exe()
#: a flash is white, the middle of the test pattern is not
_FLASH_LUMA = 200.0
_BEEP_DB = -30.0
#: share of all pixels; a moving test pattern has 0.8 and more if interlaced, 0.22 and less if
#: progressive
_COMBED_PERCENT = 0.4
#: shortest time between two marks of one kind; a mark counts where it starts
_QUIET_SECONDS = 0.3


@dataclass(frozen=True)
class Frame:
    """A decoded picture, or a run of samples. Times are seconds on the file's clock."""

    starts_at: float
    seconds: float


def _decode(path: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
    playlist = ("-allowed_extensions", "ALL") if path.suffix == ".m3u8" else ()
    command = [FFMPEG, "-hide_banner", "-nostdin", *playlist, "-i", str(path), *options]
    return subprocess.run(command, check=True, capture_output=True)


def list_frames(path: Path, *, stream: str = "v:0") -> list[Frame]:
    """Return everything that decodes of one stream, in the order shown."""
    text = _decode(path, "-map", f"0:{stream}", "-fps_mode", "passthrough", "-f", "framecrc", "-").stdout
    lines = text.decode().splitlines()
    base = next(Fraction(line.split(":")[1].strip()) for line in lines if line.startswith("#tb 0"))
    rows = [line.split(",") for line in lines if line and not line.startswith("#")]
    return [Frame(float(int(row[2]) * base), float(int(row[3]) * base)) for row in rows]


def count_frames(path: Path) -> int:
    """Return how many pictures decode."""
    return len(list_frames(path))


def measure_seconds(path: Path, *, stream: str = "v:0") -> float:
    """Return the seconds from the first decoded picture or sample (`stream` "a:0") to the end of
    the last."""
    frames = list_frames(path, stream=stream)
    return frames[-1].starts_at + frames[-1].seconds - frames[0].starts_at if frames else 0.0


def list_luma(path: Path, *, crop: str) -> list[tuple[float, float]]:
    """Return the time of each picture, and the mean luma of a part of it (`crop`
    "width:height:x:y")."""
    filters = f"crop={crop},signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-"
    text = _decode(path, "-an", "-vf", filters, "-fps_mode", "passthrough", "-f", "null", "-").stdout
    found = re.findall(rb"pts_time:(\S+)\s+lavfi\.signalstats\.YAVG=(\S+)", text)
    return [(float(at), float(luma)) for at, luma in found]


def list_flashes(path: Path) -> list[float]:
    """Return the seconds at which the middle of the picture turns white; bars around it do not
    matter."""
    return _find_onsets([at for at, luma in list_luma(path, crop="iw/5:ih/5") if luma > _FLASH_LUMA])


def list_beeps(path: Path) -> list[float]:
    """Return the seconds at which sound starts, to a millisecond."""
    filters = "aresample=48000,asetnsamples=n=48:p=0,astats=metadata=1:reset=1:measure_perchannel=none"
    filters += ":measure_overall=Peak_level,ametadata=print:key=lavfi.astats.Overall.Peak_level:file=-"
    text = _decode(path, "-vn", "-af", filters, "-f", "null", "-").stdout
    found = re.findall(rb"pts_time:(\S+)\s+lavfi\.astats\.Overall\.Peak_level=(\S+)", text)
    return _find_onsets([float(at) for at, level in found if float(level) > _BEEP_DB])


def _find_onsets(times: list[float]) -> list[float]:
    """Return the times that follow a pause."""
    before = [-1.0, *times]
    return [at for last, at in zip(before, times, strict=False) if at - last > _QUIET_SECONDS]


def measure_sync(path: Path) -> list[float]:
    """Return for each flash after the first half second by how many milliseconds its beep comes
    later (below 0: earlier). A flash without a beep within half a second counts as 500."""
    beeps = list_beeps(path)
    flashes = [at for at in list_flashes(path) if at > 0.5]
    nearest = [min((beep - at for beep in beeps), key=abs, default=0.5) for at in flashes]
    return [round(1000 * max(-0.5, min(0.5, offset)), 1) for offset in nearest]


def measure_peak_dbfs(path: Path) -> float:
    """Return the largest sample before clipping: above 0 if a player has to clip."""
    filters = "aformat=sample_fmts=fltp,astats=measure_perchannel=none:measure_overall=Peak_level"
    text = _decode(path, "-vn", "-af", filters, "-f", "null", "-").stderr.decode(errors="replace")
    return float(re.findall(r"Peak level dB: (\S+)", text)[-1])


def read_mean_color(path: Path, *, crop: str = "iw:ih:0:0", at: float = 0.5) -> tuple[int, int, int]:
    """Return the mean red, green and blue of a part of the picture (`crop` "width:height:x:y")."""
    filters = f"crop={crop},scale=1:1:flags=area,format=rgb24"
    seek = ["-ss", str(at)] if at else []
    command = [FFMPEG, "-v", "error", *seek, "-i", str(path), "-vf", filters, "-frames:v", "1"]
    red, green, blue = subprocess.run(
        [*command, "-f", "rawvideo", "-"], check=True, capture_output=True
    ).stdout
    return red, green, blue


def find_nearest_frame(picture: Path, film: Path) -> tuple[float, int]:
    """Return the difference in luma between a picture and the film's most similar frame (mean of
    64×36 parts, of 255), and that frame's number."""
    shown = _list_small(picture)[0]
    return min((_find_difference(shown, frame), number) for number, frame in enumerate(_list_small(film)))


def measure_difference(film: Path, source: Path) -> float:
    """Return the difference in luma between a film and its source, picture by picture in order: the
    mean of 64×36 parts, of 255, in the worst picture. 255 if one has fewer pictures."""
    pairs = list(itertools.zip_longest(_list_small(film), _list_small(source), fillvalue=b""))
    return max(_find_difference(one, other) if one and other else 255.0 for one, other in pairs)


def _list_small(path: Path) -> list[bytes]:
    """Return the luma of each picture as 64×36 parts."""
    size, options = 64 * 36, ("-vf", "scale=64:36:flags=area,format=gray", "-f", "rawvideo", "-")
    frames = _decode(path, "-map", "0:v:0", "-fps_mode", "passthrough", *options).stdout
    return [frames[at : at + size] for at in range(0, len(frames), size)]


def _find_difference(one: bytes, other: bytes) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def read_columns(path: Path, *, count: int) -> list[tuple[int, int, int]]:
    """Return the mean red, green and blue of each of `count` even columns of the first picture."""
    filters = f"scale={count}:1:flags=area,format=rgb24"
    raw = _decode(path, "-vf", filters, "-frames:v", "1", "-f", "rawvideo", "-").stdout
    return [(raw[at], raw[at + 1], raw[at + 2]) for at in range(0, 3 * count, 3)]


def list_combed_percents(path: Path) -> list[float]:
    """Return for each picture the percentage of its pixels that are brighter than the lines above
    and below, which are alike: how interlaced motion shows, whatever the flags of the pictures."""
    graph = (
        "[0:v]format=gray,split=3[a][b][c];[a]crop=iw:ih-2:0:0,split[up][up2];[b]crop=iw:ih-2:0:1,split[m][m2]"
        ";[c]crop=iw:ih-2:0:2,split[down][down2];[m][up]blend=all_mode=subtract[over];"
        "[m2][down]blend=all_mode=subtract[under];[over][under]blend=all_mode=darken[out];"
        "[up2][down2]blend=all_mode=difference[apart];"
        "[out][apart]blend=all_expr='if(gt(A,20)*lt(B,10),255,0)',signalstats,"
        "metadata=print:key=lavfi.signalstats.YAVG:file=-"
    )
    text = _decode(path, "-filter_complex", graph, "-fps_mode", "passthrough", "-f", "null", "-").stdout
    return [100 * float(luma) / 255 for luma in re.findall(rb"YAVG=(\S+)", text)]


def count_combed(path: Path, *, above_percent: float = _COMBED_PERCENT) -> int:
    """Return how many pictures look interlaced."""
    return sum(share > above_percent for share in list_combed_percents(path))


@dataclass(frozen=True)
class PictureLook:
    """Mean and standard deviation of the luma, 0 to 255: a flat picture has a deviation near 0."""

    mean: float
    deviation: float


def describe_picture(jpeg: Path) -> PictureLook:
    filters = "scale=160:-2:flags=area,format=gray"
    luma = _decode(jpeg, "-vf", filters, "-frames:v", "1", "-f", "rawvideo", "-").stdout
    return PictureLook(statistics.fmean(luma), statistics.pstdev(luma))


def read_stream(path: Path, *, stream: str = "v:0") -> dict[str, Any]:
    """Return ffprobe's description of one stream, including side data and tags."""
    command = ["ffprobe", "-v", "error", "-select_streams", stream, "-show_streams", "-of", "json", str(path)]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    found: dict[str, Any] = answer["streams"][0]
    return found
