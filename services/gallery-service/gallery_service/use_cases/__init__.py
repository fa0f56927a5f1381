"""One verb per file. Each opens the one transaction it needs and drops the pages it made stale."""
