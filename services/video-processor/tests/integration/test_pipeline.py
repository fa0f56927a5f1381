"""Real clips through prepare, encode and assemble; the output is decoded again and compared."""

import itertools
import json
import re
import subprocess
from collections.abc import Awaitable, Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import m3u8
import pytest
from aiobotocore.session import get_session

from video_processor.adapters.object_store import S3ObjectStore, build_s3_config
from video_processor.errors import BadSource
from video_processor.testing.job_api import MemoryJobApi
from video_processor.testing.object_store import MemoryObjectStore
from video_processor.use_cases.context import Tools
from videoforge.encode_options import EncodeOptions
from videoforge.messages import AssembleInput, AudioInput, EncodeInput, PrepareInput, SourceRef

pytestmark = pytest.mark.integration

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
SAMPLE = Path(__file__).parents[4] / "samples" / "bigbuckbunny.mp4"
SDR = {"pix_fmt": "yuv420p", "color_range": "tv", "color_space": "bt709", "color_transfer": "bt709",
       "color_primaries": "bt709", "sample_aspect_ratio": "1:1", "profile": "High"}  # fmt: skip


class Encoded:
    """The outputs of one job as files, and what ffprobe and ffmpeg report about them."""

    def __init__(self, job: Any, store: MemoryObjectStore, folder: Path) -> None:
        self.job, self.folder = job, folder
        for key, content in store.objects.items():
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def find(self, format: str) -> Any:
        return next(found for found in self.job.assembled.renditions if found.format == format)

    def get_mp4(self, format: str) -> Path:
        path: Path = self.folder / self.find(format).mp4_key
        return path


@pytest.fixture
def encode(
    real_tools: Callable[..., Tools], run_job: Callable[..., Awaitable[Any]], tmp_path: Path
) -> Callable[..., Awaitable[Encoded]]:
    async def run(path: Path, *formats: str) -> Encoded:
        store = MemoryObjectStore()
        source = store.put_source("users/u/uploads/x/source.mp4", path.read_bytes())
        job = await run_job(real_tools(store=store, api=MemoryJobApi()), source, formats=formats)
        return Encoded(job, store, tmp_path / "outputs")

    return run


def probe(path: Path, *, entries: str, select: str = "v:0") -> Any:
    command = ["ffprobe", "-v", "error", "-select_streams", select, "-show_entries", entries, "-of", "json",
               "-allowed_extensions", "ALL", str(path)]  # fmt: skip
    if path.suffix != ".m3u8":
        command.remove("-allowed_extensions")
        command.remove("ALL")
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def get_stream(path: Path) -> dict[str, Any]:
    entries = "stream=width,height,nb_frames,duration,start_time,r_frame_rate,profile,pix_fmt,color_range,"
    entries += "color_space,color_transfer,color_primaries,sample_aspect_ratio:stream_side_data=rotation"
    stream: dict[str, Any] = probe(path, entries=entries)["streams"][0]
    return stream


def list_key_frame_times(path: Path) -> list[float]:
    packets = probe(path, entries="packet=pts_time,flags")["packets"]
    return [float(packet["pts_time"]) for packet in packets if "K" in packet["flags"]]


