"""Nothing of a photo is written to a disk, none of it stands in a log; watched from outside the process."""

import io
import json
import re
import shutil
import subprocess
import sys

import httpx
import numpy as np
from PIL import Image

from served import Served

NAME = "SecretBeach-4711.jpg"
MARK = "NobodyShallReadThis"
WRITES = re.compile(r'open(?:at)?\((?:AT_FDCWD, )?"([^"]+)", [^)]*(?:O_WRONLY|O_RDWR|O_CREAT)|memfd_create')
ALLOWED = re.compile(
    r"/dev/|/proc/|/sys/|.*/models/[^/]+\.(lock|stamp)|.*/__pycache__/|.*/compiled/|.*/jobs/(\.lock|jobs\.sqlite)"
)


def secret_photo():
    """A photo whose name, EXIF and pixels are each recognisable."""
    exif = Image.Exif()
    exif[0x010F] = MARK
    noise = np.random.default_rng(7).integers(0, 255, (600, 800, 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noise).save(stream, "jpeg", quality=95, exif=exif)
    assert len(stream.getvalue()) > 300_000  # more than what a form parser is used to keep in memory
    return stream.getvalue()


def tree(*folders):
    """Return every file below these folders, with its size and time."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


def every_kind_of_request(url, photo):
    """Send what has to be kept secret in every way there is, well and badly."""
    form = {"image": (NAME, photo, "image/jpeg")}
    with httpx.Client(base_url=url, timeout=120) as client:
        answers = sent(client.post, form, photo)
        answers.append(client.get(f"/ready?{MARK}"))
    assert {200, 404, 415, 422} <= {answer.status_code for answer in answers}
    assert not any(answer.status_code == 500 for answer in answers)
    assert MARK.encode() not in answers[0].content  # metadata is stripped


def sent(post, form, photo):
    """Return the answers to a photo sent in every way."""
    return [
        post("/v1/cutouts", files=form),
        post("/v1/cutouts", content=photo, headers={"Content-Type": "image/jpeg"}),
        post(
            "/v1/cutouts",
            content=(photo[i : i + 9000] for i in range(0, len(photo), 9000)),
            headers={"Content-Type": "image/jpeg"},
        ),
        post(f"/v1/cutouts?background=white&format=jpeg&{MARK}", files=form),
        post("/v1/cutouts", params={"despill": MARK}, files=form),
        post("/v1/cutouts", files={"image": (NAME, photo[:5000], "image/jpeg")}),
        post("/v1/cutouts", files={"image": (NAME, b"no photo " + MARK.encode())}),
        post("/v1/cutouts", files={MARK: (NAME, photo)}),
        post("/v1/cutouts", files=[("image", (NAME, photo))] * 2),
        post(f"/{MARK}/{NAME}", files=form),
        post("/v1/cutouts", data={"image": photo[:2000]}),
        post("/v1/cutouts", content=MARK, headers={"Content-Type": "application/json"}),
        post("/v1/cutouts", content=photo, headers={"Content-Type": "multipart/form-data; boundary=x"}),
    ]


def test_nothing_of_a_photo_is_written_and_nothing_logged(server_home, tmp_path):
    """Where strace is, it sees what is written and deleted again at once, too."""
    trace, temp = tmp_path / "trace", tmp_path / "temp"
    temp.mkdir()
    trace.touch()
    calls = "trace=open,openat,creat,memfd_create"
    watch = (
        ["strace", "-f", "-qq", "-s", "300", "-e", calls, "-o", str(trace)] if shutil.which("strace") else []
    )
    photo = secret_photo()
    with Served(server_home, "--workers=2", before=watch, temp=temp) as served:
        httpx.get(f"{served.url}/ready")
        httpx.post(f"{served.url}/v1/cutouts", files={"image": photo}, timeout=120)  # what is done once
        seen, before = trace.stat().st_size, tree(temp, server_home / "home", served.folder)
        every_kind_of_request(served.url, photo)
        after = tree(temp, server_home / "home", served.folder)
    assert after == before
    opened = [WRITES.search(line) for line in trace.read_bytes()[seen:].decode(errors="replace").splitlines()]
    written = [match[1] or "memfd" for match in opened if match]
    assert [path for path in written if not ALLOWED.match(path)] == []
    check_log(served.log, photo)


def check_log(log, photo):
    """Hold a log against what may be in it."""
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    asked = [line for line in lines if line["event"] == "request"]
    assert len(asked) >= 14
    for line in asked:
        assert set(line) == {"time", "level", "event", "id", "method", "route", "status", "ms", "caller"}
        assert line["route"] in ("/v1/cutouts", "/ready", "none")
    for secret in (MARK, "SecretBeach", "4711", "127.0.0.1:", "white", photo[1000:1010].hex()):
        assert secret not in "\n".join(line for line in log.splitlines() if line.startswith("{"))


def test_a_fault_is_logged_without_what_it_says(tmp_path):
    code = (
        "import logging\n"
        "from alphacut.server.log import write_logs\n"
        "write_logs()\n"
        "try:\n    open('/nowhere/SecretBeach.jpg')\n"
        "except OSError as error:\n    logging.getLogger('uvicorn.error').error('fault', exc_info=error)\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    line = json.loads(out)
    assert (line["error"], line["level"]) == ("FileNotFoundError", "error")
    assert "Secret" not in out and line["at"]
