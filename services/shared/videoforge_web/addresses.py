"""Whose an address is, for limits that count by it."""

import ipaddress


def name_network(address: str) -> str:
    """Return the address, or its /64 for IPv6, which is what one subscriber has; else "unknown"."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False).network_address)
