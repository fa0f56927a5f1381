"""The decisions of an encode as pure functions: no I/O and no clock."""
