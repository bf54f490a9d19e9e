"""What several tests share: photos that may be shown, a home with a network, and the order of a whole run."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

import tiny

FIRST = (
    *("infer/test_networks.py", "server/test_jobs_kept.py", "infer/test_web_export.py", "batch/test_ray.py"),
    *("training/test_export.py", "cli/test_batch.py", "test_examples.py", "server/test_process.py"),
    *("cli/test_train.py", "cli/test_video.py", "training/test_resume.py", "server/test_jobs_limits.py"),
    *("cli/test_import_torch.py", "server/test_hostile.py"),
)
"""Files of many seconds. Begun last, one of them would keep the whole run waiting for one process."""


def pytest_collection_modifyitems(items):
    rank = {Path(__file__).parent / name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """One process more than cores: tests of services and commands wait as often as they work."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def astronaut():
    """A photo as the bytes of a JPEG."""
    return jpeg(data.astronaut())


@pytest.fixture(scope="session")
def astronaut_pixels():
    """The same photo as H×W×3 uint8."""
    return np.ascontiguousarray(data.astronaut())


@pytest.fixture(scope="session")
def cat():
    """A photo as H×W×3 uint8."""
    return np.ascontiguousarray(data.cat())


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home of its own, offline, with the one-layer network as the model "tiny"."""
    monkeypatch.setenv("ALPHACUT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ALPHACUT_OFFLINE", "1")
    tiny.install()
    return tmp_path / "home"


def jpeg(pixels, **options):
    """Return pixels as the bytes of a JPEG."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "jpeg", **{"quality": 95} | options)
    return stream.getvalue()
