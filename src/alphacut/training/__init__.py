"""Networks of one's own: data, losses, the loop, adapters, export (extra ``train``)."""
