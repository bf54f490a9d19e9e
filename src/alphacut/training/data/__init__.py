"""Photos and their truth for training: where they lie, how they are varied, and in which order they come."""
