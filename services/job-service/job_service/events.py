"""Process: Server-Sent Events of jobs, apart from the public API because each stream holds a thread."""

from flask import Flask

from job_service.adapters.redis_job_feed import RedisJobFeed
from job_service.routes import events, health
from job_service.routes.lifecycle import install_lifecycle
from job_service.routes.parts import EXTENSION
from job_service.settings import Settings
from job_service.use_cases.events.hub import EventHub
from job_service.wiring.core import build_core
from job_service.wiring.parts import build_parts
from videoforge.logs import configure_logs
from videoforge.settings import load_settings

#: Streams ask the database when they begin and while Redis is down, for milliseconds each.
_POOL_SIZE = 8


def create_app(settings: Settings | None = None) -> Flask:
    """Return the WSGI app; tests give settings, gunicorn lets them be read from the environment."""
    settings = settings or load_settings(Settings)
    configure_logs(settings.service_name, level=settings.log_level)
    app = Flask("job_service.events", static_folder=None)
    core = build_core(settings, pool_size=_POOL_SIZE)
    app.extensions[EXTENSION] = build_parts(core)
    app.extensions[events.HUB_EXTENSION] = EventHub(
        RedisJobFeed(core.redis, kept=core.quiet_redis),
        max_streams=settings.events_max_streams,
        max_streams_per_user=settings.events_max_streams_per_user,
    )
    install_lifecycle(app)
    app.register_blueprint(events.blueprint)
    app.register_blueprint(health.blueprint)  # for the private port, which asks a worker
    return app
