"""What several tests of clips share: a network of one layer, loaded."""

import pytest

import tiny
from alphacut import Cutter


@pytest.fixture(scope="module")
def cutter(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALPHACUT_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("ALPHACUT_OFFLINE", "1")
        tiny.install()
        with Cutter() as cutter:
            yield cutter
