"""What VideoForge's services must agree on exactly, and what operators meet identically everywhere.

Messages, object keys, the token check, problems, settings loading and logs. No SQL and
no video rules; at most 650 lines in all, held by tests/test_dependency_rule.py.
"""
