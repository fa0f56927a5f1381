"""Process: the relay. Sends the outbox to the queue and to the gallery, announces job ends, and
runs the sweeps.

Seven loops: a gallery that is down delays no task, and deleting a large film, which may take
minutes, does not delay a task of a lost processor. The sending loops sleep until a message is due
or PostgreSQL notifies them of a new one; a slow poll backs that up. Two relays do no harm: each
message is claimed by one of them, and each group of sweeps runs in one at a time. On SIGTERM and
SIGINT it stops after the current steps; what was claimed but not sent is retried automatically.
"""

import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from job_service.admin.queue_metrics import show_queue
from job_service.jobs.ports import JobPorts
from job_service.outbox.message import GALLERY_KINDS, MessageKind
from job_service.platform.metrics import REGISTRY, SWEPT
from job_service.platform.platform import build_platform
from job_service.processes.loops import Loop, Step
from job_service.relaying.announce_ends import announce_ends
from job_service.relaying.listener import OutboxListener
from job_service.relaying.notify_gallery import notify_gallery
from job_service.relaying.ports import SweepLock
from job_service.relaying.send_tasks import send_tasks
from job_service.settings import Settings
from job_service.wiring.relay import Relay, Sweep, build_relay
from job_service.wiring.services import build_services
from videoforge.logs import configure_logs, get_logger
from videoforge.settings import load_settings
from videoforge_web.private_port import serve_private_port

#: One connection for each loop, one for the lock of each that sweeps, and some for sweeps that use
#: two.
_POOL_SIZE: Final = 13
#: Which loop sends which kinds of messages.
SENT_BY: Final[Mapping[str, Sequence[MessageKind]]] = {
    "send-tasks": ("task",),
    "notify-gallery": GALLERY_KINDS,
    "announce-ends": ("job_ended",),
}
_STOP_SECONDS: Final = 20.0
_MIN_PAUSE_SECONDS: Final = 0.25
#: Calling the queue costs more than everything else an idle relay does; and deletions are not
#: urgent, because what they delete is already hidden from users.
_SWEEPS_A_MEASUREMENT: Final = 3
_SWEEPS_A_SLOW_ONE: Final = 3
#: The longest sending step is a batch with all its retries, and a sweep may meet a slow queue a few
#: times; deletions of a long film take minutes.
_MAX_SENDING_SECONDS: Final = 120.0
_MAX_SWEEPING_SECONDS: Final = 300.0
_MAX_SLOW_SWEEPING_SECONDS: Final = 1800.0
_HOUR_SECONDS: Final = 3600.0

_log = get_logger("SYSTEM")


def sweep_all(name: str, sweeps: Mapping[str, Sweep], *, lock: SweepLock) -> int:
    """Run each sweep once, unless another relay is running those of this name; a failing one does
    not stop the others. Always returns 0: a sweep is not repeated early, however much it did."""
    with lock.try_hold(name) as is_mine:
        for sweep_name, sweep in sweeps.items() if is_mine else ():
            try:
                fixed = sweep()
            except Exception as error:
                _log.error("sweep failed", sweep=sweep_name, exc_info=error)
                continue
            if fixed:
                SWEPT.labels(sweep_name).inc(fixed)
                _log.info("swept", sweep=sweep_name, count=fixed)
    return 0


def sweep_tasks(relay: Relay) -> int:
    """Run the sweeps that jobs wait for, if there are any. Returns 0, like sweep_all."""
    return sweep_all("sweeps", relay.sweeps, lock=relay.lock) if relay.has_open_tasks() else 0


def measure(relay: Relay) -> int:
    """Measure what is still waiting, and drain the dead letters if there are any. Returns 0, like
    sweep_all."""
    state = relay.read_queue()
    show_queue(state.depth, backlog=state.backlog)
    if state.depth is not None and state.depth.dead:
        sweep_all("dead-letter-sweeps", relay.dead_letter_sweeps, lock=relay.lock)
    return 0


