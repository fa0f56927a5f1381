"""Publish the renditions of a finished job, once."""

from collections.abc import Sequence

from gallery_service.ports import Ports
from videoforge.gallery import GalleryRendition
from videoforge.problems import Code, Problem
from videoforge.source_facts import SourceFacts


def publish_video(
    ports: Ports,
    video_id: str,
    *,
    job_id: str,
    renditions: Sequence[GalleryRendition],
    thumbnail_key: str | None,
    source: SourceFacts | None = None,
) -> None:
    """Publish them, in the trash too, so that a restored video is complete; `source` corrects what
    confirm saw. The same job a second time changes nothing. Raises Problem 404 if there is no
    video.
    """
    now = ports.clock()
    with ports.store.begin() as tx:
        video = tx.find_video(video_id)
        if video is None:
            raise Problem(Code.video_not_found)
        if not tx.save_publication(job_id, video_id=video_id, at=now):
            return
        published = video.publish(renditions, thumbnail_key=thumbnail_key, at=now)
        tx.save_video(published.correct(source) if source else published)
    ports.cache.drop_pages([video])
