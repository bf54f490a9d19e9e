"""The HTTP service: one app, built from settings; each route parses, makes one call, presents."""
