"""What sweeps over whole tables read and delete."""

from dataclasses import dataclass

from job_service.auth.ports import AuthTransaction
from job_service.jobs.ports import JobTransaction
from job_service.relaying.record_store import PostgresRecords


@dataclass(frozen=True, kw_only=True)
class SweepTransaction(JobTransaction, AuthTransaction):
    records: PostgresRecords
