"""Clips as jobs, by a real client on a real server process; the clips glow where the subject is."""

import asyncio
import io
import shutil
import sys
import threading

import httpx
import numpy as np
import pytest
from PIL import Image

av = pytest.importorskip("av", reason="PyAV is not installed (extra video)")

import drawn_clips as drawn  # noqa: E402
import glowing  # noqa: E402
from alphacut.errors import OutputError  # noqa: E402
from alphacut.options import Options  # noqa: E402
from alphacut.server.jobs.clip_work import Watch  # noqa: E402
from alphacut.server.jobs.files import JobFolder  # noqa: E402
from alphacut.server.jobs.store import JobStore  # noqa: E402
from alphacut.server.service import close_service, open_service  # noqa: E402
from alphacut.server.settings import Settings  # noqa: E402
from alphacut.video.job import Tally  # noqa: E402
from jobclient import Process, homed, left, photo, process, steps_of, wait  # noqa: E402
from loopback import running  # noqa: E402

COUNT, LONG = 24, 150
CLOSE = 0.03
"""Mean error of an alpha that went through a lossy codec, a network of 64 pixels a side, and motion."""
LIMITS = {"clip_pixels": 6000, "clip_frames": 150, "body_bytes": 6000, "job_bytes": 300_000, "jobs_each": 100}
SMALL = {"codec": ("libx264", "yuv420p", {"crf": "30"})}


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    with homed(tmp_path_factory.mktemp("jobs")) as folder:
        yield folder


@pytest.fixture(scope="module")
def shared(home):
    """A server for all tests that leave it as it was; a photo may be smaller there than any of the clips."""
    with process(home / "shared", **LIMITS) as server:
        yield server
    assert "Traceback" not in "".join(server.log)


@pytest.fixture(scope="module")
def clip(home):
    path = glowing.write(home / "in.mp4", COUNT, sound="aac", clicks=(0.2, 0.6))
    assert path.stat().st_size > LIMITS["body_bytes"]
    return path


@pytest.fixture(scope="module")
def long(home):
    return glowing.write(home / "long.mp4", LONG, **SMALL)


def sent(path, name=None):
    return [("video", (name or path.name, path.read_bytes()))]


def begun(server, files, **fields):
    answer = server.client.post("/v1/jobs", files=files, data=fields)
    assert answer.status_code == 202, answer.text
    return answer.headers["location"]


def fetched(server, job, path):
    answer = server.client.get(f"{job}/result")
    assert answer.status_code == 200, answer.text
    path.write_bytes(answer.content)
    return answer


def error(alpha, number):
    return float(np.abs(alpha / 255 - glowing.alpha_of(number)).mean())


def check_alphas(path, count):
    """Check that a WebM has so many frames, each with the drawn alpha."""
    shown = [rgba[..., 3] for _, rgba in drawn.read_back(path, "libvpx-vp9")]
    assert len(shown) == count
    assert max(error(alpha, number) for number, alpha in enumerate(shown)) < CLOSE


def test_a_clip_becomes_a_film_with_the_drawn_alpha_and_its_sound(shared, clip, tmp_path):
    job = begun(shared, sent(clip, "C:\\films\\a dog.mp4"))
    with shared.client.stream("GET", f"{job}/events") as stream:
        told = [(event, data) for _, event, data in steps_of(stream)]
    assert [data["state"] for event, data in told if event == "job"][-1] == "done"
    assert all(data["meant"] == COUNT for event, data in told if event == "frames")
    assert [data["name"] for event, data in told if event == "photo"] == ["a dog.mp4"]
    state = shared.state(job)
    (item,) = state["photos"]
    assert (state["kind"], item["output"], item["state"]) == ("clip", "a dog.webm", "done")
    assert item["frames"]["done"] == item["frames"]["meant"] == item["report"]["frames"] == COUNT
    assert 0 < item["frames"]["asked"] == item["report"]["asked"] < COUNT / 2
    assert item["report"]["model"] == "tiny" and item["report"]["problems"] == []
    answer = fetched(shared, job, tmp_path / "out.webm")
    assert answer.headers["content-type"] == "video/webm"
    assert "a%20dog.webm" in answer.headers["content-disposition"]
    check_alphas(tmp_path / "out.webm", COUNT)
    assert np.abs(np.subtract(drawn.heard_clicks(tmp_path / "out.webm"), [0.2, 0.6])).max() < 0.02
    part = shared.client.get(f"{job}/result", headers={"Range": "bytes=100-199"})
    assert part.status_code == 206 and part.content == answer.content[100:200]
    folder = shared.folder / "jobs" / state["id"]
    assert {path.name for path in folder.iterdir()} == {"job.json", "said", "progress", "result.webm"}


