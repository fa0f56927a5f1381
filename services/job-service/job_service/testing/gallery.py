"""A gallery in memory, for tests: owners, visibility, trash and the internal calls as in
gallery-service, without search, sorting or pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from job_service.auth.caller import Caller
from job_service.videos.gallery import Answer, PublicMethod
from videoforge.gallery import (
    ChangeOutcome,
    ChangeOutcomes,
    GalleryPage,
    GalleryPublication,
    GalleryStatusChange,
    GalleryTrashChanges,
    GalleryVideo,
    GalleryVideoDraft,
)
from videoforge.problems import Code, Problem


@dataclass
class MemoryGallery:
    """Gallery. `is_down` makes every call fail as if the gallery did not answer."""

    is_down: bool = False
    videos: dict[str, GalleryVideo] = field(default_factory=dict)
    trash_changed_at: dict[str, datetime] = field(default_factory=dict)

    def create_video(self, draft: GalleryVideoDraft, *, caller: Caller) -> GalleryVideo:
        self._answer()
        now = datetime.now(UTC)
        video = GalleryVideo(
            **draft.model_dump(),
            user_id=caller.user_id,
            status="uploaded",
            views=0,
            renditions=(),
            created_at=now,
            updated_at=now,
            deleted_at=None,
        )
        return self.videos.setdefault(draft.id, video)

    def find_video(self, video_id: str) -> GalleryVideo | None:
        self._answer()
        return self.videos.get(video_id)

    def publish(self, publication: GalleryPublication, *, video_id: str) -> None:
        video = self._get(video_id)
        by_format = {item.format: item for item in (*video.renditions, *publication.renditions)}
        self.change(
            video_id,
            renditions=tuple(by_format.values()),
            status="ready",
            thumbnail_key=publication.thumbnail_key or video.thumbnail_key,
        )

    def change_status(self, change: GalleryStatusChange, *, video_id: str) -> None:
        if self._get(video_id).status != "ready":
            self.change(video_id, status=change.status)

    def change_trash(self, changes: GalleryTrashChanges) -> None:
        self._answer()
        for change in changes.changes:
            video, last = self.videos.get(change.video_id), self.trash_changed_at.get(change.video_id)
            if video is None or (last is not None and change.changed_at <= last):
                continue
            self.trash_changed_at[change.video_id] = change.changed_at
            trashed_at = video.deleted_at or change.changed_at
            self.change(video.id, deleted_at=trashed_at if change.is_trashed else None)

    def count_view(self, video_id: str) -> None:
        self.change(video_id, views=self._get(video_id).views + 1)

    def delete_video(self, video_id: str) -> None:
        self._answer()
        self.videos.pop(video_id, None)

    def change(self, video_id: str, **fields: Any) -> GalleryVideo:
        """Set fields of a video, as if it had reached that state; also for tests."""
        self.videos[video_id] = self.videos[video_id].model_copy(update=fields)
        return self.videos[video_id]

    def forward(
        self,
        method: PublicMethod,
        path: str,
        *,
        answer: type[Answer],
        caller: Caller | None,
        query: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> Answer:
        self._answer()
        found = self._find(method, path, caller=caller, query=query or {}, json=json or {})
        if not isinstance(found, answer):
            raise TypeError(f"{method} {path} answers {type(found).__name__}")
        return found

    def _find(
        self,
        method: PublicMethod,
        path: str,
        *,
        caller: Caller | None,
        query: Mapping[str, Any],
        json: Mapping[str, Any],
    ) -> BaseModel:
        if path == "/videos/visibility":
            return self._change_many(json, caller=caller)
        if method == "GET" and path in {"/videos", "/my-videos"}:
            return self._list(path, caller=caller, is_trash=query.get("deleted") == "true")
        video_id = path.removeprefix("/videos/")
        if method == "GET":
            return self._show(video_id, caller=caller)
        self._get_own(video_id, caller=caller)
        if method not in {"PATCH", "PUT"}:
            raise NotImplementedError(f"the gallery has no {method} {path}")
        return self.change(video_id, **json)

    def _list(self, path: str, *, caller: Caller | None, is_trash: bool) -> GalleryPage:
        if path == "/videos":
            items = [v for v in self.videos.values() if v.visibility == "public" and not v.deleted_at]
        else:
            own = [v for v in self.videos.values() if caller and v.user_id == caller.user_id]
            items = [v for v in own if bool(v.deleted_at) == is_trash]
        return GalleryPage(items=tuple(items), next_cursor=None)

    def _change_many(self, body: Mapping[str, Any], *, caller: Caller | None) -> ChangeOutcomes:
        results = []
        for video_id in body["ids"]:
            try:
                self._get_own(video_id, caller=caller)
            except Problem as problem:
                results.append(ChangeOutcome(id=video_id, ok=False, code=problem.code))
                continue
            self.change(video_id, visibility=body["visibility"])
            results.append(ChangeOutcome(id=video_id, ok=True))
        return ChangeOutcomes(results=results)

    def _show(self, video_id: str, *, caller: Caller | None) -> GalleryVideo:
        video = self._get(video_id)
        is_own = caller is not None and video.user_id == caller.user_id
        if video.deleted_at or (video.visibility == "private" and not is_own):
            raise Problem(Code.video_not_found)
        return video if is_own else video.model_copy(update={"s3_key": None})

    def _get_own(self, video_id: str, *, caller: Caller | None) -> GalleryVideo:
        video = self._get(video_id)
        if caller is None or (video.user_id != caller.user_id and not caller.is_admin):
            raise Problem(Code.video_not_found)
        return video

    def _get(self, video_id: str) -> GalleryVideo:
        self._answer()
        if video_id not in self.videos:
            raise Problem(Code.video_not_found)
        return self.videos[video_id]

    def _answer(self) -> None:
        if self.is_down:
            raise Problem(Code.gallery_unavailable)
