"""What two Flask services do alike, so that a service holds only what is its own.

    lifecycle, problem_answers, request_metrics    what happens around every request
    readiness, private_port                        health and metrics
    migrations, cursors, validation, addresses     small tools of both
    server/                                        gunicorn: settings, metrics, the worker

The processor takes the private port alone, and needs neither Flask nor gunicorn for it.
"""
