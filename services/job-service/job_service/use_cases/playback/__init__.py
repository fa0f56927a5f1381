"""Watching: addresses for players, and what lies behind them."""
