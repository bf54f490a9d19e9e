"""From a foreground and its alpha to something to look at: this side only presents, it estimates nothing."""
