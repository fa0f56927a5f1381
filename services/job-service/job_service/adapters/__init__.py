"""The only modules that import an SDK, one vendor each; they turn its errors into ours."""
