"""job-service: the only public API, the sole writer of jobs, and the keeper of users and uploads."""
