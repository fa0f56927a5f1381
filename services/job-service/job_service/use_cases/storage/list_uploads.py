"""A user's uploads that can still go on."""

from typing import Final

from job_service.domain.upload import Upload
from job_service.ports.storage import StoragePorts

#: More than a user can have open, and enough of those that wait for their confirmation.
_LIMIT: Final = 100


def list_uploads(ports: StoragePorts, *, user_id: str) -> list[Upload]:
    """Return the open and the completed ones, newest first."""
    with ports.database.begin() as transaction:
        return ports.uploads.list_uploads(transaction, user_id=user_id, limit=_LIMIT)
