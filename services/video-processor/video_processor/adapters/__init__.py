"""Adapters: one file for each external program or service."""
