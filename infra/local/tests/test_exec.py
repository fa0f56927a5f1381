"""`python -m infra.local exec` gives a command this stack's address and accounts, and no other
stack's."""

import json

import pytest

from infra.local.__main__ import build_user_environment
from infra.local.settings import StackSettings

ACCOUNTS = {"demo": {"email": "d@e.org", "password": "d"}, "admin": {"email": "a@e.org", "password": "a"}}


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "credentials.json").write_text(json.dumps(ACCOUNTS))
    return StackSettings(_env_file=None, state_dir=tmp_path, edge_port=8090)


def test_a_command_finds_the_stack_and_its_accounts(settings):
    assert build_user_environment(settings, {"PATH": "/bin"}) == {
        "PATH": "/bin",
        "VIDEOFORGE_URL": "http://localhost:8090",
        "VIDEOFORGE_EMAIL": "d@e.org",
        "VIDEOFORGE_PASSWORD": "d",
        "VIDEOFORGE_ADMIN_EMAIL": "a@e.org",
        "VIDEOFORGE_ADMIN_PASSWORD": "a",
    }


def test_an_account_of_the_users_own_keeps_its_password(settings):
    own = {"VIDEOFORGE_EMAIL": "me@e.org"}
    found = build_user_environment(settings, own)
    assert found["VIDEOFORGE_EMAIL"] == "me@e.org"
    assert "VIDEOFORGE_PASSWORD" not in found


def test_another_stack_is_given_none_of_this_stacks_passwords(settings):
    own = {"VIDEOFORGE_URL": "https://video.example.org"}
    assert build_user_environment(settings, own) == own
