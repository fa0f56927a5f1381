"""What the encode decides: values in, values out, no I/O and no clock."""
