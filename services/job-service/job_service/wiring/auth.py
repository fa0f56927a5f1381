"""Auth on the core: the token verifier with the pool's keys, and the stores of sign-ins."""

from job_service.adapters.postgres_sign_ins import PostgresSignIns
from job_service.adapters.redis_sign_ins import RedisSignIns
from job_service.ports.auth import AuthPorts
from job_service.wiring.core import Core
from videoforge.tokens import KeySet, TokenVerifier, fetch_key_set


def build_auth(core: Core) -> AuthPorts:
    """Connect to nothing yet: the key set is fetched for the first token."""
    settings = core.settings
    return AuthPorts(
        database=core.database,
        verifier=TokenVerifier(
            issuer=settings.issuer,
            client_id=settings.cognito_client_id,
            key_set=KeySet(lambda: fetch_key_set(settings.jwks_url)),
        ),
        sign_ins=PostgresSignIns(),
        sign_in_cache=RedisSignIns(core.redis),
    )
