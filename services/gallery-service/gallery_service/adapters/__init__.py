"""The only files beside search/ that import a vendor's library: SQLAlchemy for PostgreSQL, and Redis."""
