"""Process: Server-Sent Events of jobs, separate from the public API because each stream occupies a
thread."""

from flask import Flask

from job_service.events.hub import EventHub
from job_service.events.redis_feed import RedisJobFeed
from job_service.platform.platform import build_platform
from job_service.routes import events, health
from job_service.settings import Settings
from job_service.web.lifecycle import install_lifecycle
from job_service.web.services import EXTENSION
from job_service.wiring.services import build_services
from videoforge.logs import configure_logs
from videoforge.settings import load_settings

#: Streams query the database when they start and while Redis is down, for milliseconds each.
_POOL_SIZE = 8


def create_app(settings: Settings | None = None) -> Flask:
    """Return the WSGI app; tests pass settings, under gunicorn they are read from the
    environment."""
    settings = settings or load_settings(Settings)
    configure_logs(settings.service_name, level=settings.log_level)
    app = Flask("job_service.processes.events", static_folder=None)
    platform = build_platform(settings, pool_size=_POOL_SIZE)
    app.extensions[EXTENSION] = build_services(platform)
    app.extensions[events.HUB_EXTENSION] = EventHub(
        RedisJobFeed(platform.redis, history=platform.quiet_redis),
        max_streams=settings.events_max_streams,
        max_streams_per_user=settings.events_max_streams_per_user,
    )
    install_lifecycle(app)
    app.register_blueprint(events.blueprint)
    app.register_blueprint(health.blueprint)  # for the private port, which calls a worker
    return app
