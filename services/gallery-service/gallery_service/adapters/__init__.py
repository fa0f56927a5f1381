"""The only files that import a vendor's library: PostgreSQL through SQLAlchemy, and Redis."""
