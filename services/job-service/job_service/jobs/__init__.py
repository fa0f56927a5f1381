"""Jobs as users see them, their tasks, and the rows of both."""
