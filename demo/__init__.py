"""A client of VideoForge as a user would write one: it knows the public API and nothing else.

    python -m demo [--video PATH] [--formats 720p,480p]

The end-to-end tests drive the stack through the same modules.
"""
