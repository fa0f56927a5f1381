"""Fakes of the ports and values for tests, one module per feature; they pass the tests of the real
adapters."""
