"""The videos of VideoForge: create, read, update, delete, list and search, on PostgreSQL.

Reached only through job-service. Owns the tables gallery_videos, gallery_renditions and
gallery_publications, and has no rights on the object store.
"""
