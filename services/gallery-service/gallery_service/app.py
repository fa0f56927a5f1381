"""Process: gallery-service under gunicorn. Wires settings → parts → blueprints and decides nothing."""

from datetime import UTC, datetime
from functools import partial

from flask import Flask

from gallery_service.adapters.postgres_engine import PostgresGallery, build_database_url
from gallery_service.adapters.postgres_video_store import PostgresVideoStore
from gallery_service.adapters.redis_page_cache import RedisPageCache, build_redis
from gallery_service.ports import Ports
from gallery_service.routes import health, internal, lists, videos
from gallery_service.routes.lifecycle import install_lifecycle
from gallery_service.routes.parts import EXTENSION, Parts
from gallery_service.settings import Settings
from videoforge.logs import configure_logs
from videoforge.service_tokens import ServiceTokens
from videoforge.settings import load_settings
from videoforge.tokens import KeySet, TokenVerifier, fetch_key_set
from videoforge_clients.quiet_redis import QuietRedis


def create_app(settings: Settings | None = None) -> Flask:
    """Return the WSGI app; tests give settings, gunicorn lets them be read from the environment."""
    settings = settings or load_settings(Settings)
    configure_logs(settings.service_name, level=settings.log_level)
    return build_app(build_parts(settings))


def build_parts(settings: Settings) -> Parts:
    """Return the real parts; nothing is connected until the first request."""
    database = PostgresGallery(
        build_database_url(settings),
        pool_size=settings.server_threads,
        slow_seconds=settings.slow_query_ms / 1000,
    )
    redis = build_redis(settings.redis_host, port=settings.redis_port)
    key_set = KeySet(partial(fetch_key_set, settings.jwks_url))
    return Parts(
        ports=Ports(
            store=PostgresVideoStore(database),
            cache=RedisPageCache(QuietRedis(redis), page_seconds=settings.page_cache_seconds),
            clock=lambda: datetime.now(UTC),
        ),
        service_tokens=ServiceTokens(settings.service_tokens),
        token_verifier=TokenVerifier(
            issuer=settings.issuer, client_id=settings.cognito_client_id, key_set=key_set
        ),
        anonymous_viewing=settings.anonymous_viewing,
    )


def build_app(parts: Parts) -> Flask:
    """Return the app on these parts, real or fake."""
    app = Flask("gallery_service", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined] # fields stay in the document's order
    app.url_map.strict_slashes = True
    app.extensions[EXTENSION] = parts
    install_lifecycle(app)
    for module in (lists, videos, internal, health):
        app.register_blueprint(module.blueprint)
    return app
