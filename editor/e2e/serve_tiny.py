"""Run `alphacut serve` in a home of its own, with the one-layer network of the tests as its model.

``python serve_tiny.py HOME [flags of serve]``, and ``python serve_tiny.py HOME keys …`` for the keys of that service.
"""

import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "src"), str(PROJECT / "tests")]
os.environ |= {"ALPHACUT_HOME": str(Path(sys.argv[1]) / "home"), "ALPHACUT_OFFLINE": "1"}

import tiny  # noqa: E402 - the path and the home come first
from alphacut.cli import main  # noqa: E402

if __name__ == "__main__":
    words = sys.argv[2:]
    if words[:1] != ["keys"]:
        tiny.install()
        words = ["serve", "--port=0", "--model=tiny", f"--folder={sys.argv[1]}/own", *words]
    sys.exit(main(words))
