"""Beats that a user states: every kind of file gives the same beats, and they are taken exactly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cli_support import write_clicks
from hypothesis import given
from hypothesis import strategies as st

from choreo.errors import InputError
from choreo.foreign.limits import TEXT_BYTES
from choreo.music import analyze
from choreo.music.beat_files import grid, track_from_file
from choreo.options import Choosing, Listening
from choreo.pipeline.song_to_plan import make_plan
from choreo.types import BeatTrack

UNTIL = 29.25
TRUTH = [0.5 * k for k in range(1, 59)]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def lines(text: str, head: str = "") -> str:
    """A line for each beat of the truth, of `{t}`, `{k}` (from 0), `{p}` (position) and `{bar}`."""
    each = [text.format(t=t, k=k, p=k % 4 + 1, bar=k // 4 + 1, d=int(k % 4 == 0)) for k, t in enumerate(TRUTH)]
    return "\n".join([*([head] if head else []), *each, ""])


KINDS = {
    "plain.txt": lines("{t:.3f}"),
    "commas.txt": lines("{t:.3f},{p}"),
    "floats.txt": lines("{t:.3f} {p}.0"),
    "comments.txt": lines("{t:.3f}\t{p}", "# beats of a song\n"),
    "barbeat.txt": lines("{t:.3f}\t{bar}.{p}"),
    "reaper.txt": lines("{t:.3f} {bar}:{p}"),
    "audacity.txt": lines("{t:.6f}\t{t:.6f}\t{p}"),
    "regions.txt": lines("{t:.6f}\t9{t:.6f}\t{bar}.{p}\n\\\t100.0\t2000.0"),
    "unnamed.txt": lines("{t:.6f}\t{t:.6f}\t"),
    "words.txt": lines("{t:.6f}\t{t:.6f}\tbeat"),
    "numbered.txt": lines("{t:.6f}\t{t:.6f}\t{k}"),
    "decimal_commas.txt": lines("{t:.6f}\t{t:.6f}\t{p}").replace(".", ","),
    "header.csv": lines("{t:.3f},{p}", "time,beat"),
    "turned.csv": lines('"{p}", "{t:.3f}", "x"', '"Beat in bar", "Time (s)", "Note"'),
    "flags.csv": lines("{d};{t:.3f}", "downbeat;start_time").replace(".", ","),
    "words.csv": lines("{t:.9f},New Point"),
    "milliseconds.csv": lines("{t:.3f},{p}", "time_ms,position").replace(".", ""),
    "ms.txt": lines("{t:.3f}").replace(".", ""),
    "a.osu": "osu file format v14\n\n[TimingPoints]\n500,500,4,1,0,100,1,0\n900,-50,4,1,0,100,0,0\n[Q]\n",
    "a.sm": "#TITLE:x;\n#OFFSET:-0.5;\n#BPMS:0.000=120.000;\n#STOPS:;\n",
    "a.ssc": "#OFFSET:-0.5; // late\n#BPMS:0=120,\n8=120;\n#TIMESIGNATURES:0=4=4;\n#NOTEDATA:;\n#BPMS:0=90;",
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_gives_the_same_beats(name: str, tmp_path: Path) -> None:
    track = track_from_file(write(tmp_path / name, KINDS[name]), UNTIL)
    assert track.beats.tolist() == TRUTH
    assert track.positions.tolist() == [k % 4 + 1 for k in range(58)]
    assert track.metre == 4
    assert bool(track.warnings) == (name == "ms.txt")


def test_without_positions_the_metre_is_the_users(tmp_path: Path) -> None:
    for name in ("plain.txt", "words.txt", "a.sm"):
        track = track_from_file(write(tmp_path / name, KINDS[name]), UNTIL, 3)
        assert track.positions.tolist()[:4] == [1, 2, 3, 1]
        assert track.metre == 3


@pytest.mark.parametrize("text", ["0.5\t3\n1.0\t1\n1.5\t2\n2.0\t3\n", "\ufeff0.5 3.0\n1.0 1\n1.5 2\n2 3\n"])
def test_times_with_positions(text: str, tmp_path: Path) -> None:
    track = track_from_file(write(tmp_path / "a.beats", text), 9)
    assert track.positions.tolist() == [3, 1, 2, 3]
    assert track.metre == 3


def test_downbeats_that_are_flagged(tmp_path: Path) -> None:
    text = "time,downbeat\n" + "".join(f"{k},{int(k in (3, 6, 9, 10))}\n" for k in range(1, 12))
    track = track_from_file(write(tmp_path / "a.csv", text), 20)
    assert track.positions.tolist() == [2, 3, 1, 2, 3, 1, 2, 3, 1, 1, 2]


def test_the_users_metre_counts_bars_anew(tmp_path: Path) -> None:
    path = write(tmp_path / "a", "".join(f"{k} {(k + 3) % 5 + 1}\n" for k in range(12)))
    assert track_from_file(path, 20).positions.tolist()[:4] == [4, 5, 1, 2]
    assert track_from_file(path, 20, 4).positions.tolist()[:7] == [3, 4, 1, 2, 3, 4, 1]


def test_minutes_are_times(tmp_path: Path) -> None:
    assert track_from_file(write(tmp_path / "a", "0:59.5\n1:00.25\n1:01"), 99).beats.tolist() == [59.5, 60.25, 61.0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0.5\nx\n", "line 2: found 'x'"),
        ("0.5\n0.5\n", "line 2: beat 2 at 0.5 s"),
        ("1.0\n0.5\n", "does not come after"),
        ("0.5\n", "want at least 2"),
        ("", "want at least 2"),
        (",\n;\n", "line 1: found"),
        ("0.5 1\n\n1.0\n", "line 3: has no position.*all or none"),
        ("0.5 0\n1.0 1\n", "line 1: position 0"),
        ("0.5 1.5\n1.0 1\n", "line 1: position 1.5"),
        ("0.5 a\n1.0 b\n", "line 1: position a"),
        ("-1\n1\n", "line 1: -1 is no time"),
        ("0 1\n1 nan\n", "line 2: position nan"),
        ("0\nnan\n", "line 2: nan is no time"),
        ("inf\n1\n", "line 1: inf is no time"),
        ("0\n1\n2\n1e8\n", "line 4: 1e.08 is no time in seconds"),
        ("0.5 2\n1.0 3\n", "begin with 1"),
        ("0.5 1\n1.0 1\n", "bars of 2"),
        ("time,downbeat\n1,0\n2,0\n", "never 1"),
        ("time,downbeat\n1,0\n2,maybe\n", "line 3: found 'maybe' in the column downbeat"),
        ("beat,bar\n1,1\n2,1\n", "line 1: found 'beat'"),
        ("<?xml version='1.0'?>\n<sv/>", "as CSV"),
        ("osu file format v14\n[TimingPoints]\n", "no timing point"),
        ("osu file format v14\n[TimingPoints]\n\n5,x\n", "line 4: found '5,x'"),
        ("osu file format v14\n[TimingPoints]\n0,0,4,1,0,100,1,0\n", "line 3: a beat of 0 ms; want 10 to 1000"),
        ("osu file format v14\n[TimingPoints]\n0,nan,4,1,0,100,1,0\n", "line 3: a beat of nan ms"),
        ("osu file format v14\n[TimingPoints]\n0,500,99\n", "line 3: 99 beats in a bar"),
    ],
)
def test_files_that_are_wrong_say_where(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words) as caught:
        track_from_file(write(tmp_path / "b.beats", text), 60)
    assert "b.beats" in caught.value.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("#OFFSET:0;", "no tempo"),
        ("#BPMS:0;", "line 1: BPMS: found '0', want beat=value"),
        ("\n#BPMS:0=x;", "line 2: BPMS: found 'x'"),
        ("#BPMS:0=-120;", "want 10 to 1000"),
        ("#BPMS:0=120;\n#STOPS:4=-1;", "line 2: STOPS: a length below 0"),
        ("#BPMS:0=120;\n#OFFSET:1e300;", "out of all bounds"),
        ("#BPMS:0=120;\n#TIMESIGNATURES:0=7=8;", "whole beats"),
        ("#BPMS:0=1000;\n#OFFSET:99999;", "over 200,000 beats"),
    ],
)
def test_steps_that_are_wrong_say_where(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        track_from_file(write(tmp_path / "b.sm", text), 60)


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00\x01" * 9)
    for path in (tmp_path / "missing", tmp_path, tmp_path / "binary"):
        with pytest.raises(InputError, match=path.name):
            track_from_file(path, 60)
    with (tmp_path / "long").open("wb") as stream:
        stream.truncate(TEXT_BYTES + 1)
    with pytest.raises(InputError, match="at most"):
        track_from_file(tmp_path / "long", 60)


def test_timing_points_begin_bars_anew(tmp_path: Path) -> None:
    # 2 s of four beats in three, then 400 ms a beat in four; the fifth beat of the first would be 10 ms before.
    text = "osu file format v3\n[TimingPoints]\n-24,500\n1986,400\n2950,200,3,1,0,100,1,0\n"
    track = track_from_file(write(tmp_path / "a.osu", text), 3.3)
    np.testing.assert_allclose(track.beats, [0, 0.5, 1, 1.5, 2.01, 2.41, 2.974, 3.174], atol=1e-9)
    assert track.positions.tolist() == [1, 2, 3, 4, 1, 2, 1, 2]


def test_steps_know_tempos_stops_delays_and_warps(tmp_path: Path) -> None:
    text = "#BPMS:0=60,4=120;#STOPS:2=0.25;#DELAYS:3=0.5;#WARPS:6=2;#TIMESIGNATURES:0=4=4,4=3=4;"
    track = track_from_file(write(tmp_path / "a.ssc", text), 6.8)
    # Beats 0 1 2, a stop after 2, a delay before 3, then half-second beats; 6 and 7 pass in no time.
    np.testing.assert_allclose(track.beats, [0, 1, 2, 3.75, 4.75, 5.25, 5.75, 6.25, 6.75], atol=1e-9)
    assert track.positions.tolist() == [1, 2, 3, 4, 1, 2, 2, 3, 1]


@given(st.floats(30, 300), st.floats(-20, 400), st.floats(5, 300), st.sampled_from([None, 2, 3, 4]))
def test_a_grid_is_exact(bpm: float, downbeat: float, until: float, metre: int | None) -> None:
    track = grid(bpm, downbeat, until, metre)
    index = np.round((track.beats - downbeat) * bpm / 60)
    np.testing.assert_array_equal(track.beats, downbeat + index * (60 / bpm))
    assert (np.diff(index) == 1).all()
    assert ((index % track.metre + 1) == track.positions).all()
    assert track.beats[0] <= 60 / bpm + 1e-9
    assert track.beats[-1] >= until - 60 / bpm - 1e-9


def clicks_and_beats(folder: Path) -> tuple[Path, BeatTrack]:
    """A song of clicks with beats beside it that do not go with it, of a tempo that changes."""
    song = write_clicks(folder / "clicks.wav", seconds=24, bpm=120)
    times = np.cumsum(0.45 + 0.04 * np.sin(np.arange(44) / 3)) + 0.113
    write(folder / "t.beats", "".join(f"{t:.4f} {(k + 2) % 4 + 1}\n" for k, t in enumerate(times)))
    return song, track_from_file(folder / "t.beats", 24)


def test_what_is_stated_is_analysed_and_danced_exactly(tmp_path: Path) -> None:
    song, stated = clicks_and_beats(tmp_path)
    listening = Listening(beats=tmp_path / "t.beats", cache=False)
    analysis, plan, _ = make_plan(song, listening=listening, choosing=Choosing(seed=3))
    assert analysis.beats.tolist() == stated.beats.tolist()
    assert analysis.track.positions.tolist() == stated.positions.tolist()
    danced = {time for step in plan.steps for time in step.beats}
    assert set(stated.beats.tolist()) <= danced
    downbeats = set(stated.beats[stated.positions == 1].tolist())
    assert downbeats <= {time for step in plan.steps for time in step.beats[:: analysis.metre]}


def test_a_part_of_a_song_keeps_the_songs_beats(tmp_path: Path) -> None:
    song, stated = clicks_and_beats(tmp_path)
    part = analyze(song, Listening(beats=tmp_path / "t.beats", start=3.3, duration=9.1))
    assert part.beats.tolist() == [t for t in stated.beats.tolist() if 3.3 <= t < 3.3 + 9.1]
    later = analyze(song, Listening(beats=tmp_path / "t.beats", offset=0.25))
    assert later.beats.tolist() == [t + 0.25 for t in stated.beats.tolist() if t + 0.25 < 24]
    exact = analyze(song, Listening(bpm=97, downbeat=0.31, start=2.0))
    assert exact.beats.tolist() == [t for t in grid(97, 0.31, 24).beats.tolist() if t >= 2.0]
    assert exact.track.method == "grid"


def test_a_grid_stands_beside_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="leave out bpm, or the file of beats"):
        Listening(bpm=120, downbeat=1.0, beats=tmp_path / "x")


def test_a_plan_keeps_a_downbeat_at_zero(tmp_path: Path) -> None:
    song = write_clicks(tmp_path / "clicks.wav", seconds=9, bpm=120)
    _, plan, _ = make_plan(song, listening=Listening(bpm=100, downbeat=0.0))
    assert plan.options["listening"]["downbeat"] == 0.0
