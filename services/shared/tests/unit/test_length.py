"""How a duration is found: which headers are trusted, and how packets are added up."""

from typing import Any

import pytest

from videoforge_media.length import (
    MAX_TAIL_PACKETS,
    UsedStreams,
    build_tail_entries,
    choose_look,
    find_missing_seconds,
    is_too_short,
    measure_length,
)
from videoforge_media.packet_clock import Packet, PacketClock, read_packets

EVEN = {"index": 0, "start_time": "0.0", "duration": "9.0", "nb_frames": "270",
        "avg_frame_rate": "30/1", "r_frame_rate": "30/1"}  # fmt: skip
SOUND = {"index": 1, "start_time": "0.0", "duration": "9.02"}


def use(*, form: Any = None, sound: Any = SOUND, **video: Any) -> UsedStreams:
    return UsedStreams(EVEN | video, sound, form or {"format_name": "mov,mp4", "start_time": "0.0"})


def look(used: UsedStreams, *, container: Any = "mp4", is_fragmented: bool = False) -> str:
    return choose_look(used, container=container, is_fragmented=is_fragmented)


def test_an_mp4_whose_figures_agree_is_believed() -> None:
    assert look(use()) == "stated"
    assert look(use(sound=None)) == "stated"


@pytest.mark.parametrize(
    "video",
    [{"duration": "0.3"}, {"duration": "143165.5"}, {"nb_frames": "N/A"}, {"r_frame_rate": "90000/1"}],
    ids=["short", "unknown", "no table", "uneven"],
)
def test_an_mp4_whose_figures_do_not_agree_is_looked_into(video: dict[str, Any]) -> None:
    assert look(use(**video)) == "tail"


def test_sound_of_another_length_makes_both_doubtful() -> None:
    assert look(use(sound=SOUND | {"duration": "36000"})) == "tail"
    assert look(use(sound=SOUND | {"duration": "N/A"})) == "tail"


def test_sound_of_another_length_whose_own_figures_agree_is_believed() -> None:
    """A still with 20 s of sound, at 44.1 kHz."""
    sound = {"codec_name": "aac", "nb_frames": "863", "sample_rate": "44100", "start_time": "0.0"}
    still = {"nb_frames": "1", "duration": "0.04", "avg_frame_rate": "25/1", "r_frame_rate": "25/1"}
    assert look(use(sound=sound | {"duration": "20.0"}, **still)) == "stated"
    assert look(use(sound=sound | {"duration": "40.0"}, **still)) == "stated"  # HE-AAC
    for wrong in ({"duration": "30.0"}, {"duration": "0.7"}, {"codec_name": "mp3"}, {"nb_frames": "N/A"}):
        assert look(use(sound=sound | {"duration": "20.0"} | wrong, **still)) == "tail"


@pytest.mark.parametrize("container", ["mpegts", "mpegps", "flv", None])
def test_what_has_no_header_or_no_index_is_read_from_end_to_end(container: Any) -> None:
    assert look(use(), container=container) == "whole"
    assert build_tail_entries(container) == ([], "")


def test_fragments_are_read_from_end_to_end_and_matroska_at_its_end() -> None:
    assert look(use(), is_fragmented=True) == "whole"
    assert look(use(), container="matroska") == "tail"
    assert build_tail_entries("matroska")[0][0] == "-read_intervals"


def measure(used: UsedStreams, lines: list[str] | None, **changes: Any) -> Any:
    asked: list[Any] = []

    def run_lines(options: Any) -> Any:
        asked.append(tuple(options))
        return None if lines is None else iter(lines)

    options: dict[str, Any] = {"container": "mpegts", "is_fragmented": False, "tail": None} | changes
    return measure_length(used, run_lines=run_lines, **options), asked


TS = {"format_name": "mpegts", "start_time": "1.4", "duration": "50009.0"}


