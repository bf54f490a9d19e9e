"""What decoding and encoding are made of: signatures, colours, metadata, and the writers of PNG and TIFF."""