def send_due(
    jobs: JobPorts, kinds: Sequence[MessageKind], send: Callable[[], int], *, poll_seconds: float
) -> Step:
    """Send the due messages of these kinds, and return when the outbox needs to be read again if no
    notification comes: when its next message is due. A due message that cannot be claimed is being
    sent by another relay."""
    with jobs.database.begin() as tx:
        seconds = tx.outbox.find_next_due(kinds)
    if seconds is None or seconds > 0:
        return Step(pause_seconds=poll_seconds if seconds is None else min(poll_seconds, seconds))
    return Step(pause_seconds=0 if send() else _MIN_PAUSE_SECONDS)


def build_loops(relay: Relay, *, settings: Settings, stop: threading.Event) -> list[Loop]:
    poll, sweep = settings.relay_poll_seconds, settings.sweep_seconds
    jobs, lock = relay.ports.jobs, relay.lock
    loop = partial(Loop, stop=stop)
    senders = {
        "send-tasks": partial(send_tasks, relay.ports),
        "notify-gallery": partial(notify_gallery, relay.ports),
        "announce-ends": partial(announce_ends, jobs),
    }
    return [
        *(
            loop(
                name,
                partial(send_due, jobs, SENT_BY[name], send, poll_seconds=poll),
                pause_seconds=poll,
                max_silence_seconds=_MAX_SENDING_SECONDS,
            )
            for name, send in senders.items()
        ),
        loop(
            "sweeps",
            partial(sweep_tasks, relay),
            pause_seconds=sweep,
            max_silence_seconds=_MAX_SWEEPING_SECONDS,
        ),
        loop(
            "measure",
            partial(measure, relay),
            pause_seconds=sweep * _SWEEPS_A_MEASUREMENT,
            max_silence_seconds=_MAX_SWEEPING_SECONDS,
        ),
        loop(
            "slow-sweeps",
            partial(sweep_all, "slow-sweeps", relay.slow_sweeps, lock=lock),
            pause_seconds=sweep * _SWEEPS_A_SLOW_ONE,
            max_silence_seconds=_MAX_SLOW_SWEEPING_SECONDS,
        ),
        loop(
            "hourly-sweeps",
            partial(sweep_all, "hourly-sweeps", relay.hourly_sweeps, lock=lock),
            pause_seconds=_HOUR_SECONDS,
            max_silence_seconds=_HOUR_SECONDS + _MAX_SWEEPING_SECONDS,
        ),
    ]


def ring_loops(loops: Sequence[Loop], kind: str | None) -> None:
    """Wake the loop that sends messages of this kind; for None, when any may have been missed, all
    that send."""
    for loop in loops:
        kinds = SENT_BY.get(loop.name, ())
        if kind in kinds or (kind is None and kinds):
            loop.ring()


def check_loops(loops: Sequence[Loop]) -> tuple[bool, dict[str, Any]]:
    """Return whether the relay is working, and each loop's state."""
    states = {loop.name: "alive" if loop.is_alive else "stuck" for loop in loops}
    return all(loop.is_alive for loop in loops), {"loops": states}


def main() -> None:
    settings = load_settings(Settings)
    configure_logs(settings.service_name, level=settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    relay = build_relay(build_services(build_platform(settings, pool_size=_POOL_SIZE)))
    loops = build_loops(relay, settings=settings, stop=stop)
    serve_private_port(
        settings.private_port,
        host=settings.private_host,
        registry=REGISTRY,
        check_health=partial(check_loops, loops),
    )
    for loop in loops:
        loop.start()
    OutboxListener(settings.database_url, ring=partial(ring_loops, loops), stop=stop).start()
    _log.info("relay started")
    stop.wait()
    ends_at = time.monotonic() + _STOP_SECONDS
    ended = [loop.join(seconds=max(0.0, ends_at - time.monotonic())) for loop in loops]
    _log.info("relay stopped", clean=all(ended))


if __name__ == "__main__":
    main()
