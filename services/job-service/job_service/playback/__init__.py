"""Playback: tokens, playlists, and redirects to signed URLs."""
