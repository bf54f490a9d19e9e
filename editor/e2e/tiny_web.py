"""Write the one-layer network of the tests beside a static page: ``python tiny_web.py FOLDER``."""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "src"), str(PROJECT / "tests")]

import tiny  # noqa: E402 - the path comes first
from alphacut.cli import main  # noqa: E402

if __name__ == "__main__":
    with TemporaryDirectory() as home:
        os.environ["ALPHACUT_HOME"] = home
        tiny.install()
        sys.exit(main(["models", "web", "tiny", "-o", sys.argv[1]]))
