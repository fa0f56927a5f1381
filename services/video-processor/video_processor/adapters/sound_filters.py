"""The sound's filters, in two stages that run in two processes connected by a pipe.

The first stage converts the decoder's output to 48 kHz stereo in float, with the source's own
times. ffmpeg rebuilds its graph whenever a stream changes its layout or rate, and a rebuilt graph
loses its state. The second stage therefore never sees a change: it fills, stretches and limits one
constant stream, and keeps its state from the first sample to the last. (Two chained graphs in one
process, as for the picture, would do the same, but FFmpeg 9 hung with sound that way: 3 of 35 runs,
own trial 2026-11-30.)
"""

from typing import Final

from videoforge.messages import SoundMix

#: the usual rate of AAC in HLS
_RATE_HZ: Final = 48_000
#: float, since a mix may exceed full scale until it is limited
_COMMON: Final = f"aformat=sample_rates={_RATE_HZ}:channel_layouts=stereo:sample_fmts=flt"
_MONO: Final = f"aformat=sample_rates={_RATE_HZ}:channel_layouts=mono:sample_fmts=flt"
#: Fills a late start and gaps of more than 10 ms with silence; offsets of more than 3 ms are
#: stretched by 1 % at most (500 samples a second). Without the stretch a clock that is 0.4 % slow
#: clicks every four seconds; with the default of 0.1 s the sound stays up to 100 ms early (own
#: measurement, 2026-11-30).
_KEEP_TIME: Final = "aresample=async=500:first_pts=0:min_comp=0.003:min_hard_comp=0.01"
#: swresample generates a gap's silence at once and buffers it, 0.65 MB a second. So where there is
#: no sound, one sample of silence, a beat, is inserted every 5 s: it never sees a longer gap.
_BEAT_SAMPLES: Final = 5 * _RATE_HZ
#: Passes all sound, and a beat (identified by its one sample and its time) only if the latest sound
#: ended more than a second before (variable 0): shorter gaps are filled as usual.
_SOUND_OR_GAP: Final = (
    f"if(eq(samples_n,1)*not(mod(pts,{_BEAT_SAMPLES})),"
    f"gt(pts,ld(0)+{_RATE_HZ}),1+0*st(0,max(ld(0),pts+samples_n)))"
)
#: swresample sums a full-scale 5.1 to +5.6 dBFS, which every player clips. It is limited rather
#: than scaled down, so that speech keeps its level. 1.5 dB are left for the overshoot of AAC.
_MIX_CEILING: Final = 0.84
_FULL_SCALE: Final = 1.0


def build_source_filters(mix: SoundMix) -> list[str]:
    """Return the first stage of a single track."""
    if mix.ambisonic_order is None:
        return [_COMMON]  # swresample's mix keeps the centre (−3 dB), and so the speech of 5.1
    return [_build_ambisonic_mix(mix.ambisonic_order, channels=mix.channels), _COMMON]


def _build_ambisonic_mix(order: int, *, channels: int) -> str:
    """Return the mix of two cardioids facing left and right, W ± Y, halved so that no direction
    exceeds the source's level. Channels are in ACN order, so Y is the second; two channels more
    than the order has are a head-locked stereo pair (RFC 8486, 3.2)."""
    ambient = (order + 1) ** 2
    left, right = (f"+c{ambient}", f"+c{ambient + 1}") if channels == ambient + 2 else ("", "")
    return f"pan=stereo|c0=0.5*c0+0.5*c1{left}|c1=0.5*c0-0.5*c1{right}"


def build_silence_graph() -> str:
    return f"anullsrc=r={_RATE_HZ}:cl=stereo,{_COMMON}"


def build_pair_graph(left: str, right: str, *, label: str) -> str:
    """Return the graph that joins two mono tracks as left and right. Each is put on the clock
    separately, since amix follows the samples of one and ignores the times of the other; the longer
    one continues alone."""
    parts = [
        _build_keep_time(track, form=_MONO, name=name) + f",pan=stereo|{ear}=c0[{name}]"
        for track, ear, name in ((left, "c0", "left"), (right, "c1", "right"))
    ]
    mix = f"[left][right]amix=inputs=2:duration=longest:normalize=0,{_COMMON}[{label}]"
    return ";".join([*parts, mix])


def build_steady_graph(mix: SoundMix, *, label: str) -> str:
    """Return the second stage: in sync with the source's times, and nowhere above full scale."""
    ceiling = _MIX_CEILING if mix.channels > 2 else _FULL_SCALE
    chain = [
        _build_keep_time("0:0", form=_COMMON, name="sound"),
        # `level` would raise everything to the ceiling; `latency` removes the 5 ms of look-ahead
        f"alimiter=limit={ceiling:g}:level=disabled:latency=1",
        "aformat=sample_fmts=fltp",
    ]
    return ",".join(chain) + f"[{label}]"


def _build_keep_time(track: str, *, form: str, name: str) -> str:
    """Return graphs, up to an open end, that convert a track to a form and keep it in sync with its
    times."""
    # ainterleave counts in AVTB regardless of its inputs, but labels it with the first input's time
    # base
    beats = f"anullsrc=r={_RATE_HZ}:n=1,{form},asetpts=(N+1)*{_BEAT_SAMPLES},asettb=AVTB[{name}-beats]"
    sound = f"[{track}]{form},asettb=AVTB[{name}-alone]"
    both = f"[{name}-alone][{name}-beats]ainterleave=duration=first,asettb=1/{_RATE_HZ}"
    return f"{beats};{sound};{both},aselect='{_SOUND_OR_GAP}',{_KEEP_TIME}"
