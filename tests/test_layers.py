"""Imports point down the list in docs/architecture.md only, and `import alphacut` loads nothing heavy."""

import ast
import subprocess
import sys
from pathlib import Path

import alphacut

ROOT = Path(alphacut.__file__).parent
LAYERS = [
    "cli",
    "server",
    "video",
    "batch",
    "training",
    "evaluate",
    "api",
    "pipeline",
    "cutout",
    "fit_bytes",
    "encode",
    "compose",
    "foreground",
    "refine",
    "inspect",
    "infer",
    "networks",
    "decode",
    "codecs",
    "recipe",
    "options",
    "backdrops",
    "position",
    "depth",
    "types",
    "files",
    "ahead",
    "colours",
    "errors",
]


def imports_of(path):
    """Yield the top-level room of every alphacut module that a file imports, inside functions too."""
    package = ("alphacut", *path.relative_to(ROOT).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            names = [*base, *(node.module or "").split(".")] if node.module else [*base]
            for alias in node.names:
                full = [part for part in [*names, alias.name] if part]
                if full[0] == "alphacut":
                    yield full[1] if len(full) > 1 else ""
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("alphacut."):
                    yield alias.name.split(".")[1]


def test_imports_point_down():
    wrong = []
    for path in ROOT.rglob("*.py"):
        room = path.relative_to(ROOT).parts[0].removesuffix(".py")
        if room in ("__init__", "__main__"):
            continue
        below = LAYERS[LAYERS.index(room) :]
        wrong += [
            f"{path.relative_to(ROOT)} imports {name}"
            for name in imports_of(path)
            if name in LAYERS and name not in below
        ]
    assert wrong == []


def test_every_room_has_a_place_in_the_list():
    rooms = {
        path.name.removesuffix(".py")
        for path in ROOT.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert rooms - {"__init__", "__main__"} == set(LAYERS)


def test_import_loads_no_engine():
    heavy = "numpy cv2 PIL openvino onnxruntime typer rich requests torch av"
    code = f"import sys, alphacut; print([name for name in '{heavy}'.split() if name in sys.modules])"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )


def test_the_public_names_are_there():
    for name in alphacut.__all__:
        assert getattr(alphacut, name) is not None
    assert {"remove", "cut", "Cutter", "Options", "AlphacutError"} <= set(dir(alphacut))
