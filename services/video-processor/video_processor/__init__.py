"""Encodes VideoForge's jobs: takes tasks from the queue, runs ffmpeg, stores the output and reports
to job-service.

Any number of these processes may run. They keep no state except scratch files, have no database
login, and hold a lease on the task they work on; a processor that dies loses at most the task it
was working on.
"""
