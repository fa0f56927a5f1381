"""The processor's process: `python -m video_processor.main`. Builds the adapters and handles
signals.

On SIGTERM and SIGINT it drains (see worker.py) and exits with code 0.
"""

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from dataclasses import asdict, replace
from functools import partial

import aiohttp
import imageio_ffmpeg
from aiobotocore.session import get_session

from video_processor.adapters.ffmpeg import LIGHT_NICENESS, NICENESS, FfmpegLimits, SandboxedFfmpeg
from video_processor.adapters.job_api import HttpJobApi
from video_processor.adapters.media_inspector import SandboxedInspector, check_programs, read_version
from video_processor.adapters.object_store import S3ObjectStore, build_s3_config
from video_processor.adapters.queue import SqsTaskQueue, build_sqs_config
from video_processor.machine import (
    SLOT_CPUS,
    Threads,
    choose_slots,
    choose_threads,
    has_light_slot,
    read_machine,
)
from video_processor.metrics import Metrics
from video_processor.scratch import Scratch
from video_processor.self_check import SelfCheck
from video_processor.settings import Settings
from video_processor.use_cases.context import Tools
from video_processor.worker import Worker
from videoforge.logs import configure_logs, get_logger
from videoforge.service_tokens import ServiceTokens
from videoforge.settings import load_settings
from videoforge_media.hidden_memory import hide_memory
from videoforge_media.newer_ffprobe import find_newer_ffprobe
from videoforge_web.private_port import serve_private_port

log = get_logger("SYSTEM")


def main() -> None:
    settings = load_settings(Settings)
    configure_logs(Settings.service_name, level=settings.log_level)
    hide_memory()
    asyncio.run(run(settings))


async def run(settings: Settings) -> None:
    """Work until a signal arrives. Raises OSError if the private port or the scratch folder is
    unavailable."""
    metrics, machine = Metrics(), read_machine(sharers=settings.processors)
    slots = settings.slots or choose_slots(machine)
    has_light = settings.light_slot and has_light_slot(machine, slots=slots)
    threads = choose_threads(machine, slots=slots, has_light=has_light)
    if settings.ffmpeg_threads:
        threads = Threads(per_chunk=settings.ffmpeg_threads, per_film=settings.ffmpeg_threads)
    async with AsyncExitStack() as stack:
        scratch = Scratch(settings.scratch_dir)
        stack.callback(scratch.close)
        worker = await _build_worker(
            stack,
            settings,
            scratch=scratch,
            metrics=metrics,
            slots=slots,
            threads=threads,
            has_light=has_light,
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.stop.set)
        serve_private_port(
            settings.private_port,
            host=settings.private_host,
            registry=metrics.registry,
            check_health=metrics.check_health,
        )
        log.info(
            "processor is ready",
            processor_id=settings.processor_id,
            slots=slots,
            has_light_slot=has_light,
            threads=asdict(threads),
            ffmpeg=read_version(_find_ffmpeg(settings)),
            ffprobe=read_version(settings.ffprobe_path),
            newer_ffprobe=read_version(find_newer_ffprobe(settings.newer_ffprobe_path)),
        )
        await worker.run()
    log.info("processor stopped")


async def _build_worker(
    stack: AsyncExitStack,
    settings: Settings,
    *,
    scratch: Scratch,
    metrics: Metrics,
    slots: int,
    threads: Threads,
    has_light: bool,
) -> Worker:
    session = get_session()
    region = settings.aws_region
    has_endpoint = bool(settings.aws_endpoint_url or os.environ.get("AWS_ENDPOINT_URL_S3"))
    s3 = await stack.enter_async_context(
        session.create_client("s3", region_name=region, config=build_s3_config(has_endpoint=has_endpoint))
    )
    sqs = await stack.enter_async_context(
        session.create_client("sqs", region_name=region, config=build_sqs_config())
    )
    http = await stack.enter_async_context(aiohttp.ClientSession())
    ffmpeg, newer_ffprobe = _find_ffmpeg(settings), find_newer_ffprobe(settings.newer_ffprobe_path)
    tools = Tools(
        api=HttpJobApi(
            http,
            url=settings.job_service_url,
            headers=ServiceTokens(settings.service_tokens).build_headers(),
            processor_id=settings.processor_id,
            measure_room=scratch.measure_room,
            list_held_videos=lambda: scratch.source_cache.list_held_videos(),
        ),
        store=S3ObjectStore(s3, bucket=settings.s3_bucket_name, parallelism=settings.upload_parallelism),
        ffmpeg=_build_ffmpeg(settings, niceness=NICENESS),
        inspector=SandboxedInspector(
            ffprobe=settings.ffprobe_path, newer_ffprobe=newer_ffprobe, ffmpeg=ffmpeg
        ),
        scratch=scratch,
        threads=threads,
        parallelism=settings.upload_parallelism,
        chunk_seconds=settings.chunk_seconds,
    )
    light_tools = replace(tools, ffmpeg=_build_ffmpeg(settings, niceness=LIGHT_NICENESS))
    light_slot_tools = replace(light_tools, threads=threads.limit_to(SLOT_CPUS))
    return Worker(
        queue=SqsTaskQueue(sqs, queue_url=settings.sqs_queue_url, wait_seconds=settings.sqs_wait_seconds),
        tools=tools,
        light_tools=light_tools,
        light_slot_tools=light_slot_tools if has_light else None,
        self_check=SelfCheck(
            api=tools.api,
            store=tools.store,
            scratch=scratch,
            check_programs=partial(check_programs, ffmpeg, settings.ffprobe_path, newer_ffprobe),
            metrics=metrics,
        ),
        metrics=metrics,
        slots=slots,
        drain_grace_seconds=settings.drain_grace_seconds,
    )


def _build_ffmpeg(settings: Settings, *, niceness: int) -> SandboxedFfmpeg:
    limits = FfmpegLimits(
        address_space_bytes=settings.ffmpeg_address_space_bytes,
        wall_seconds=settings.ffmpeg_wall_seconds,
        stall_seconds=settings.ffmpeg_stall_seconds,
        niceness=niceness,
    )
    return SandboxedFfmpeg(_find_ffmpeg(settings), limits=limits)


def _find_ffmpeg(settings: Settings) -> str:
    return settings.ffmpeg_path or imageio_ffmpeg.get_ffmpeg_exe()


if __name__ == "__main__":
    main()
