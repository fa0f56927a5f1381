"""Every address in a process's environment goes through a separate link, to the right port."""

import pytest

from infra.local.provisioning.generated_secrets import StackSecrets
from tests.faults.harness.broken_stack import BrokenStack
from tests.faults.harness.proxy import Links
from tests.servers.processes import build_test_settings

pytestmark = pytest.mark.integration


@pytest.fixture
def stack(tmp_path):
    settings = build_test_settings(tmp_path, processors=2)
    with Links() as links:
        yield BrokenStack(settings, links=links, environment={"TRASH_HOURS": "1"})


def test_processes_are_told_of_ways_and_the_ways_lead_to_the_servers(stack):
    specs = {spec.name: spec for spec in stack._build_specs(StackSecrets())}
    settings = stack.settings
    assert specs["relay"].environment["DB_PORT"] == str(stack.link("relay", "postgres").port)
    assert stack.link("relay", "postgres").target_port == settings.postgres_port
    store = specs["processor-2"].environment["AWS_ENDPOINT_URL_S3"]
    assert store == f"http://127.0.0.1:{stack.link('processor-2', 'store').port}"
    assert stack.link("processor-2", "store").target_port == settings.store_port
    assert {link.name for link in stack.links_to("job-service")} == {
        "processor-1 to job-service",
        "processor-2 to job-service",
    }
    assert specs["gallery"].environment["TRASH_HOURS"] == "1"


def test_ways_stay_as_they_are_when_the_stack_is_described_again(stack):
    secrets = StackSecrets()
    before = [spec.environment for spec in stack._build_specs(secrets)]
    assert [spec.environment for spec in stack._build_specs(secrets)] == before


def test_a_changed_setting_is_of_the_named_processes_only(stack):
    stack._changed = {"relay": {"LEASE_SECONDS": "24"}}
    specs = {spec.name: spec for spec in stack._build_specs(StackSecrets())}
    assert specs["relay"].environment["LEASE_SECONDS"] == "24"
    assert "LEASE_SECONDS" not in specs["task-api"].environment


def test_the_programs_below_the_services_are_as_they_always_are(stack):
    specs = {spec.name: spec for spec in stack._build_specs(StackSecrets())}
    assert "TMPDIR" not in specs["postgres"].environment
    assert specs["store"].ports[0].number == stack.settings.store_port
