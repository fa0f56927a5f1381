"""Room: who takes how much, and whether more may come."""
