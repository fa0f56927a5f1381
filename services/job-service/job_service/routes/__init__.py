"""The HTTP layer: parse the request, call a step, shape the answer; no decisions are made here."""
