"""Real servers on free loopback ports, each in a thread of its own, with the one-layer network as their model."""

import io
from contextlib import ExitStack

import numpy as np
import pytest
from PIL import Image

import tiny
from loopback import running


@pytest.fixture(scope="module")
def server_home(tmp_path_factory):
    """A home for a whole module, offline, with the model "tiny"."""
    folder = tmp_path_factory.mktemp("server")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALPHACUT_HOME", str(folder / "home"))
        patch.setenv("ALPHACUT_OFFLINE", "1")
        tiny.install()
        yield folder


@pytest.fixture(scope="session")
def photo():
    """A small photo as the bytes of a PNG: a light disc on black, which "tiny" sees as the subject."""
    row, column = np.indices((40, 60))
    disc = (np.hypot(row - 20, column - 30) < 12).astype(np.uint8) * 255
    stream = io.BytesIO()
    Image.fromarray(np.repeat(disc[..., None], 3, axis=2)).save(stream, "png")
    return stream.getvalue()


@pytest.fixture(scope="module")
def server(server_home):
    """A server with usual settings: `server.url` is its address, `server.service` what its routes share."""
    with running(server_home / "folder") as place:
        yield place


@pytest.fixture
def serve(server_home, tmp_path):
    """A function that runs a server with other settings until the test ends: ``serve(queue=1).url``."""
    with ExitStack() as stack:
        count = iter(range(100))

        def start(**changes):
            return stack.enter_context(running(tmp_path / f"server{next(count)}", **changes))

        yield start
