"""gunicorn as each of our servers runs it: shared settings, metrics of all workers, and a worker
whose threads never wait for a slow client.
"""
