"""Jobs on server processes that are killed, stopped, or share a folder."""

import io
import signal
import socket
import sqlite3
import subprocess
import sys

import httpx
import pytest
from PIL import Image

from alphacut.server.jobs.store import JobStore
from jobclient import Process, homed, left, photo, process, steps_of, wait


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    with homed(tmp_path_factory.mktemp("jobs")) as folder:
        yield folder


def test_a_job_outlives_three_kills(home):
    folder = home / "killed"
    files = [(f"{n}.png", photo(n, 800)) for n in range(12)]
    server = Process(folder)
    job = server.begin(*files)
    for settled in (2, 5, 8):
        server.until(
            job, lambda told, least=settled: told["counts"]["done"] + told["counts"]["failed"] >= least
        )
        server.end(kill=True)
        server = Process(folder)
    with server.client.stream("GET", f"{job}/events") as stream:
        assert list(steps_of(stream))[-1][2]["state"] == "done"
    told = server.ended(job)
    assert told["counts"]["done"] + told["counts"]["failed"] == 12
    given_up = [item for item in told["photos"] if item["state"] == "failed"]
    assert all(item["error"]["code"] == "GivenUp" for item in given_up)
    result = server.result(job)
    assert sorted(result) == sorted(i["output"] for i in told["photos"] if i["state"] == "done")
    for data in result.values():
        assert Image.open(io.BytesIO(data)).size == (800, 800)
    files_left = {path.name for path in (folder / "jobs" / told["id"]).iterdir()}
    assert files_left == {"job.json", "said", "result.zip"}
    assert len(list((folder / "jobs").glob(".alive-*"))) == 1  # the dead processes' are gone
    assert server.client.delete(job).status_code == 204
    assert left(folder) == []
    server.end()


def test_a_photo_that_ends_the_process_twice_is_given_up(home):
    folder = home / "poison"
    server = Process(folder)
    job = server.begin(("poison.png", photo(1, 2500)), ("good.png", photo(2)))
    for _ in range(2):
        server.until(job, lambda told: told["photos"][0]["state"] == "working")
        server.end(kill=True)
        server = Process(folder)
    told = server.ended(job)
    assert [item["state"] for item in told["photos"]] == ["failed", "done"]
    assert told["photos"][0]["error"]["code"] == "GivenUp"
    assert list(server.result(job)) == ["good.png"]
    server.end()


def test_a_job_that_was_half_received_when_the_process_was_killed_is_gone(home):
    folder = home / "half"
    server = Process(folder)
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(
            b"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 5000000\r\n\r\n"
            + b"x" * 9999
        )
        wait(lambda: left(folder))
        server.end(kill=True)
    assert left(folder)
    (folder / "jobs" / "an orphan").mkdir()
    with process(folder):
        assert left(folder) == []


def test_stopping_finishes_the_photo_in_work_and_the_next_process_goes_on(home):
    folder = home / "stopped"
    server = Process(folder)
    job = server.begin(*[(f"{n}.png", photo(n, 1000)) for n in range(4)])
    server.until(job, lambda told: told["counts"]["working"])
    with httpx.stream("GET", f"{server.url}{job}/events", timeout=60) as stream:
        listening = steps_of(stream)
        next(listening)
        server.process.terminate()
        assert [event for _, event, _ in listening][-1:] != ["comment"]  # it ends: the listener comes again
    server.end()
    with sqlite3.connect(folder / "jobs" / "jobs.sqlite") as db:
        states = [row[0] for row in db.execute("SELECT state FROM photos ORDER BY number")]
    db.close()
    assert states[0] == "done"
    assert "working" not in states
    assert "waiting" in states
    with process(folder) as server:
        assert server.ended(job)["counts"]["done"] == 4


def test_two_processes_on_one_folder_share_the_work_and_do_nothing_twice(home):
    folder = home / "two"
    with process(folder) as one, process(folder) as two:
        for server in (one, two):  # both have loaded their network
            server.ended(server.begin(("warm.png", photo())))
        job = one.begin(*[(f"{n}.png", photo(n, 800)) for n in range(12)])
        with two.client.stream("GET", f"{job}/events") as stream:
            heard = list(steps_of(stream))
        settled = [data["number"] for _, event, data in heard if event == "photo"]
        assert sorted(settled) == list(range(12))
        assert two.ended(job)["counts"]["done"] == 12
        assert len(two.result(job)) == 12
        with sqlite3.connect(folder / "jobs" / "jobs.sqlite") as db:
            rows = db.execute("SELECT owner, attempts FROM photos WHERE job = ?", (job[-32:],)).fetchall()
        db.close()
        assert {attempts for _, attempts in rows} == {1}
        assert len({owner for owner, _ in rows}) == 2
        assert one.client.delete(job).status_code == 204
        assert two.client.get(job).status_code == 404


def test_a_job_that_was_being_put_together_is_put_together_again(tmp_path):
    script = f"""
import os, signal
from pathlib import Path
from alphacut.server.jobs.store import JobStore
store = JobStore(Path({str(tmp_path)!r}))
store.begin("1" * 32, "", "anna", None, 5)
store.queue("1" * 32, 1)
store.settle(store.claim(True), "done")
assert store.claim_packing() == "1" * 32
os.kill(os.getpid(), signal.SIGKILL)
"""
    store = JobStore(tmp_path)
    assert subprocess.run([sys.executable, "-c", script]).returncode == -signal.SIGKILL
    assert store.claim_packing() is None
    assert store.recover() == []
    assert store.claim_packing() == "1" * 32
    assert store.claim_packing() is None
    store.close()


def test_what_lives_is_not_taken_back_and_a_suspect_goes_alone(tmp_path):
    one, two = JobStore(tmp_path), JobStore(tmp_path)
    one.begin("1" * 32, "", "anna", None, 5)
    assert two.recover() == []
    one.queue("1" * 32, 3)
    first = one.claim(False)
    two.recover()
    assert [state for state, _ in two.photos("1" * 32)] == ["working", "waiting", "waiting"]
    one.give_back(first)
    assert two.photos("1" * 32)[0] == ("waiting", 0)
    one.claim(False)
    one.close()  # as a process that dies does: its lock is free, its photo is not settled
    two.recover()
    assert two.photos("1" * 32)[0] == ("waiting", 1)
    assert two.claim(False).number == 1
    again = two.claim(True)
    assert (again.number, again.is_suspect) == (0, True)
    two.close()
