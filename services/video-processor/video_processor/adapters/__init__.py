"""The processor's hands: one file for each thing outside of it."""
