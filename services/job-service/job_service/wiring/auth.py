"""Wires auth: the user pool, the token verifier with its keys, sessions and ended sign-ins."""

from job_service.auth.codes import Argon2Codes, PyotpAuthenticator
from job_service.auth.cognito import CognitoIdentity, build_cognito_clients
from job_service.auth.ports import AuthPorts
from job_service.auth.seal import FernetSeal
from job_service.auth.stores.redis_cache import RedisAuthCache
from job_service.platform.platform import Platform
from job_service.wiring.unit_of_work import UnitsOfWork
from videoforge.tokens import KeySet, TokenVerifier, fetch_key_set


def build_auth(platform: Platform, *, database: UnitsOfWork) -> AuthPorts:
    """Connects to nothing yet: the key set is fetched for the first token. Raises ValueError for
    invalid session keys."""
    settings = platform.settings
    return AuthPorts(
        database=database,
        identity=_build_identity(platform),
        verifier=TokenVerifier(
            issuer=settings.issuer,
            client_id=settings.cognito_client_id,
            key_set=KeySet(lambda: fetch_key_set(settings.jwks_url)),
        ),
        cache=RedisAuthCache(platform.quiet_redis),
        seal=FernetSeal(settings.session_keys.get_secret_value()),
        code_hash=Argon2Codes(),
        authenticator=PyotpAuthenticator(),
        clock=platform.clock,
        session_days=settings.session_days,
        takes_sign_ups=settings.sign_up,
        auto_confirms=settings.auto_confirm_signups,
        fresh_minutes=settings.fresh_sign_in_minutes,
    )


def _build_identity(platform: Platform) -> CognitoIdentity:
    """A renewal is made while the session's row is locked, within the database's 10 s for idle
    transactions: hence the client with short timeouts."""
    settings = platform.settings
    client, quick = build_cognito_clients(
        region=settings.cognito_region, endpoint_url=settings.aws_endpoint_url
    )
    return CognitoIdentity(
        client,
        quick=quick,
        pool_id=settings.cognito_user_pool_id,
        client_id=settings.cognito_client_id,
    )
