"""Process: gallery-service under gunicorn. Wires settings → services → routes and decides nothing."""

from datetime import UTC, datetime
from functools import partial

from flask import Flask

from gallery_service.adapters.metrics import POOL, REQUESTS
from gallery_service.adapters.postgres_video_store import PostgresVideoStore
from gallery_service.adapters.redis_page_cache import TIMEOUT_SECONDS, RedisPageCache
from gallery_service.ports import Ports
from gallery_service.routes import health, internal, lists, videos
from gallery_service.routes.bodies import MAX_BODY_BYTES
from gallery_service.routes.service_token import check_service_token
from gallery_service.routes.services import EXTENSION, Services
from gallery_service.settings import Settings
from videoforge.logs import configure_logs
from videoforge.service_tokens import ServiceTokens
from videoforge.settings import load_settings
from videoforge.tokens import KeySet, TokenVerifier, fetch_key_set
from videoforge_clients.postgres import PostgresClient
from videoforge_clients.quiet_redis import QuietRedis, build_redis
from videoforge_web.lifecycle import install_lifecycle
from videoforge_web.readiness import Readiness


def create_app(settings: Settings | None = None) -> Flask:
    """Return the WSGI app; tests give settings, gunicorn lets them be read from the environment."""
    settings = settings or load_settings(Settings)
    configure_logs(settings.service_name, level=settings.log_level)
    return build_app(build_services(settings))


def build_services(settings: Settings) -> Services:
    """Return the real services; nothing is connected until the first request."""
    database = PostgresClient(
        settings.database_url,
        pool_size=settings.server_threads,
        application_name=settings.service_name,
        pool_metrics=POOL,
        slow_seconds=settings.slow_query_ms / 1000,
    )
    redis = build_redis(settings.redis_host, port=settings.redis_port, timeout_seconds=TIMEOUT_SECONDS)
    store = PostgresVideoStore(database)
    key_set = KeySet(partial(fetch_key_set, settings.jwks_url))
    return Services(
        ports=Ports(
            store=store,
            cache=RedisPageCache(QuietRedis(redis), page_seconds=settings.page_cache_seconds),
            clock=lambda: datetime.now(UTC),
        ),
        readiness=Readiness({"database": database.check, "redis": redis.ping}, needed={"database"}),
        service_tokens=ServiceTokens(settings.service_tokens),
        token_verifier=TokenVerifier(
            issuer=settings.issuer, client_id=settings.cognito_client_id, key_set=key_set
        ),
        anonymous_viewing=settings.anonymous_viewing,
    )


def build_app(services: Services) -> Flask:
    """Return the app on these services, real or fake."""
    app = Flask("gallery_service", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined] # fields stay in the document's order
    app.url_map.strict_slashes = True
    app.extensions[EXTENSION] = services
    install_lifecycle(app, metrics=REQUESTS, max_body_bytes=MAX_BODY_BYTES)
    app.before_request(check_service_token)
    for module in (lists, videos, internal, health):
        app.register_blueprint(module.blueprint)
    return app
