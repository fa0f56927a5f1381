"""One verb per file. Each opens its one transaction and drops the cached pages that it made stale."""
