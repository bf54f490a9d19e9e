"""Many cases that schemathesis makes of the service's own OpenAPI; no answer may be a 5xx or other than described.

    python bench/schema_cases.py [--cases 2000]

The service runs in this process on a free port, with the tests' one-layer network under the usual models' names.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS / "server"), str(TESTS)]  # the conftest that is meant is the service's

import tiny  # noqa: E402
from alphacut.infer.fuse import FAST, TOGETHER  # noqa: E402
from conftest import running  # noqa: E402
from schema_cases import run_cases  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=2000)
    number = parser.parse_args().cases
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"ALPHACUT_HOME": folder, "ALPHACUT_OFFLINE": "1"}
        tiny.install("tiny", *{*TOGETHER["auto"], *FAST["auto"]})
        start = time.perf_counter()
        with running(Path(folder) / "server") as place:
            statuses = run_cases(place.url, number)
    print(f"{sum(statuses.values())} cases in {time.perf_counter() - start:.0f} s, no fault")
    for status, count in sorted(statuses.items()):
        print(f"{status}  {count}")


if __name__ == "__main__":
    main()
