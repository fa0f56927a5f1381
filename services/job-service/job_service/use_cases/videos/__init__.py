"""Videos: inspecting and confirming an upload, deleting and restoring."""
