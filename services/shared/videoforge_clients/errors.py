"""What goes wrong with a server, apart from its client, so that a caller can catch it without the driver."""


class DatabaseUnavailable(Exception):
    """PostgreSQL is down, full, silent or too slow. Nothing was changed, unless it fell silent at COMMIT."""
