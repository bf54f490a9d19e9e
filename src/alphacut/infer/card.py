"""What has to be known of a network: a model is data."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """One place that gives a network's file, and what the file from there must be.

    Attributes
    ----------
    kind : str
        "url", "npm", "wheel"; "package" is a file that comes with alphacut. Two can be fetched from nowhere: "import"
        is a file that was brought by hand, "bring" says where a person gets one whose hash nobody published.
    hash : str
        "sha256:…" or "md5:…" of the file, in lower-case hexadecimal; empty for "bring".
    bytes : int or None
        Its length; None where nobody published it.
    url : str
        For "url", and for "bring" the page on which the file is.
    package, version : str
        For "npm" and "wheel".
    index, key : str
        For "npm": the JSON file in the package that lists the parts, and the entry in it.
    member, python : str
        For "wheel": the file inside it, and the Python version whose wheel it is. For "package" and "bring", `member`
        is the file's name there.
    """

    kind: str
    hash: str = ""
    bytes: int | None = None
    url: str = ""
    package: str = ""
    version: str = ""
    index: str = ""
    key: str = ""
    member: str = ""
    python: str = ""

    @property
    def label(self) -> str:
        """What to call it in messages; a password in the address is left out."""
        inside = f"{self.kind} {self.package or self.member} {self.version}".strip()
        return re.sub(r"//[^/@]*@", "//", self.url) or inside

    @property
    def can_be_fetched(self) -> bool:
        """Whether a program can get the file from here."""
        return self.kind not in ("import", "bring")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Everything that has to be known to fetch a network, to run it and to read its answer.

    Attributes
    ----------
    name, title : str
        The name it is asked for by, and what it is good for.
    licence : str
        SPDX identifier, or a short text.
    commercial : bool
        Whether the licence allows commercial use; if not, it is used only on `accept_licence`.
    homepage : str
        Where the network comes from.
    size : (int, int)
        Width and height of the input in pixels: the size it was trained for.
    fit : str
        How a photo comes to that size: "squash" (both axes on their own), "letterbox" (padded), or "aspect"
        (the input is only as large as the photo's aspect asks).
    multiple : int
        What both sides of the input must be a multiple of, because the network halves it so often.
    mean, std : (float, float, float)
        RGB; the input is ``(pixels / 255 - mean) / std``.
    output : int
        Index of the output that is the matte.
    kind : str
        "probability" (already in [0, 1]) or "logits" (needs a sigmoid).
    precisions : tuple of str
        Those that were measured to keep its answer; the first is the reference.
    file : str
        The name of its file in the home.
    sources : tuple of Source
        Where the file comes from, in the order they are tried.
    fast : dict
        Fields that `--fast` replaces, of `size` and `precisions`.
    network : str
        Its architecture, a name of :data:`alphacut.networks.NETWORKS`; empty where that is not known.
    checkpoint : str
        Hash of the weights as torch has them, in a file beside `file` that ends in ``.safetensors``; empty without one.
    base, adapter : str
        The model that this one changes, and the name in the home of the file that says how
        (:mod:`alphacut.infer.adapter`). `sources` are then of that file, and `file` is what is merged of both.
    strength : float
        How much of the adapter's change is merged, in (0, 1].
    trained_on : str
        The photos that its weights were trained on, and what their owners say of their use; empty where nobody said.
    """

    name: str
    title: str
    licence: str
    commercial: bool
    homepage: str
    size: tuple[int, int]
    fit: str
    multiple: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    output: int
    kind: str
    precisions: tuple[str, ...]
    file: str
    sources: tuple[Source, ...]
    fast: Mapping[str, Any] = field(default_factory=dict)
    network: str = ""
    checkpoint: str = ""
    base: str = ""
    adapter: str = ""
    strength: float = 1.0
    trained_on: str = ""

    @property
    def faster(self) -> ModelCard:
        """The same network as `--fast` runs it."""
        return dataclasses.replace(self, **self.fast)

    @property
    def hashes(self) -> frozenset[str]:
        """The hashes of every file that is this network."""
        return frozenset(source.hash for source in self.sources if source.hash)

    @property
    def is_by_hand(self) -> bool:
        """Whether the file can be fetched from nowhere."""
        return not any(source.can_be_fetched for source in self.sources)

    @property
    def of_adapter(self) -> ModelCard:
        """The card of the adapter's file alone."""
        return dataclasses.replace(self, file=self.adapter, base="", adapter="")

    @property
    def of_checkpoint(self) -> ModelCard:
        """The card of the file with the weights as torch has them."""
        source = Source("import", self.checkpoint)
        return dataclasses.replace(self, file=f"{Path(self.file).stem}.safetensors", sources=(source,))
