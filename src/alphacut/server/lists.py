"""Our own routes that only tell: models, presets, the schema of a recipe."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from ..compose.presets import Preset, find_preset, preset_names
from ..infer.catalog import load_catalog
from ..infer.fuse import TOGETHER
from ..infer.store import row_of
from ..recipe import recipe_schema
from .schemas import told
from .service import Service


def list_routes(service: Service) -> APIRouter:
    """Return the routes of ``/v1`` that only tell; FastAPI runs them in threads, since they read files."""
    routes = APIRouter(prefix="/v1", tags=["lists"], default_response_class=JSONResponse)

    @routes.get("/models", response_model=None, responses=told("Models", "Every network."))
    def models() -> dict[str, Any]:
        """List every network: its licence, its size, whether it is on this machine; nothing is fetched."""
        rows = [row_of(card) for card in load_catalog().values()]
        return {"default": service.settings.options.model, "together": TOGETHER, "models": rows}

    @routes.get("/presets", response_model=None, responses=told("Presets", "Every marketplace."))
    def presets() -> dict[str, Any]:
        """List every marketplace's picture: its size and form, its rules, where they stand and when they were read."""
        return {"presets": [_told(preset) for preset in map(find_preset, preset_names())]}

    @routes.get("/recipes/schema", response_model=None, responses=told("RecipeSchema", "The JSON Schema."))
    def schema() -> dict[str, Any]:
        """Return the JSON Schema of a recipe, which names every option with its limits."""
        return recipe_schema()

    return routes


def _told(preset: Preset) -> dict[str, Any]:
    height, width = preset.frame.canvas or (None, None)
    own = {key: value for key, value in asdict(preset).items() if key != "frame"}
    size = {"width": width, "height": height, "aspect": preset.frame.aspect, "scale": preset.frame.scale}
    return own | size | {"max_bytes": preset.max_bytes}