def test_the_body_may_be_the_clip_with_options_of_both_kinds_in_the_query(shared, clip, tmp_path):
    query = "format=mp4&quality=60&background=white&every=4&sound=false&subject=all"
    answer = shared.client.post(
        f"/v1/jobs?{query}", content=clip.read_bytes(), headers={"content-type": "video/mp4"}
    )
    assert answer.status_code == 202, answer.text
    job = answer.headers["location"]
    assert shared.ended(job)["photos"][0]["output"] == "clip.mp4"
    assert fetched(shared, job, tmp_path / "out.mp4").headers["content-type"] == "video/mp4"
    shown = drawn.read_back(tmp_path / "out.mp4")
    assert len(shown) == COUNT
    assert min(rgba[..., :3].min() for _, rgba in shown) > 235  # a white disc on white
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not container.streams.audio


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"crop": "true"}, ("crop", "of photos")),
        ({"recipe": '{"format": "png"}'}, ("format", "of photos")),
        ({"evry": "4"}, ("evry", "'every'")),
        ({"every": "0"}, ("every",)),
        ({"subject": "0.5"}, ("subject",)),
        ({"format": "png-sequence"}, ("png-sequence", "webm")),
        ({"format": "mp4"}, ("mp4", "background")),
        ({"background": "/etc/passwd.mp4"}, ("background", "names a file")),
        ({"device": "cuda"}, ("device",)),
    ],
)
def test_options_that_a_clip_cannot_have_are_refused_by_name(shared, clip, fields, words):
    before = left(shared.folder)
    answer = shared.client.post("/v1/jobs", files=sent(clip), data=fields)
    assert answer.status_code == 422
    assert all(word in answer.text for word in words), answer.text
    assert left(shared.folder) == before


def still(side):
    stream = io.BytesIO()
    Image.new("RGB", (side, side)).save(stream, "webp")
    return stream.getvalue()


def test_what_is_too_much_is_refused_before_any_work_and_names_the_limit(shared, clip, home):
    many = glowing.write(home / "many.mp4", LONG + 1, **SMALL)
    large = drawn.write_clip(home / "large.mp4", drawn.Drawing(times=drawn.steady(2), shape=(100, 100)))
    cases = [
        (sent(many), {}, "150"),
        (sent(large), {}, "6000"),
        (sent(clip), {"canvas": "500x500"}, "6000"),
        ([("video", ("a.webp", still(100)))], {}, "6000"),
        ([("video", ("a.webp", still(8) + bytes(9000)))], {}, "WebP"),
        ([("video", ("a.mp4", bytes(400_000)))], {}, "larger than"),
    ]
    before = left(shared.folder)
    for files, fields, words in cases:
        answer = shared.client.post("/v1/jobs", files=files, data=fields)
        assert answer.status_code == 413 and words in answer.text, answer.text
        assert str(shared.folder) not in answer.text and "max_pixels" not in answer.text
    assert left(shared.folder) == before


def test_what_is_no_clip_is_refused_by_name(shared, clip):
    data, before = clip.read_bytes(), left(shared.folder)
    for name, broken in (("cut.mp4", data[:3000]), ("text.mp4", b"no clip " * 50), ("empty.mp4", b"")):
        answer = shared.client.post("/v1/jobs", files=[("video", (name, broken))])
        assert answer.status_code == 422
        assert f"clip '{name}'" in answer.json()["error"]["subject"]
        assert str(shared.folder) not in answer.text
    for files in (sent(clip) * 2, [*sent(clip), ("image", ("a.png", photo()))]):
        answer = shared.client.post("/v1/jobs", files=files)
        assert answer.status_code == 422 and "beside a clip" in answer.text
    assert left(shared.folder) == before


def test_a_clip_that_is_longer_than_anybody_could_know_fails_at_the_limit(shared, home):
    codec = ("libx264", "yuv420p", {"crf": "30"})
    unsaid = drawn.write_clip(
        home / "unsaid.h264", drawn.Drawing(times=drawn.steady(LONG + 30), codec=codec), glowing.glow
    )
    job = begun(shared, sent(unsaid))
    state = shared.ended(job)
    (item,) = state["photos"]
    assert (state["state"], item["state"], item["error"]["code"]) == ("failed", "failed", "TooLarge")
    assert "150" in item["error"]["remedy"]
    assert shared.client.get(f"{job}/result").status_code == 409
    folder = shared.folder / "jobs" / state["id"]
    wait(lambda: {path.name for path in folder.iterdir()} == {"job.json", "said", "progress"})


def test_cancelling_removes_everything_and_makes_place_for_the_next_clip(shared, long, clip):
    job = begun(shared, sent(long), every="1")
    behind = begun(shared, sent(clip))
    shared.until(job, lambda told: told["photos"][0]["frames"]["done"])
    assert shared.state(behind)["state"] == "queued"  # one clip at a time
    quick = shared.begin(("a.png", photo()))
    assert shared.ended(quick)["state"] == "done"  # photos do not wait for a clip
    assert shared.client.get(f"{job}/result").status_code == 409
    assert shared.client.delete(job).status_code == 204
    assert shared.client.get(job).status_code == 404
    assert shared.ended(behind)["state"] == "done"
    assert not [name for name in left(shared.folder) if name.startswith(".") or name == job[-32:]]


