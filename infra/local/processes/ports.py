"""Finds port conflicts before anything starts."""

from collections.abc import Callable, Iterable

from infra.local.processes.health import wait_until
from infra.local.processes.infrastructure import ProcessSpec


class PortsTaken(Exception):
    """Ports that something else listens on, or that two of our processes share."""


def check_ports(specs: Iterable[ProcessSpec], *, is_free: Callable[[int], bool]) -> None:
    """Raise PortsTaken with a line for each unavailable port and the setting that changes it."""
    wanted = [(spec.name, port) for spec in specs for port in spec.ports]
    owners: dict[int, str] = {}
    faults = []
    for name, port in wanted:
        if port.number in owners:
            faults.append(
                f"Port {port.number} is wanted by both {owners[port.number]} and {name}: set {port.setting}."
            )
        elif not is_free(port.number):
            faults.append(f"Port {port.number}, wanted by {name}, is in use: set {port.setting}.")
        owners.setdefault(port.number, name)
    if faults:
        faults.append("PORT_OFFSET moves all ports at once, as in `make up PORT_OFFSET=100`.")
        raise PortsTaken("\n".join(faults))


def await_release(specs: Iterable[ProcessSpec], *, is_free: Callable[[int], bool], seconds: float) -> None:
    """Wait until the ports of killed processes are free, up to this time.

    A killed process leaves the process list when its first thread has ended, but the kernel closes
    its sockets with the last one. `check_ports` names the ports that are not free then.
    """
    numbers = [port.number for spec in specs for port in spec.ports]
    wait_until(lambda: all(map(is_free, numbers)), seconds=seconds)
