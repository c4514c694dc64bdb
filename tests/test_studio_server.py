"""What pages are told, asked over a real socket: the same by all, the newest first, and an answer to everything."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import pytest

pytest.importorskip("uvicorn")
from cli_support import write_clicks
from studio_support import Studio

from choreo.pipeline import make_plan, perform_plan
from choreo.pipeline.plan_to_dance import plan_clips
from choreo.planfile import read_plan, write_plan
from choreo.video.bodies import fit_motion, load_body

STUB = (str(Path(__file__).with_name("studio_stub.py")),)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stub")
    _, made, _ = make_plan(write_clicks(folder / "clicks.wav", seconds=20))
    write_plan(made, folder / "clicks.plan.json")
    return folder / "clicks.plan.json"


@pytest.fixture(scope="module")
def studio(plan: Path) -> Iterator[Studio]:
    one = Studio(plan.parent, str(plan), program=STUB)
    with one.page() as page:
        page.until(lambda: any(each.get("state") for each in page.pushes))
    yield one
    one.end()


def test_a_page_is_shown_the_dance_frame_by_frame(studio: Studio, plan: Path) -> None:
    with studio.page() as page:
        page.until(lambda: page.frames and page.frames[-1][0]["last"])
        state, frames = page.state(), page.frames
    made = read_plan(plan)
    whole = perform_plan(made, plan_clips(made, plan, None), measured=False).motions[0]
    assert frames[0][0]["bars"][0] == 0
    assert {head["revision"] for head, _ in frames} == {state["revision"]}
    assert sorted(head["bars"] for head, _ in frames[1:])[-1][1] == len(state["plan"]["bars"]) - 1
    for head, ((translation, rotations),) in frames:
        first = round((head["start"] - made.start) * whole.fps)
        assert first % 2 == 0
        assert head["fps"] == 30
        shown = whole.translation[first : first + 2 * head["frames"] : 2]
        np.testing.assert_array_equal(translation, shown)
        turned = whole.rotations[first : first + 2 * head["frames"] : 2]
        np.testing.assert_allclose(rotations[:, :24, 3], turned[..., 0], atol=1e-4)
        np.testing.assert_allclose(rotations[:, :24, :3], turned[..., 1:], atol=1e-4)
    assert fit_motion(whole, load_body()).rotations.shape[1] == frames[0][1][0][1].shape[1]


def test_two_pages_see_the_same_and_a_third_that_comes_later(studio: Studio) -> None:
    with studio.page() as one, studio.page() as two:
        before = one.state()["revision"]
        two.state()
        assert one.act(do="ban")["ok"]["said"] == "ban"
        assert two.ask("undo")["ok"]["revision"] == before + 2
        for page in (one, two):
            page.seen(before + 2)
        with studio.page() as three:
            assert three.state()["done"] == one.state()["done"] == two.state()["done"]


def test_changes_of_one_page_keep_their_order(studio: Studio) -> None:
    with studio.page() as page:
        begun = len(page.state()["done"])
        numbers = [page.send("act", action={"do": "ban", "n": n}) for n in range(20)]
        page.until(lambda: numbers[-1] in page._answers)
        assert [each["n"] for each in page.ask("state")["ok"]["done"][begun:]] == list(range(20))


def test_after_a_change_the_bars_around_the_playhead_come_first(studio: Studio) -> None:
    with studio.page() as page:
        bars = page.state()["plan"]["bars"]
        page.until(lambda: page.frames and page.frames[-1][0]["last"])
        here = len(bars) - 3
        page.ask("at", time=bars[here] + 0.01)
        del page.frames[:]
        revision = page.act(do="ban")["ok"]["revision"]
        page.until(lambda: page.frames)
        assert page.frames[0][0]["bars"][0] == here
        assert page.frames[0][0]["revision"] == revision
        page.until(lambda: page.frames[-1][0]["last"])
        assert min(head["bars"][0] for head, _ in page.frames) == 0


def test_what_was_being_sent_is_left_for_what_is_newer(studio: Studio) -> None:
    with studio.page() as page:
        page.until(lambda: page.frames and page.frames[-1][0]["last"])
        for _ in range(10):
            page.send("act", action={"do": "ban"})
        newest = page.state()["revision"] + 10
        page.until(lambda: page.frames[-1][0]["last"] and page.frames[-1][0]["revision"] == newest)
        sent_whole = {head["revision"] for head, _ in page.frames if head["last"]}
    assert len(sent_whole) < 10, sent_whole


def test_a_slow_answer_holds_up_neither_the_page_nor_others(studio: Studio) -> None:
    with studio.page() as page, studio.page() as other:
        slow = page.send("try", action={"do": "slow"}, first=0, last=1)
        begun = time.monotonic()
        assert page.ask("window", first=0, last=2)["ok"]["kind"] == "window"
        assert other.act(do="ban")["ok"]
        assert slow not in page._answers
        answer = page.until(lambda: page._answers.get(slow))
        assert answer["ok"]["kind"] == "try"
        assert time.monotonic() - begun > 1


def test_a_page_that_reads_nothing_holds_up_nobody(studio: Studio) -> None:
    with studio.page() as deaf, studio.page() as page:
        for _ in range(30):
            assert page.act(do="ban")["ok"]
        assert page.ask("window", first=0, last=2)["ok"]["frames"]
        deaf.socket.close()


def test_what_goes_wrong_is_said_in_plain_words(studio: Studio) -> None:
    with studio.page() as page:
        assert page.act(do="refuse")["error"] == "that cannot be danced."
        assert "ZeroDivisionError" in page.act(do="break")["error"]
        assert "there are none" in page.ask("window", first=3, last=90)["error"]
        assert page.act(do="ban")["ok"]


def test_the_sound_is_sent_in_parts(studio: Studio) -> None:
    with studio.client() as client:
        whole = client.get("/sound")
        assert whole.headers["content-type"] in ("audio/mp4", "audio/mpeg")
        part = client.get("/sound", headers={"range": "bytes=100-199"})
        assert part.status_code == 206
        assert part.content == whole.content[100:200]


def test_motion_of_the_users_own_is_taken_by_its_ending(studio: Studio) -> None:
    with studio.client() as client:
        taken = client.post("/upload", params={"name": "../a.bvh"}, content=b"HIERARCHY").json()
        assert taken == {"name": "a.bvh", "clips": [{"name": "a.bvh", "bytes": 9}]}
        assert ".bvh" in client.post("/upload", params={"name": "a.exe"}, content=b"MZ").json()["error"]
        assert client.post("/upload", params={"name": "a.bvh"}, content=b"").status_code == 400


def test_an_export_tells_how_far_it_is_and_is_downloaded(studio: Studio, plan: Path) -> None:
    with studio.page() as page, studio.client() as client:
        number = page.ask("export", formats=["bvh", "plan"])["ok"]["export"]
        done = page.until(lambda: _exported(page.pushes, number, "done", "failed"), 120)
        assert done["state"] == "done", done
        assert done["share"] == 1
        assert set(done["files"]) >= {"clicks.bvh", "clicks.plan.json"}
        assert page.ask("state")["ok"]["exports"][0]["files"] == done["files"]
        answer = client.get(f"/exports/{number}/clicks.bvh")
        assert answer.content == (plan.parent / "renders" / "clicks.bvh").read_bytes()
        assert "attachment" in answer.headers["content-disposition"]
        for wrong in ("clicks.wav", "..%2fclicks.wav", "%2e%2e/clicks.wav"):
            assert client.get(f"/exports/{number}/{wrong}").status_code == 404, wrong
        assert client.get(f"/exports/{number + 1}/clicks.bvh").status_code == 404


def _exported(pushes: list[Any], number: int, *states: str) -> dict[str, Any] | None:
    rows = [row for each in pushes if each.get("push") == "export" for row in each["exports"]]
    return next((row for row in rows if row["id"] == number and row["state"] in states), None)


@pytest.mark.slow
def test_an_export_is_cancelled_and_leaves_nothing(studio: Studio, plan: Path) -> None:
    with studio.page() as page:
        number = page.ask("export", formats=["mp4"], options={"width": 1920, "height": 1080})["ok"]["export"]
        page.until(
            lambda: any(
                row["said"] == "rendering"
                for each in page.pushes
                if each.get("push") == "export"
                for row in each["exports"]
            ),
            120,
        )
        assert page.ask("cancel", export=number)["ok"] == {"export": number}
        assert _exported(page.pushes, number, "cancelled")
        assert "no export" in page.ask("cancel", export=number)["error"]
    left = [each.name for each in (plan.parent / "renders").iterdir()]
    assert not [name for name in left if "mp4" in name], left


def test_wrong_exports_say_what_is_wrong(studio: Studio) -> None:
    with studio.page() as page:
        assert "width" in page.ask("export", formats=["bvh"], options={"width": 1})["error"]
        assert "song" in page.ask("export", formats=["bvh"], options={"song": "/etc/passwd"})["error"]
        assert page.ask("export", formats=[])["error"]
        number = page.ask("export", formats=["no-such"])["ok"]["export"]
        failed = page.until(lambda: _exported(page.pushes, number, "done", "failed"), 120)
        assert failed["state"] == "failed"
        assert "no-such" in failed["said"]


def test_what_cannot_be_opened_leaves_what_is_open(studio: Studio, plan: Path) -> None:
    with studio.page() as page, studio.client() as client:
        before = page.state()
        answer = client.post("/open", params={"name": "broken.plan.json"}, content=b'{"steps": 1}')
        assert answer.status_code == 400
        assert "broken.plan.json" in answer.json()["error"]
        failed = page.until(lambda: [each for each in page.pushes if each["push"] == "failed"])
        assert failed[0]["error"] == answer.json()["error"]
        assert page.ask("state")["ok"]["revision"] == before["revision"]
    assert not list((plan.parent / "renders").glob("broken*"))


def test_a_plan_that_is_dropped_takes_the_place_of_the_one_that_is_open(studio: Studio, plan: Path) -> None:
    with studio.page() as page, studio.client() as client:
        before = page.act(do="ban")["ok"]["revision"]
        data = plan.read_bytes()
        assert client.post("/open", params={"name": "dropped.plan.json"}, content=data).json()["plan"]
        assert page.until(lambda: [each for each in page.pushes if each["push"] == "listening"])
        page.seen(before + 1)  # newer than any of the plan that was open
        assert (
            client.post("/open", params={"name": "dropped.plan.json"}, content=data).json()["name"]
            == "dropped-2.plan.json"
        )
    assert (plan.parent / "renders" / "dropped.plan.json").read_bytes() == data


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGKILL, -9)], ids=str)
def test_it_ends_with_pages_open_and_work_under_way(plan: Path, number: int, code: int) -> None:
    """Also while something is being opened and something is being exported, whose process ends with it."""
    one = Studio(plan.parent, str(plan), program=STUB)
    with one.page() as page, one.client() as client:
        page.state()
        exporting = page.ask("export", formats=["mp4"])["ok"]["export"]
        page.until(lambda: _exported(page.pushes, exporting, "running"))
        children = psutil.Process(one.process.pid).children(recursive=True)
        opening = threading.Thread(target=_opened, args=(client, plan.read_bytes()), daemon=True)
        opening.start()
        page.until(lambda: any(each["push"] == "listening" for each in page.pushes))
        begun = time.monotonic()
        assert one.end(number) == code, one.lines
        assert time.monotonic() - begun < 20
        assert not any("Traceback" in line for line in one.lines), one.lines
        assert children
        assert not psutil.wait_procs(children, timeout=20)[1]
        opening.join(20)


def _opened(client: httpx.Client, data: bytes) -> None:
    with suppress(httpx.HTTPError):
        client.post("/open", params={"name": "slow.plan.json"}, content=data)