def test_a_clip_goes_on_after_a_stop_and_a_kill(home, long, tmp_path):
    folder = home / "killed"
    server = Process(folder)
    job = begun(server, sent(long), every="1", segment="0.5")
    for frames, kill in ((30, False), (80, True)):
        server.until(job, lambda told, least=frames: (told["photos"][0]["frames"]["done"] or 0) >= least)
        server.end(kill=kill)
        server = Process(folder)
    told = server.ended(job)
    (item,) = told["photos"]
    assert (told["state"], item["report"]["frames"]) == ("done", LONG)
    assert item["report"]["before"] > 40  # those of the first process are there too
    fetched(server, job, tmp_path / "out.webm")
    check_alphas(tmp_path / "out.webm", LONG)
    assert server.client.delete(job).status_code == 204
    assert left(folder) == []
    server.end()


def test_what_has_expired_is_gone(home, clip):
    with process(home / "expiry", job_hours=3 / 3600) as server:
        job = begun(server, sent(clip))
        assert server.ended(job)["expires"]
        wait(lambda: server.client.get(job).status_code == 404)
        wait(lambda: left(server.folder) == [])


def test_a_service_that_takes_no_clips_says_so_and_so_does_one_without_pyav(home, clip, monkeypatch):
    with running(home / "none", clips=0) as place:
        answer = httpx.post(f"{place.url}/v1/jobs", files=sent(clip))
        assert answer.status_code == 422 and "takes no clips" in answer.text
    monkeypatch.setitem(sys.modules, "av", None)
    with running(home / "lacking") as place:
        answer = httpx.post(f"{place.url}/v1/jobs", files=sent(clip))
        assert answer.status_code == 422 and "alphacut[video]" in answer.json()["error"]["remedy"]


def test_what_the_service_does_with_photos_does_not_keep_clips_out(home, clip):
    options = Options(model="tiny", format="jpeg", background="white", crop=True, quality=70)
    with running(home / "own", options=options) as place:
        answer = httpx.post(f"{place.url}/v1/jobs", files=sent(clip))
        assert answer.status_code == 202, answer.text
        assert answer.json()["photos"][0]["output"] == "in.webm"
        assert httpx.delete(f"{place.url}{answer.headers['location']}").status_code == 204


def test_a_clip_stands_still_while_somebody_waits_for_a_photo(tmp_path):
    service = open_service(Settings(folder=tmp_path, workers=1, options=Options(model="tiny")))
    folder, free = JobFolder(tmp_path / "job"), threading.Event()
    folder.make()
    watch = Watch(folder, service, threading.Event(), lambda: False, lambda: None)

    async def check():
        busy = asyncio.ensure_future(service.desk.run("anna", 1, lambda _: free.wait(30)))
        waits = asyncio.ensure_future(service.desk.run("bert", 1, lambda _: None))
        frame = asyncio.ensure_future(asyncio.to_thread(watch, Tally(10, done=1)))
        assert not (await asyncio.wait({frame}, timeout=0.3))[0]
        free.set()
        await asyncio.wait_for(asyncio.gather(frame, busy, waits), 30)

    asyncio.run(check())
    assert folder.progress() == {"done": 1, "meant": 10, "asked": 0, "before": 0}
    close_service(service)


def test_a_clip_ends_while_there_is_room_to_join_its_pieces(tmp_path):
    service = open_service(Settings(folder=tmp_path, options=Options(model="tiny")))
    folder = JobFolder(tmp_path / "job")
    folder.make()
    watch = Watch(folder, service, threading.Event(), lambda: False, lambda: None)
    watch.look(Tally(10, done=1))
    piece = folder.path / ".result.mov.parts" / "00000.mov"
    piece.parent.mkdir()
    with piece.open("wb") as file:
        file.truncate(shutil.disk_usage(tmp_path).free)  # a hole, which takes no room itself
    with pytest.raises(OutputError, match="no space"):
        watch.look(Tally(10, done=2))
    close_service(service)


def test_clips_wait_for_each_other_and_for_what_must_be_alone(tmp_path):
    one, two = JobStore(tmp_path), JobStore(tmp_path)
    for number in "123":
        one.begin(number * 32, "", "anna", None, 5)
        one.queue(number * 32, 1, is_clip=number != "3")
    assert one.claim(False).job == "3" * 32  # never a clip
    assert one.claim(True) is None
    first = one.claim_clip(1)
    assert (first.job, first.is_clip) == ("1" * 32, True)
    assert two.claim_clip(1) is None  # in all processes
    one.close()  # as a process that dies does
    two.recover()
    assert two.claim_clip(2) is None  # first the photo that it may have died of, alone
    two.settle(two.claim(True), "done")
    again = two.claim_clip(2)
    assert (again.job, again.is_suspect) == ("1" * 32, True)
    assert two.photos("1" * 32) == [("working", 2)]
    two.forgive(again)
    two.close()
    three = JobStore(tmp_path)
    three.recover()
    assert three.photos("1" * 32) == [("waiting", 1)]  # not given up: it had gone on
    assert three.find("1" * 32, "").is_clip
    three.close()
