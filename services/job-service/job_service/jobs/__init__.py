"""Jobs as users see them, their tasks, and the tables of both."""
