"""Apply what job-service decided about the trash: it keeps the intents to delete, and sends them at
once or when the gallery is back."""

from gallery_service.domain.video import find_video_id
from gallery_service.ports import Ports
from videoforge.gallery import GalleryTrashChanges


def follow_trash(ports: Ports, trash: GalleryTrashChanges) -> None:
    """Apply all changes in one transaction; videos that are gone are skipped."""
    by_id = {stored: change for change in trash.changes if (stored := find_video_id(change.video_id))}
    with ports.store.begin() as tx:
        found = tx.find_videos(list(by_id))
        moved = [
            video.follow_trash(is_trashed=by_id[id_].is_trashed, changed_at=by_id[id_].changed_at)
            for id_, video in found.items()
        ]
        for video in moved:
            tx.save_video(video)
    ports.cache.drop_pages(moved)
