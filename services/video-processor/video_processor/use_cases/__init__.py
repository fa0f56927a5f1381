"""One file per kind of task: what a processor does between claim and report."""