def test_a_jump_is_taken_for_a_joint_and_moves_both_streams() -> None:
    lines = [f"0,{at},{at},1.0,K_" for at in (1.4, 2.4, 101.4, 102.4)]
    length, asked = measure(use(form=TS, start_time="1.4", sound=SOUND | {"start_time": "1.4"}), lines)
    assert (length.picture_seconds, length.sound_seconds) == pytest.approx((4, 4.02))
    assert asked == [("-select_streams", "0")]  # how far apart the two end, ffprobe has seen
    assert length.is_sure
    assert length.stated_seconds is None  # ffprobe's guess of a stream is no statement of the file's


def test_a_step_below_ten_seconds_is_time_that_went_by() -> None:
    clock = PacketClock(bridges_jumps=True)
    for at in (0.0, 1.0, 11.5):
        clock.take(Packet(0, at, at, 1.0, True))
    assert clock.find_end(0) == 12.5
    clock.take(Packet(0, 3.0, 3.0, 1.0, True))  # back again: another recording
    assert clock.find_end(0) == 13.5


def test_a_jump_in_a_container_with_an_index_stays() -> None:
    clock = PacketClock(bridges_jumps=False)
    for packet in read_packets(["0,0.0,0.0,1.0,K_", "0,100.0,100.0,1.0,K_", "0,500.0,500.0,1.0,_D", "junk"]):
        clock.take(packet)
    assert clock.find_end(0) == 101.0  # what an edit list leaves out does not count


def test_a_track_that_is_not_used_moves_nothing_in_mpegs_streams() -> None:
    used = use(form=TS, start_time="6.4", sound=SOUND | {"start_time": "6.5"})
    length, _ = measure(used, ["0,6.4,6.4,0.04,K_", "2,1.4,1.4,0.04,K_", "0,9.36,9.36,0.04,K_"])
    assert length.picture_seconds == pytest.approx(3.0)


def test_a_tail_that_does_not_reach_the_end_is_not_believed() -> None:
    packet = {"stream_index": 0, "pts_time": "1.0", "dts_time": "1.0", "duration_time": "0.04", "flags": "K_"}
    used = use(form={"format_name": "matroska,webm", "start_time": "0.0", "duration": "36000"})
    full = [packet] * MAX_TAIL_PACKETS
    length, asked = measure(used, ["0,8.96,8.96,0.04,K_"], container="matroska", tail=full)
    assert (length.picture_seconds, asked[0]) == (pytest.approx(9), ("-select_streams", "0"))
    length, asked = measure(used, None, container="matroska", tail=[packet])
    assert (length.picture_seconds, asked) == (pytest.approx(1.04), [])


def test_sound_is_read_to_its_end_where_it_may_go_on_after_the_picture() -> None:
    still = use(form={"format_name": "flv", "start_time": "0.0", "duration": "20.0"})
    length, asked = measure(still, ["0,0.0,0.0,0.04,K_", "1,19.5,19.5,0.5,K_"], container="flv")
    assert (length.picture_seconds, length.sound_seconds) == (0.04, 20.0)
    assert asked == [("-select_streams", "0"), ("-select_streams", "1")]
    film = use(form={"format_name": "flv", "start_time": "0.0", "duration": "9.02"})
    length, asked = measure(film, ["0,8.96,8.96,0.04,K_"], container="flv")
    assert (length.seconds, asked) == (pytest.approx(9), [("-select_streams", "0")])


def test_what_could_not_be_measured_is_not_sure() -> None:
    used = use(form=TS, start_time="1.4", duration="50000", sound=None)
    for lines, changes in ((None, {}), (["0,1.4,1.4,0.04,K_"], {"has_hole": True})):
        length, _ = measure(used, lines, **changes)
        assert (length.picture_seconds, length.is_sure) == (50000, False)


def test_a_twentieth_may_be_missing_and_is_reported() -> None:
    assert not is_too_short(95, of_seconds=100)
    assert is_too_short(94, of_seconds=100)
    assert not is_too_short(1, of_seconds=None)
    assert find_missing_seconds(98, of_seconds=100) == 2
    assert find_missing_seconds(99.5, of_seconds=100) == 0
    assert find_missing_seconds(99.5, of_seconds=100, is_cut_off=True) == 0.5
