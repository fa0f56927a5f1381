"""Inspection of media that strangers gave us, shared by job-service (at confirm) and the processors.

It is one package because a second copy of a security-critical parser would drift: the sandbox that ffmpeg
and ffprobe run in, the check of magic bytes, the reading of ffprobe's answer, and the first picture.
"""
