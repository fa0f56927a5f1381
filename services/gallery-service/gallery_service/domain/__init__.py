"""Values and decisions of the gallery: no I/O, no clock, no framework."""
