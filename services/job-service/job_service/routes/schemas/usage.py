"""Usage and limits, as JSON."""

from pydantic import BaseModel

from job_service.quotas.quota import Quota, Usage


class Room(BaseModel):
    """`used` is null where only another process counts it; `limit` is null where there is none."""

    used: int | None
    limit: int | None


class UsageAnswer(BaseModel):
    """`stored_bytes` is what videos take in the store, including the trash until it is emptied;
    `unconfirmed_bytes` what unfinished uploads announced; the others are counts."""

    stored_bytes: Room
    unconfirmed_bytes: Room
    open_uploads: Room
    unfinished_jobs: Room
    event_streams: Room

    @classmethod
    def build(cls, used: Usage, *, quota: Quota, event_streams: int) -> "UsageAnswer":
        return cls(
            stored_bytes=Room(used=used.stored_bytes, limit=quota.stored_bytes or None),
            unconfirmed_bytes=Room(used=used.unconfirmed_bytes, limit=quota.unconfirmed_bytes or None),
            open_uploads=Room(used=used.open_uploads, limit=quota.open_uploads or None),
            unfinished_jobs=Room(used=used.unfinished_jobs, limit=quota.unfinished_jobs or None),
            event_streams=Room(used=None, limit=event_streams),
        )
