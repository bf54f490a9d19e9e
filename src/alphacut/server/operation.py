"""Routes for whoever runs the service: is it alive, is it ready, what does it do; and what happens to photos."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import HTMLResponse, JSONResponse, Response

from .privacy import privacy_page
from .service import Service


def operation_routes(service: Service) -> APIRouter:
    """Return ``/health``, ``/ready``, ``/metrics`` and ``/privacy``."""
    routes = APIRouter(tags=["operation"])

    @routes.get("/health")
    async def health() -> Response:
        """Say that the process answers."""
        return JSONResponse({"status": "alive"})

    @routes.get("/ready")
    async def ready() -> Response:
        """Say whether the network is loaded and requests are taken."""
        state = service.state
        if state.closing or not state.loaded:
            problem = "is shutting down" if state.closing else state.problem
            return JSONResponse({"status": "not ready", "problem": problem}, 503, {"Retry-After": "2"})
        return JSONResponse({"status": "ready", "models": list(service.cutter.shelf.loaded)})

    @routes.get("/metrics")
    async def metrics() -> Response:
        """Give the numbers, for Prometheus."""
        service.show()
        return Response(service.meter.page(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @routes.get("/privacy")
    async def privacy() -> Response:
        """Say in plain words what happens to a photo."""
        return HTMLResponse(privacy_page(service.settings))

    return routes
