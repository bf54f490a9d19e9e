"""The measures of salient object detection, by the field's own program (pysodmetrics, the extra `eval`).

Its default stretches a prediction to its own minimum and maximum, so that half of an answer scores as the whole one;
here it is told not to.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from ..errors import OptionError
from ..types import Alpha


def load_measures() -> Any:
    """Return pysodmetrics.

    Raises
    ------
    OptionError
        It is not installed.
    """
    try:
        return importlib.import_module("py_sod_metrics")
    except ImportError as error:
        raise OptionError(
            "saliency measures",
            f"pysodmetrics cannot be loaded ({error})",
            "Install the extra: pip install 'alphacut[eval]'.",
        ) from error


def saliency(alpha: Alpha, truth: Alpha) -> dict[str, float]:
    """Return F, weighted F, S and E of one matte (H×W, in [0, 1]) against the truth above 0.5.

    Returns
    -------
    dict
        `f`: F with β² = 0.3, the mean over 256 thresholds (Achanta et al. 2009); `weighted_f`: Margolin et al. 2014;
        `s`: structure measure, Fan et al. 2017; `e`: enhanced alignment, the mean over 256 thresholds, Fan et al.
        2018. All in [0, 1], higher is better.

    Raises
    ------
    OptionError
        pysodmetrics is not installed.
    """
    field = load_measures()
    f = field.FmeasureV2({"f": field.FmeasureHandler(with_dynamic=True, with_adaptive=False, beta=0.3)})
    weighted, structure, alignment = field.WeightedFmeasure(), field.Smeasure(), field.Emeasure()
    pair = alpha.astype(np.float64), truth > 0.5
    for measure in (f, weighted, structure, alignment):
        measure.step(*pair, normalize=False)
    return {
        "f": float(f.get_results()["f"]["dynamic"].mean()),
        "weighted_f": float(weighted.get_results()["wfm"]),
        "s": float(structure.get_results()["sm"]),
        "e": float(alignment.get_results()["em"]["curve"].mean()),
    }
