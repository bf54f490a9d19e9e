"""Jobs, by a real client on a real server process."""

import io
import socket
import threading
import uuid

import httpx
import numpy as np
import pytest
from PIL import Image

from alphacut.server.jobs.store import JobStore
from jobclient import events, homed, left, photo, process, steps_of, wait, zipped

BIG = 1500  # a photo of this side is in work for half a second at least


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    with homed(tmp_path_factory.mktemp("jobs")) as folder:
        yield folder


@pytest.fixture(scope="module")
def shared(home):
    """A server for all tests that leave it as it was."""
    with process(home / "shared", jobs_each=100, heartbeat=0.2) as server:
        yield server
    assert "Traceback" not in "".join(server.log)


def test_five_photos_become_a_zip_of_what_each_alone_becomes(shared):
    files = [(f"photo{n}.png", photo(n)) for n in range(5)]
    job = shared.begin(*files, background="white", format="jpeg")
    with shared.client.stream("GET", f"{job}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        told = list(events(stream.iter_lines()))
    told = [(event, data) for _, event, data in told if event != "comment"]
    assert [data["state"] for event, data in told if event == "job"] == [
        "queued",
        "running",
        "packing",
        "done",
    ]
    assert [(d["name"], d["state"]) for event, d in told if event == "photo"] == [
        (f"photo{n}.png", "done") for n in range(5)
    ]
    assert [data["done"] for event, data in told if event == "photo"] == [1, 2, 3, 4, 5]
    state = shared.state(job)
    assert state["counts"] == {"photos": 5, "waiting": 0, "working": 0, "done": 5, "failed": 0}
    assert all(item["report"]["model"] == "tiny" for item in state["photos"])
    result = shared.result(job)
    assert sorted(result) == [f"photo{n}.jpg" for n in range(5)]
    alone = shared.client.post(
        "/v1/cutouts", files={"image": files[3][1]}, data={"background": "white", "format": "jpeg"}
    )
    assert alone.status_code == 200
    assert result["photo3.jpg"] == alone.content


def test_a_zip_keeps_its_tree_and_says_what_of_it_was_no_photo(shared):
    names = ["a.jpg", "a.png", "shoes/left.png", "shoes/A.PNG", "bags/Größe 5.png"]
    entries = [(name, photo(n)) for n, name in enumerate(names)]
    rest = [("shoes/list.txt", b"a list"), ("more.zip", zipped([("x.png", photo())]))]
    hidden = [("__MACOSX/._a.jpg", b"x"), (".DS_Store", b"x"), ("shoes/.hidden/b.png", b"x")]
    job = shared.begin(("all.zip", zipped([*entries, *rest, *hidden, ("empty/", b"")])))
    state = shared.ended(job)
    assert state["state"] == "done"
    assert state["counts"] | {} == {"photos": 7, "waiting": 0, "working": 0, "done": 5, "failed": 2}
    failed = {item["name"]: item["error"]["code"] for item in state["photos"] if item["state"] == "failed"}
    assert failed == {"shoes/list.txt": "NotAnImage", "more.zip": "NotAnImage"}
    assert sorted(item["name"] for item in state["left_out"]) == sorted(name for name, _ in hidden)
    result = shared.result(job)
    assert sorted(result) == ["a-jpg.png", "a-png.png", "bags/Größe 5.png", "shoes/A.png", "shoes/left.png"]
    pixels = np.asarray(Image.open(io.BytesIO(result["a-png.png"])))
    assert pixels.shape == (96, 96, 4)


def test_a_body_that_is_the_zip_or_the_photo_itself(shared):
    for data, kind in ((zipped([("x.png", photo())]), "application/zip"), (photo(), "image/png")):
        answer = shared.client.post("/v1/jobs?matte=true", content=data, headers={"content-type": kind})
        assert answer.status_code == 202, answer.text
        job = answer.headers["location"]
        assert shared.ended(job)["state"] == "done"
        (picture,) = shared.result(job).values()
        assert Image.open(io.BytesIO(picture)).mode == "L"


def test_events_go_on_where_a_listener_left_off_for_any_number_of_them(shared):
    job = shared.begin(*[(f"{n}.png", photo(n, 400)) for n in range(6)])
    with shared.client.stream("GET", f"{job}/events") as stream:
        first = [event for event, _ in zip(steps_of(stream), range(4), strict=False)]  # then it goes away
    heard = [[] for _ in range(12)]

    def listen(mine):
        headers = {"Last-Event-ID": first[-1][0]}
        with httpx.stream("GET", f"{shared.url}{job}/events", headers=headers, timeout=60) as stream:
            mine.extend(steps_of(stream))

    threads = [threading.Thread(target=listen, args=(mine,)) for mine in heard]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with shared.client.stream("GET", f"{job}/events") as stream:
        whole = list(steps_of(stream))
    assert [int(number) for number, _, _ in whole] == list(range(1, len(whole) + 1))
    assert all(first + mine == whole for mine in heard)
    answer = shared.client.get(f"{job}/events", headers={"Last-Event-ID": whole[-1][0]})
    assert answer.status_code == 204  # the one answer after which an EventSource does not come again
    assert shared.client.get(f"{job}/events", headers={"Last-Event-ID": "x"}).status_code == 422


def test_silence_is_bridged(shared):
    job = shared.begin(("big.png", photo(1, BIG)))
    with shared.client.stream("GET", f"{job}/events") as stream:
        kinds = [event for _, event, _ in events(stream.iter_lines())]
    assert "comment" in kinds
    assert kinds[-1] == "job"


def test_cancelling_removes_everything_and_frees_the_worker(shared):
    job = shared.begin(*[(f"{n}.png", photo(n, BIG)) for n in range(8)])
    shared.until(job, lambda told: told["counts"]["working"])
    number = job.rpartition("/")[2]
    assert shared.client.get(f"{job}/result").status_code == 409
    with httpx.stream("GET", f"{shared.url}{job}/events", timeout=60) as stream:
        following = steps_of(stream)
        next(following)
        assert shared.client.delete(job).status_code == 204
        assert [data for _, _, data in following][-1] == {"state": "cancelled"}
    assert number not in left(shared.folder)
    for path in (job, f"{job}/events", f"{job}/result"):
        assert shared.client.get(path).status_code == 404
    assert shared.client.delete(job).status_code == 404
    after = shared.begin(("after.png", photo()))
    assert shared.ended(after)["state"] == "done"
    assert not [name for name in left(shared.folder) if name.startswith(".")]
    assert number not in left(shared.folder)


def test_who_asks_for_one_photo_does_not_wait_for_a_job(shared):
    job = shared.begin(*[(f"{n}.png", photo(n, BIG)) for n in range(8)])
    shared.until(job, lambda told: told["counts"]["working"])
    assert shared.client.post("/v1/cutouts", files={"image": photo()}).status_code == 200
    assert shared.state(job)["counts"]["waiting"] >= 5
    shared.client.delete(job)


def test_no_job_is_opened_by_a_guess_or_listed(shared):
    assert shared.client.get(f"/v1/jobs/{'0' * 32}").status_code == 404
    assert shared.client.get("/v1/jobs/..%2f..%2fetc").status_code == 404
    assert shared.client.get("/v1/jobs").status_code == 403  # without keys an id is what opens a job


def test_a_job_belongs_to_its_holder(tmp_path):
    store = JobStore(tmp_path)
    store.begin("1" * 32, "anna", "anna", None, 5)
    assert store.find("1" * 32, "anna") is None  # not yet received whole
    store.queue("1" * 32, 3)
    assert store.find("1" * 32, "anna")
    assert store.find("1" * 32, "bert") is None
    assert [row.id for row in store.of("anna")] == ["1" * 32]
    assert store.of("bert") == []
    store.close()


def test_a_repeated_request_gets_the_same_job(shared):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    files = [("image", ("a.png", photo()))]
    one, two = (shared.client.post("/v1/jobs", files=files, headers=headers) for _ in range(2))
    assert (one.status_code, two.status_code) == (202, 202)
    assert one.json()["id"] == two.json()["id"]
    other = shared.client.post("/v1/jobs", files=files, headers={"Idempotency-Key": str(uuid.uuid4())})
    assert other.json()["id"] != one.json()["id"]
    short = shared.client.post("/v1/jobs", files=files, headers={"Idempotency-Key": "1"})
    assert short.status_code == 422


@pytest.mark.parametrize(
    ("files", "fields", "status"),
    [
        ([], {"background": "white"}, 422),
        ([("image", ("a.png", b""))], {"backgroun": "white"}, 422),
        ([("image", ("a.png", b""))], {"background": "/etc/passwd.png"}, 422),
        ([("photo", ("a.png", b"x"))], {}, 422),
        ([("image", ("a.zip", zipped([])))], {}, 422),
        ([("image", ("a.zip", b"PK\x03\x04 and no more"))], {}, 422),
    ],
)
def test_what_is_no_job_is_refused_and_leaves_nothing(shared, files, fields, status):
    before = left(shared.folder)
    boundary = {"content-type": "multipart/form-data; boundary=x"} if not files else {}
    body = {"files": files} if files else {"content": b"--x--\r\n"}
    answer = shared.client.post("/v1/jobs", data=fields if files else None, headers=boundary, **body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["problem"]
    assert left(shared.folder) == before


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x--\r\n"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"no parts"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n"),
        (
            "multipart/form-data; boundary=x",  # cut off
            b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nhalf of a pho',
        ),
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"A: b\r\n" * 100 + b"\r\n\r\n--x--\r\n"),
        ("text/html", b"<p>"),
        ("", b"x"),
    ],
)
def test_a_broken_body_is_refused_and_leaves_nothing(shared, kind, body):
    before = left(shared.folder)
    answer = shared.client.post("/v1/jobs", content=body, headers={"content-type": kind})
    assert answer.status_code in (415, 422), answer.text
    assert left(shared.folder) == before


def test_a_client_that_goes_away_while_it_sends_leaves_nothing(shared):
    before = left(shared.folder)
    host, port = shared.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(
            b"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 5000000\r\n\r\n"
            + b"x" * 300_000
        )
        wait(lambda: left(shared.folder) != before)
    wait(lambda: left(shared.folder) == before)
