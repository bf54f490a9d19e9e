"""What several tests share: photos that may be shown, and networks with their real weights."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage import data

import tiny


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
