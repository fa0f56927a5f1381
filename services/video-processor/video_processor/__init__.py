"""Encodes VideoForge's jobs: takes tasks from the queue, runs ffmpeg, stores what it made, reports.

Any number of these processes may run. They keep no state but scratch files, have no database login, and
hold a lease on what they work on; one that dies costs at most the task it was in.
"""
