"""Where weights come from: one file a kind of source.

Each has one function ``fetch(source, sink)`` that writes the file's bytes into the sink, in order, and raises
:class:`~alphacut.errors.WeightsUnavailable` with the reason if it cannot. Code that comes with the weights is
neither run nor installed.
"""
