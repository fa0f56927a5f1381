"""A job's options between versions: in rows and messages that were written before, or after."""

import pytest
from pydantic import ValidationError

from videoforge.encode_options import EncodeOptions
from videoforge.messages import Plan, PrepareInput

SOURCE = {"s3_key": "users/u/uploads/v/source.mp4", "etag": "e", "size_bytes": 1}
PLAN = {
    "ladder": [],
    "chunks": [],
    "duration_seconds": 1.0,
    "frame_rate": "25",
    "video_stream": 0,
    "audio_stream": None,
}
INPUT = {"source": SOURCE, "output_formats": ["720p"]}


@pytest.mark.parametrize(("message", "values"), [(Plan, PLAN), (PrepareInput, INPUT)])
class TestMessages:
    def test_one_without_options_asks_for_what_was_done_before_there_were_any(self, message, values):
        assert message.model_validate(values).options == EncodeOptions(rate_control="quality")

    def test_one_from_when_there_was_one_option_alone_is_read(self, message, values):
        read = message.model_validate({**values, "rate_control": "bitrate"})
        assert read.options == EncodeOptions(rate_control="bitrate")

    def test_its_own_json_is_read_again(self, message, values):
        made = message.model_validate({**values, "options": {"rate_control": "bitrate"}})
        assert message.model_validate_json(made.model_dump_json()) == made

    def test_an_option_of_a_later_version_is_refused_and_not_dropped(self, message, values):
        with pytest.raises(ValidationError, match=r"options\.codec"):
            message.model_validate({**values, "options": {"codec": "av1"}})
