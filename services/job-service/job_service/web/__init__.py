"""Building blocks of the routes: documented views, limits, idempotency, cookies, cursors."""
