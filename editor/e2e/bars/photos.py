"""Write the photos that the bars are measured on: ``python photos.py FOLDER``."""

import sys
from pathlib import Path

from PIL import Image
from skimage import data

folder = Path(sys.argv[1])
for name in ("astronaut", "cat", "coffee", "rocket"):
    Image.fromarray(getattr(data, name)()).save(folder / f"{name}.jpg", quality=95)
coffee = Image.fromarray(data.coffee())
coffee.resize((1732, 1155), Image.Resampling.LANCZOS).save(folder / "2mp.jpg", quality=92)
coffee.resize((6000, 4000), Image.Resampling.LANCZOS).save(folder / "24mp.jpg", quality=92)
