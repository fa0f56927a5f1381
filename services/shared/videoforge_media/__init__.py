"""Inspection of untrusted media, shared by job-service (at confirm) and the processors.

It is one package because a second copy of a security-critical parser would drift: the sandbox that
ffmpeg and ffprobe run in, the check of magic bytes, the parsing of ffprobe's output, and the
thumbnail.
"""
