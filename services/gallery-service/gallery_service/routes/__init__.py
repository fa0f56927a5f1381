"""HTTP in, HTTP out: parse, call one use case, shape. The service token is asked for in lifecycle.py."""
