"""What a job may not be, and how long and where it is kept."""

import socket
import sqlite3
import stat
import zipfile

import httpx
import numpy as np
import pytest

from alphacut.server.jobs.files import check_space
from alphacut.server.keys import Keys, Terms
from alphacut.server.problems import NoSpace
from jobclient import homed, left, photo, process, wait, zipped
from loopback import running


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    with homed(tmp_path_factory.mktemp("jobs")) as folder:
        yield folder


def test_limits_of_a_job(home):
    limits = {"job_bytes": 200_000, "body_bytes": 50_000, "job_photos": 3, "jobs_each": 2}
    with process(home / "limits", **limits) as server:
        post = server.client.post

        def files(*sizes):
            return [("image", (f"{n}.bin", bytes(size))) for n, size in enumerate(sizes)]

        assert post("/v1/jobs", files=files(60_000)).status_code == 413  # one photo
        assert post("/v1/jobs", files=files(*[49_000] * 5)).status_code == 413  # all of it
        assert post("/v1/jobs", files=files(1, 1, 1, 1)).status_code == 422
        many = zipped([(f"{n}.png", b"x") for n in range(4)])
        assert post("/v1/jobs", files=[("image", ("a.zip", many))]).status_code == 422
        unsaid = httpx.post(
            f"{server.url}/v1/jobs", content=_chunks(300_000), headers={"content-type": "image/png"}
        )
        assert unsaid.status_code == 413
        assert left(server.folder) == []
        large = server.begin(("a.zip", zipped([("large.png", bytes(60_000)), ("small.png", photo())])))
        codes = [item.get("error", {}).get("code") for item in server.ended(large)["photos"]]
        assert codes == ["TooLarge", None]
        server.begin(("a.png", photo()))
        refused = post("/v1/jobs", files=files(1))
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        server.client.delete(large)
        server.begin(("a.png", photo()))


def test_a_job_for_which_the_disk_has_no_room_is_refused_before_it_is_sent(home, tmp_path):
    with pytest.raises(NoSpace):
        check_space(tmp_path, 2**60)
    with process(home / "space", job_bytes=2**61) as server:
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(
                b"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n"
                % 2**60
            )
            assert b" 507 " in connection.recv(1000)


def test_a_large_job_is_not_held_in_memory(home):
    with process(home / "memory") as server:
        server.ended(server.begin(("warm.png", photo())))
        before = _peak(server.process.pid)
        noise = np.random.default_rng(1).bytes(2**20)
        job = server.begin(("a.zip", zipped([(f"{n}.bin", noise) for n in range(100)], zipfile.ZIP_STORED)))
        assert _peak(server.process.pid) - before < 40 * 2**20
        server.client.delete(job)


def test_what_has_expired_is_gone(home):
    with process(home / "expiry", job_hours=8 / 3600) as server:
        job = server.begin(("a.png", photo()))
        told = server.ended(job)
        assert told["expires"]
        assert left(server.folder) == [told["id"]]
        wait(lambda: server.client.get(job).status_code == 404)
        wait(lambda: left(server.folder) == [])
        with sqlite3.connect(server.folder / "jobs" / "jobs.sqlite") as db:
            assert [
                db.execute(f"SELECT count(*) FROM {t}").fetchone() for t in ("jobs", "photos", "events")
            ] == [(0,)] * 3


def test_names_stand_in_the_jobs_folder_only_and_nobody_else_may_look(home):
    folder = home / "private"
    with process(folder) as server:
        job = server.begin(("holiday-secret.png", photo()), ("broken-secret.png", b"no photo"))
        server.ended(job)
        root = folder / "jobs"
        assert stat.S_IMODE(root.stat().st_mode) == stat.S_IMODE((root / job[-32:]).stat().st_mode) == 0o700
        outside = [path for path in root.glob("*") if path.is_file()]
        assert outside
        assert not [path for path in outside if b"secret" in path.read_bytes()]
    assert "secret" not in "".join(server.log)


def _chunks(size):
    for _ in range(size // 1000):
        yield bytes(1000)


def _peak(pid):
    with open(f"/proc/{pid}/status") as lines:  # noqa: PTH123
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def test_a_job_belongs_to_its_key_and_is_paid_by_it(home, tmp_path):
    keys = Keys(tmp_path / "server")
    mine, other = ({"X-API-Key": keys.new(name, Terms())} for name in ("mine", "other"))
    with running(tmp_path / "server", keys=True) as place:
        at = f"{place.url}/v1/jobs"
        files = [("image", (f"{number}.png", photo(number))) for number in range(3)]
        assert httpx.post(at, files=files).status_code == 401
        job = httpx.post(at, files=files, headers=mine, timeout=60).json()["id"]
        assert place.until(lambda: httpx.get(f"{at}/{job}", headers=mine).json()["state"] == "done")
        for address in (f"{at}/{job}", f"{at}/{job}/events", f"{at}/{job}/result"):
            assert httpx.get(address, headers=other).status_code == 404
        assert httpx.delete(f"{at}/{job}", headers=other).status_code == 404
        assert [row["id"] for row in httpx.get(at, headers=mine).json()["jobs"]] == [job]
        assert httpx.get(at, headers=other).json()["jobs"] == []
    assert {use.name: use.delivered for use in keys.usage()} == {"mine": 3, "other": 0}
    keys.close()
