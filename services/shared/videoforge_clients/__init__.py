"""Clients of servers that may hang or be down, as two services need them: PostgreSQL with a
deadline, Redis that may be lost, a circuit breaker.
"""
