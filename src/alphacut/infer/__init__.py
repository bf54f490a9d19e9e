"""From a photo to its coarse alpha: which networks there are, where their weights are, how they run."""
