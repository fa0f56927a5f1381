"""A gallery in memory, for tests: owners, visibility, trash and the internal calls as gallery-service has
them, without search, sorting or pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from job_service.auth.caller import Caller
from job_service.videos.gallery import GalleryAnswer, GalleryVideo, PublicMethod
from videoforge.gallery import GalleryPublication, GalleryStatusChange, GalleryTrashChanges, GalleryVideoDraft
from videoforge.problems import Code, Problem


@dataclass
class MemoryGallery:
    """Gallery. `is_down` makes every call fail as a gallery that does not answer."""

    is_down: bool = False
    videos: dict[str, GalleryVideo] = field(default_factory=dict)
    trash_changed_at: dict[str, datetime] = field(default_factory=dict)

    def create_video(self, draft: GalleryVideoDraft, *, caller: Caller) -> GalleryVideo:
        self._answer()
        now = datetime.now(UTC).isoformat()
        known = self.videos.setdefault(
            draft.id,
            {
                **draft.model_dump(mode="json"),
                "user_id": caller.user_id,
                "status": "uploaded",
                "views": 0,
                "renditions": [],
                "created_at": now,
                "updated_at": now,
                "deleted_at": None,
            },
        )
        return dict(known)

    def find_video(self, video_id: str) -> GalleryVideo | None:
        self._answer()
        video = self.videos.get(video_id)
        return dict(video) if video else None

    def publish(self, publication: GalleryPublication, *, video_id: str) -> None:
        video = self._get(video_id)
        new = {item.format: item.model_dump() for item in publication.renditions}
        kept = [item for item in video["renditions"] if item["format"] not in new]
        video |= {"renditions": [*kept, *new.values()], "status": "ready"}
        video["thumbnail_key"] = publication.thumbnail_key or video["thumbnail_key"]

    def change_status(self, change: GalleryStatusChange, *, video_id: str) -> None:
        video = self._get(video_id)
        if video["status"] != "ready":
            video["status"] = change.status

    def change_trash(self, changes: GalleryTrashChanges) -> None:
        self._answer()
        for change in changes.changes:
            video, last = self.videos.get(change.video_id), self.trash_changed_at.get(change.video_id)
            if video is None or (last is not None and change.changed_at <= last):
                continue
            self.trash_changed_at[change.video_id] = change.changed_at
            trashed_at = video["deleted_at"] or change.changed_at.isoformat()
            video["deleted_at"] = trashed_at if change.is_trashed else None

    def count_view(self, video_id: str) -> None:
        self._get(video_id)["views"] += 1

    def delete_video(self, video_id: str) -> None:
        self._answer()
        self.videos.pop(video_id, None)

    def forward(
        self,
        method: PublicMethod,
        path: str,
        *,
        caller: Caller | None,
        query: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> GalleryAnswer:
        self._answer()
        if path == "/videos/visibility":
            return self._change_many(json or {}, caller=caller)
        if method == "GET" and path in {"/videos", "/my-videos"}:
            return self._list(path, caller=caller, is_trash=(query or {}).get("deleted") == "true")
        video_id = path.removeprefix("/videos/")
        if method == "GET":
            return GalleryAnswer(status=200, body=self._show(video_id, caller=caller))
        video = self._get_own(video_id, caller=caller)
        if method not in {"PATCH", "PUT"}:
            raise NotImplementedError(f"the gallery has no {method} {path}")
        video |= json or {}
        return GalleryAnswer(status=200, body=dict(video))

    def _list(self, path: str, *, caller: Caller | None, is_trash: bool) -> GalleryAnswer:
        if path == "/videos":
            items = [v for v in self.videos.values() if v["visibility"] == "public" and not v["deleted_at"]]
        else:
            own = [v for v in self.videos.values() if caller and v["user_id"] == caller.user_id]
            items = [v for v in own if bool(v["deleted_at"]) == is_trash]
        return GalleryAnswer(status=200, body={"items": [dict(v) for v in items], "next_cursor": None})

    def _change_many(self, body: Mapping[str, Any], *, caller: Caller | None) -> GalleryAnswer:
        results = []
        for video_id in body["ids"]:
            try:
                video = self._get_own(video_id, caller=caller)
            except Problem as problem:
                results.append({"id": video_id, "ok": False, "code": problem.code})
                continue
            video["visibility"] = body["visibility"]
            results.append({"id": video_id, "ok": True})
        return GalleryAnswer(status=200, body={"results": results})

    def _show(self, video_id: str, *, caller: Caller | None) -> GalleryVideo:
        video = dict(self._get(video_id))
        is_own = caller is not None and video["user_id"] == caller.user_id
        if video["deleted_at"] or (video["visibility"] == "private" and not is_own):
            raise Problem(Code.video_not_found)
        if not is_own:
            del video["s3_key"]
        return video

    def _get_own(self, video_id: str, *, caller: Caller | None) -> GalleryVideo:
        video = self._get(video_id)
        if caller is None or (video["user_id"] != caller.user_id and not caller.is_admin):
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
