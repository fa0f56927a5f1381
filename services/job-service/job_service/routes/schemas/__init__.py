"""Bodies and answers on the wire, one module per feature."""
