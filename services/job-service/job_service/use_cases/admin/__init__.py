"""What administrators see and set right, across all users."""
