"""HTTP in, HTTP out: parse, call one use case, shape the answer. service_token.py guards all routes."""
