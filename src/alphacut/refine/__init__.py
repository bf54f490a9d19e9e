"""From a photo and a coarse alpha to a fine one: one method a file."""
