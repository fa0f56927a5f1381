"""One verb per file; each opens the one transaction in which its change and its messages are saved."""
