"""The pass through time: a steady alpha for every frame, the network asked for few of them."""
