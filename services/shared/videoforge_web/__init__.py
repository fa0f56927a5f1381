"""How every process meets who connects to it: gunicorn's worker for the Flask services, and the private port
of health and metrics that each process has. Nothing here waits for a slow client with what others need.
"""