def measure_ssim(path: Path, source: Path, *, source_filters: str) -> float:
    graph = f"[0:v]setpts=PTS-STARTPTS[a];[1:v]{source_filters},setpts=PTS-STARTPTS[b];[a][b]ssim"
    command = [FFMPEG, "-hide_banner", "-i", str(path), "-i", str(source), "-lavfi", graph, "-f", "null", "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    found = re.search(r"All:([\d.]+)", text)
    assert found
    return float(found.group(1))


def read_mean_color(path: Path, *, crop: str, at: float = 0.5) -> tuple[int, ...]:
    """Return the mean red, green and blue of a part of the frame."""
    seek = ["-ss", str(at)] if at else []
    filters = f"crop={crop},scale=1:1:flags=area,format=rgb24"
    command = [FFMPEG, "-v", "error", *seek, "-i", str(path), "-vf", filters]
    command += ["-frames:v", "1", "-f", "rawvideo", "-"]
    return tuple(subprocess.run(command, check=True, capture_output=True).stdout)


async def test_big_buck_bunny_comes_out_as_it_went_in(encode: Any) -> None:
    result = await encode(SAMPLE, "4K", "1080p", "720p", "480p")
    assert [(r.format, r.width, r.height) for r in result.job.assembled.renditions] == [
        ("480p", 854, 480),
        ("720p", 1280, 720),
    ]
    assert [skipped.format for skipped in result.job.prepared.skipped] == ["1080p", "4K"]
    mp4 = result.get_mp4("720p")
    stream = get_stream(mp4)
    assert (stream["nb_frames"], stream["r_frame_rate"], stream["start_time"]) == ("132", "25/1", "0.000000")
    assert {name: stream[name] for name in SDR} == SDR
    assert float(stream["duration"]) == pytest.approx(5.28, abs=0.001)
    assert list_key_frame_times(mp4) == pytest.approx([0, 2, 4], abs=0.001)
    assert list_key_frame_times(result.get_mp4("480p")) == pytest.approx([0, 2, 4], abs=0.001)
    sound = probe(mp4, entries="stream=codec_name,profile,channels,sample_rate,start_time", select="a:0")
    assert sound["streams"][0] == {
        "codec_name": "aac",
        "profile": "LC",
        "sample_rate": "48000",
        "channels": 2,
        "start_time": "0.000000",
    }
    same_matrix = "scale=in_color_matrix=bt709:out_color_matrix=bt709,format=yuv420p"
    assert measure_ssim(mp4, SAMPLE, source_filters=same_matrix) > 0.95
    assert b"moov" in mp4.read_bytes()[:64]  # faststart


async def test_the_hls_renditions_play_from_their_playlists(encode: Any) -> None:
    result = await encode(SAMPLE, "480p")
    finished = result.find("480p")
    playlist = result.folder / finished.playlist_key
    parsed = m3u8.load(str(playlist))
    assert parsed.is_endlist
    assert sum(segment.duration for segment in parsed.segments) == pytest.approx(5.28, abs=0.001)
    assert len(list_key_frame_times(playlist)) == 3
    packets = probe(playlist, entries="packet=pts_time")["packets"]
    times = sorted(float(packet["pts_time"]) for packet in packets)
    assert len(times) == 132
    assert times[0] == pytest.approx(1.0, abs=0.001)  # one positive base for picture and sound
    audio = result.folder / result.job.assembled.audio.playlist_key
    first = probe(audio, entries="packet=pts_time", select="a:0")["packets"][0]
    assert float(first["pts_time"]) == pytest.approx(1 - 1024 / 48000, abs=0.001)  # AAC's priming
    assert finished.codecs.startswith("avc1.6400")
    vtt = (result.folder / result.job.assembled.storyboard_key).read_text()
    assert vtt.count("-->") == 3


async def test_sound_and_picture_stay_in_step(encode: Any, make_clip: Any) -> None:
    """A white frame and a beep at 2 s, in the source and in the MP4."""
    flash = make_clip(
        "flash.mp4", "-f", "lavfi", "-i", "color=black:size=640x480:rate=25:duration=4",
        "-f", "lavfi", "-i", "aevalsrc='if(gte(t,2)*lt(t,2.2),sin(2*PI*1000*t),0)':s=48000:d=4",
        "-vf", "drawbox=color=white:t=fill:enable='gte(t,2)*lt(t,2.2)'",
        "-c:a", "pcm_s16le", "-f", "matroska",
    )  # fmt: skip
    result = await encode(flash, "480p")
    mp4 = result.get_mp4("480p")
    picture = _run_filter(mp4, "-vf", "blackdetect=d=0.1:pix_th=0.3", r"black_end:([\d.]+)")
    sound = _run_filter(mp4, "-af", "silencedetect=n=-30dB:d=0.5", r"silence_end: ([\d.]+)")
    assert picture == pytest.approx(2.0, abs=0.041)
    assert sound == pytest.approx(2.0, abs=0.005)


def _run_filter(path: Path, kind: str, filter_text: str, pattern: str) -> float:
    command = [FFMPEG, "-hide_banner", "-i", str(path), kind, filter_text, "-f", "null", "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    found = re.search(pattern, text)
    assert found, text
    return float(found.group(1))


async def test_a_turned_clip_comes_out_upright_without_a_tag(encode: Any, find_sample: Any) -> None:
    source = find_sample("rotate-buck-bunny.mp4")
    result = await encode(source, "480p")
    stream = get_stream(result.get_mp4("480p"))
    assert (stream["width"], stream["height"]) == (480, 854)
    assert "side_data_list" not in stream
    upright = "fps=24:start_time=0,scale=480:854:flags=lanczos,format=yuv420p"
    assert measure_ssim(result.get_mp4("480p"), source, source_filters=upright) > 0.95


async def test_wide_pixels_come_out_square(encode: Any, find_sample: Any) -> None:
    result = await encode(find_sample("sar_2x1.mp4"), "1080p", "480p")
    finished = result.find("480p")
    assert (finished.width, finished.height) == (854, 240)
    assert get_stream(result.get_mp4("480p"))["sample_aspect_ratio"] == "1:1"
    assert result.job.assembled.audio is None


async def test_a_variable_frame_rate_is_put_on_a_grid(encode: Any, find_sample: Any) -> None:
    result = await encode(find_sample("cursed-vfr.mp4"), "480p")
    mp4 = result.get_mp4("480p")
    packets = probe(mp4, entries="packet=pts_time")["packets"]
    times = sorted(float(packet["pts_time"]) for packet in packets)
    steps = {round((b - a) * 24000 / 1001, 3) for a, b in itertools.pairwise(times)}
    assert steps == {1.0}
    assert result.find("480p").duration_seconds == pytest.approx(8.72, abs=0.05)


async def test_full_range_is_brought_to_limited(encode: Any, find_sample: Any) -> None:
    source = find_sample("video.mp4")
    result = await encode(source, "480p")
    stream = get_stream(result.get_mp4("480p"))
    assert {name: stream[name] for name in SDR} == SDR
    before = read_mean_color(source, crop="200:200:40:40", at=2)
    after = read_mean_color(result.get_mp4("480p"), crop="88:88:18:18", at=2)
    assert all(abs(a - b) <= 4 for a, b in zip(before, after, strict=True))


async def test_ten_bit_422_comes_out_as_eight_bit_420(encode: Any, find_sample: Any) -> None:
    result = await encode(find_sample("encore-test.mp4"), "720p")
    stream = get_stream(result.get_mp4("720p"))
    assert (stream["pix_fmt"], stream["nb_frames"]) == ("yuv420p", "500")
    assert [warning.code for warning in result.job.prepared.warnings] == ["audio_tracks_dropped"]


async def test_colours_of_an_untagged_hd_clip_are_read_as_bt709(encode: Any, make_clip: Any) -> None:
    bars = make_clip(
        "bars.mp4", "-f", "lavfi", "-i", "smptehdbars=size=1280x720:duration=1",
        "-vf", "format=yuv420p", "-c:v", "libx264", "-crf", "10",
        "-bsf:v", "h264_metadata=colour_primaries=2:transfer_characteristics=2:matrix_coefficients=2",
    )  # fmt: skip
    result = await encode(bars, "720p")
    thumbnail = result.folder / result.job.prepared.thumbnail_key
    for path, crop in ((result.get_mp4("720p"), "60:200:320:100"), (thumbnail, "30:100:160:50")):
        red, green, blue = read_mean_color(path, crop=crop, at=0)
        assert red == pytest.approx(191, abs=6)  # 75 % yellow; read as BT.601 its green is 20 off
        assert green == pytest.approx(191, abs=6)
        assert blue < 12


@pytest.mark.parametrize("curve", ["smpte2084", "arib-std-b67"])
async def test_hdr_is_mapped_to_sdr_without_its_tags(encode: Any, make_clip: Any, curve: str) -> None:
    tags = f"colorprim=bt2020:transfer={curve}:colormatrix=bt2020nc:range=limited"
    ramp = "gradients=size=640x480:duration=1:c0=black:c1=white:type=linear:nb_colors=2:speed=0.00001"
    ramp += ":x0=0:y0=0:x1=639:y1=0"  # else it lies somewhere else in each run
    source = make_clip(
        "hdr.mp4", "-f", "lavfi", "-i", ramp,
        "-pix_fmt", "yuv420p10le", "-c:v", "libx264", "-x264-params",
        f"{tags}:mastering-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,1)",
    )  # fmt: skip
    result = await encode(source, "480p")
    mp4 = result.get_mp4("480p")
    stream = get_stream(mp4)
    assert {name: stream[name] for name in SDR} == SDR
    frame = probe(mp4, entries="frame=pict_type:frame_side_data=side_data_type")["frames"][0]
    kinds = {data["side_data_type"] for data in frame.get("side_data_list", [])}
    assert not {kind for kind in kinds if "astering" in kind or "light" in kind}
    colors = read_mean_color(mp4, crop="640:480:0:0")
    assert max(colors) - min(colors) < 12  # grey stays grey
    assert 40 < colors[0] < 220


async def test_a_transparent_clip_is_laid_on_black(encode: Any, make_clip: Any) -> None:
    source = make_clip(
        "alpha.mov", "-f", "lavfi", "-i", "color=red@0.0:size=640x480:duration=1,format=yuva444p10le",
        "-c:v", "prores_ks", "-profile:v", "4444",
    )  # fmt: skip
    result = await encode(source, "480p")
    assert [warning.code for warning in result.job.prepared.warnings] == [
        "no_audio",
        "transparency_flattened",
    ]
    assert max(read_mean_color(result.get_mp4("480p"), crop="64:64:64:64")) < 12


@pytest.mark.parametrize("codec", ["qtrle", "png"])
async def test_rgb_sources_keep_their_colours(encode: Any, make_clip: Any, codec: str) -> None:
    source = make_clip(
        "rgb.mov", "-f", "lavfi", "-i", "color=0xBF4020:size=640x480:duration=0.5,format=argb",
        "-pix_fmt", {"qtrle": "argb", "png": "rgba"}[codec], "-c:v", codec,
    )  # fmt: skip
    result = await encode(source, "480p")
    color = read_mean_color(result.get_mp4("480p"), crop="64:64:64:64", at=0)
    assert color == pytest.approx((0xBF, 0x40, 0x20), abs=4)


async def test_display_p3_is_brought_to_bt709(encode: Any, make_clip: Any) -> None:
    """The P3 orange that looks like sRGB's (255, 102, 51)."""
    source = make_clip(
        "p3.mp4", "-f", "lavfi", "-i", "color=0xED713F:size=640x480:duration=0.5,format=gbrp",
        "-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
        "-c:v", "libx264", "-crf", "5",
        "-x264-params", "colorprim=smpte432:transfer=bt709:colormatrix=bt709",
    )  # fmt: skip
    result = await encode(source, "480p")
    red, green, blue = read_mean_color(result.get_mp4("480p"), crop="64:64:64:64", at=0)
    assert red > 245
    assert green < 110
    assert blue < 60
    assert get_stream(result.get_mp4("480p"))["color_primaries"] == "bt709"


async def test_a_turn_that_is_no_right_angle_is_left_alone(encode: Any, make_clip: Any) -> None:
    plain = make_clip("plain.mp4", "-f", "lavfi", "-i", "testsrc2=size=640x480:duration=0.5")
    odd = make_clip("odd.mp4", "-display_rotation", "37", "-i", str(plain), "-c", "copy")
    result = await encode(odd, "480p")
    assert "rotation_ignored" in [warning.code for warning in result.job.prepared.warnings]
    stream = get_stream(result.get_mp4("480p"))
    assert (stream["width"], stream["height"], stream.get("side_data_list")) == (640, 480, None)
    assert measure_ssim(result.get_mp4("480p"), plain, source_filters="format=yuv420p") > 0.95


async def test_interlaced_video_loses_its_combs(encode: Any, make_clip: Any) -> None:
    source = make_clip(
        "interlaced.mp4", "-f", "lavfi", "-i", "testsrc2=size=720x576:rate=50:duration=1",
        "-vf", "interlace=scan=tff", "-c:v", "libx264", "-flags", "+ildct+ilme",
    )  # fmt: skip
    result = await encode(source, "480p")
    assert result.job.prepared.plan.deinterlace
    stream = probe(result.get_mp4("480p"), entries="stream=field_order,r_frame_rate")["streams"][0]
    assert stream == {"field_order": "progressive", "r_frame_rate": "25/1"}


async def test_a_longer_clip_has_even_segments_in_every_rendition(encode: Any, make_clip: Any) -> None:
    source = make_clip(
        "long.mp4", "-f", "lavfi", "-i", "smptebars=size=1280x720:rate=30000/1001:duration=15",
        "-f", "lavfi", "-i", "sine=duration=15", "-preset", "ultrafast", "-g", "300",
    )  # fmt: skip
    result = await encode(source, "720p", "480p")
    for track in result.job.encoded.renditions:
        frames = [round(segment.duration_seconds * 30000 / 1001, 3) for segment in track.segments]
        assert frames == [180, 180, 90]
    assert get_stream(result.get_mp4("720p"))["nb_frames"] == "450"
    assert Fraction(result.find("720p").frame_rate) == Fraction(30000, 1001)


async def test_chunks_join_without_a_seam(
    real_tools: Callable[..., Tools], run_task: Any, make_clip: Any, tmp_path: Path
) -> None:
    """Three chunks, encoded separately: every frame once, at even steps, and the sound encoded once
    for all."""
    path = make_clip(
        "long.mp4", "-f", "lavfi", "-i", "testsrc=size=640x480:rate=25:duration=18",
        "-f", "lavfi", "-i", "sine=duration=18", "-c:v", "libx264", "-preset", "ultrafast",
    )  # fmt: skip
    store = MemoryObjectStore()
    source = store.put_source("users/u/uploads/x/source.mp4", path.read_bytes())
    tools = real_tools(store=store, api=MemoryJobApi(), chunk_seconds=6)
    prepared = await run_task(tools, PrepareInput(source=source, output_formats=["480p"]))
    plan, chunks = prepared.plan, prepared.plan.chunks
    encoded = [await run_task(tools, EncodeInput(source=source, plan=plan, chunk=chunk)) for chunk in chunks]
    sound = await run_task(tools, AudioInput(source=source, plan=plan))
    assembled = await run_task(
        tools, AssembleInput(source=source, plan=plan, encoded=encoded, audio=sound.audio)
    )
    mp4 = tmp_path / "480p.mp4"
    mp4.write_bytes(store.objects[assembled.renditions[0].mp4_key])
    packets = probe(mp4, entries="packet=pts_time")["packets"]
    times = sorted(float(packet["pts_time"]) for packet in packets)
    assert times == pytest.approx([frame / 25 for frame in range(450)], abs=0.001)
    assert list_key_frame_times(mp4) == pytest.approx(range(0, 18, 2), abs=0.001)
    assert measure_ssim(mp4, path, source_filters="format=yuv420p") > 0.95
    assert [result.audio for result in encoded] == [None, None, None]
    audio = probe(mp4, entries="stream=duration,start_time", select="a:0")["streams"][0]
    assert (float(audio["start_time"]), float(audio["duration"])) == pytest.approx((0, 18), abs=0.03)


async def test_the_options_of_the_job_reach_its_last_encode(
    real_tools: Callable[..., Tools], run_task: Any, make_clip: Any
) -> None:
    """An easy picture: constant quality needs a small part of the bits that the plain bitrate
    fills."""
    path = make_clip("easy.mp4", "-f", "lavfi", "-i", "testsrc=size=854x480:rate=25:duration=6")
    store = MemoryObjectStore()
    source = store.put_source("users/u/uploads/x/source.mp4", path.read_bytes())
    tools, sizes = real_tools(store=store, api=MemoryJobApi()), {}
    for rate_control in ("quality", "bitrate"):
        options = EncodeOptions(rate_control=rate_control)
        asked = PrepareInput(source=source, output_formats=["480p"], options=options)
        plan = (await run_task(tools, asked)).plan
        encoded = await run_task(tools, EncodeInput(source=source, plan=plan, chunk=plan.chunks[0]))
        sizes[rate_control] = sum(segment.size_bytes for segment in encoded.renditions[0].segments)
    assert 8 * sizes["bitrate"] / 6 == pytest.approx(1_000_000, rel=0.3)
    assert sizes["quality"] < sizes["bitrate"] / 2


async def test_a_source_whose_end_is_missing_is_refused_as_truncated(
    make_clip: Any, encode: Any, tmp_path: Path
) -> None:
    """An AVI's index is at its end, and without it ffmpeg reads as far as it can and exits 0."""
    source = make_clip("whole.avi", "-f", "lavfi", "-i", "testsrc2=size=640x480:duration=6", "-g", "25")
    cut = tmp_path / "cut.avi"
    cut.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    with pytest.raises(BadSource, match="truncated_media"):
        await encode(cut, "480p")


async def test_a_playlist_named_mp4_never_reaches_ffmpeg(
    real_tools: Callable[..., Tools], run_task: Any
) -> None:
    store = MemoryObjectStore()
    text = f"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:5,\n{SAMPLE}\n#EXT-X-ENDLIST\n".encode()
    source = store.put_source("users/u/uploads/x/source.mp4", text)
    with pytest.raises(BadSource):
        await run_task(
            real_tools(store=store, api=MemoryJobApi()), PrepareInput(source=source, output_formats=["480p"])
        )


async def test_the_real_store_carries_a_whole_job(
    object_store: Any, real_tools: Callable[..., Tools], run_job: Any
) -> None:
    async with get_session().create_client(
        "s3",
        region_name=object_store.region,
        endpoint_url=object_store.endpoint_url,
        aws_access_key_id=object_store.access_key_id,
        aws_secret_access_key=object_store.secret_access_key,
        config=build_s3_config(has_endpoint=True),
    ) as client:
        key = "users/u/uploads/4b7a3a86-0f2e-4a53-9f53-0e6f6a1f0c11/source.mp4"
        await client.put_object(Bucket=object_store.bucket, Key=key, Body=SAMPLE.read_bytes())
        head = await client.head_object(Bucket=object_store.bucket, Key=key)
        source = SourceRef(s3_key=key, etag=head["ETag"], size_bytes=head["ContentLength"])
        store = S3ObjectStore(client, bucket=object_store.bucket, parallelism=4)
        job = await run_job(real_tools(store=store, api=MemoryJobApi()), source, formats=["480p"])
        finished = job.assembled.renditions[0]
        assert await store.find_size(finished.mp4_key) == finished.mp4_size_bytes
