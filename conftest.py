"""Registers the fixtures that every package's integration tests share."""

pytest_plugins = ["infra.local.testing"]
