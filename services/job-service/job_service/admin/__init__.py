"""What administrators read and do, across all users."""
