"""Jobs: many photos at once, done behind those that somebody waits for, and kept over a restart."""
