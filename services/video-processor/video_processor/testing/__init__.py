"""Fakes of the ports, for the tests of this package and of whoever needs a processor without servers.

The store, the queue and job-service's API pass the same contract suites as the real adapters
(tests/test_*_contract.py).
"""
