"""Put beside a page that has no service what it would ask of one, under the same addresses.

``python editor/alone.py FOLDER``; the network's files are ``alphacut models web``'s.
"""

import asyncio
import sys
from pathlib import Path

import httpx

from alphacut.server.app import create_app
from alphacut.server.settings import Settings

ADDRESSES = ("v1/presets", "v1/recipes/schema")


async def copy(folder: Path) -> None:
    """Write the service's answers as files."""
    app = httpx.ASGITransport(create_app(Settings()))
    async with httpx.AsyncClient(transport=app, base_url="http://alone") as client:
        for address in ADDRESSES:
            answer = (await client.get(f"/{address}")).raise_for_status()
            path = folder / address
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(answer.content)


if __name__ == "__main__":
    asyncio.run(copy(Path(sys.argv[1])))
