"""How services reach servers that may hang or be away: PostgreSQL with a deadline, and a circuit.

The clients that two services need word for word. What an outage is called on the wire is each service's own.
"""
