"""Fakes of the ports, for this package's tests and for anything else that needs a processor without
servers.

The fakes of the store, the queue and job-service's API pass the same contract suites as the real
adapters (tests/test_*_contract.py).
"""
