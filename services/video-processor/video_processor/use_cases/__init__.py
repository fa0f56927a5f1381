"""One task kind per file: what a processor does between claim and report."""
