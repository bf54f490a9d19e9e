"""``alphacut serve``: the HTTP service on one port; parse, then serve."""

from __future__ import annotations

import dataclasses
import socket

from ..errors import OptionError
from ..options import Options
from ..server.settings import LOOPBACK, Settings
from .flags import with_options
from .service_flags import with_settings
from .terminal import say


@with_options
@with_settings
def serve(options: Options, settings: Settings) -> None:
    """Run the HTTP service."""
    try:
        from ..server.log import write_logs
        from ..server.processes import Supervisor, serve_here
    except ImportError as error:
        raise OptionError(
            "alphacut serve", f"needs {error.name}", "Install it: pip install alphacut[server]"
        ) from error
    settings = dataclasses.replace(settings, options=options)
    listening = _listen(settings)
    write_logs()
    _tell(settings, listening)
    if settings.is_supervised:
        Supervisor(settings, listening).run()
    else:
        serve_here(settings, listening)
    say("alphacut has stopped")


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=1024)
    except OSError as error:
        problem = f"cannot be listened on ({error.strerror or error})"
        raise OptionError(
            f"{settings.host} port {settings.port}", problem, "Choose another --port or --host."
        ) from error


def _tell(settings: Settings, listening: socket.socket) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    say(f"alphacut listens on http://{host}:{listening.getsockname()[1]}{settings.prefix}")
    if settings.host not in LOOPBACK:
        say(
            "warning: everybody who reaches this machine over its network can now send it photos, unencrypted."
        )
        say("Put a proxy with TLS before it (docs/service.md), or listen on 127.0.0.1.")
        if not settings.needs_key:
            say("warning: no key is asked for: whoever reaches it may use it.")
