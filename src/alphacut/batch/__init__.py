"""Many photos: which files, and where each result goes."""
