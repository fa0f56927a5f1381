"""The network of an address, for limits that count per client."""

import ipaddress


def name_network(address: str) -> str:
    """Return the address, or for IPv6 its /64, which one subscriber has; "unknown" for any other text."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False).network_address)
