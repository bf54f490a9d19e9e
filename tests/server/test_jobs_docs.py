"""The lines of docs/jobs.md, run by a shell and curl as they stand there, but for the port."""

import importlib.util
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from jobclient import left, photo, process

DOC = Path(__file__).parents[2] / "docs" / "jobs.md"


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")
def test_the_lines_of_the_page_work(home, tmp_path):
    shoes = tmp_path / "work" / "shoes"
    shoes.mkdir(parents=True)
    for name in ("left.jpg", "right.jpg"):
        (shoes / name).write_bytes(photo(kind="jpeg"))
    with zipfile.ZipFile(tmp_path / "work" / "shoes.zip", "w") as archive:
        archive.write(shoes / "left.jpg", "pairs/left.jpg")
    blocks = re.findall(r"```sh\n(.*?)```", DOC.read_text(encoding="utf-8"), re.DOTALL)
    if importlib.util.find_spec("av"):
        import glowing

        glowing.write(tmp_path / "work" / "dog.mp4", 8)
    else:
        blocks = [block for block in blocks if "dog.mp4" not in block]
    with process(tmp_path / "folder") as server:
        script = "set -eu\n" + "\n".join(blocks).replace("http://127.0.0.1:7000", server.url)
        done = subprocess.run(
            ["/bin/sh", "-c", script], cwd=tmp_path / "work", capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.count('"state": "done", "done": 2') >= 1
        names = [zipfile.ZipFile(tmp_path / "work" / f"{n}.zip").namelist() for n in ("cutouts", "folder")]
        assert names == [["left.jpg", "right.jpg"], ["pairs/left.jpg"]]
        assert len(left(server.folder)) == 1  # the others were removed
