"""Take a processor's word that it is there, and of what keeps it from work."""

from job_service.jobs.ports import JobPorts
from videoforge.messages import ProcessorReport


def take_processor_report(ports: JobPorts, report: ProcessorReport) -> None:
    """Note it; sweeps/show_waiting.py makes of it what jobs show."""
    with ports.database.begin() as tx:
        tx.processors.note_report(report)
