"""A server of jobs as a process of its own, which a test may kill: ``python jobserver.py FOLDER SETTINGS``."""

import json
import logging
import sys
from pathlib import Path

from alphacut.options import Options
from alphacut.server.app import create_app
from alphacut.server.process import Server
from alphacut.server.settings import Settings

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    usual = {"folder": Path(sys.argv[1]), "options": Options(model="tiny"), "workers": 2, "port": 0}
    settings = Settings(**usual | json.loads(sys.argv[2]))
    server = Server(create_app(settings), settings)
    server.config.port = 0
    server.run()
