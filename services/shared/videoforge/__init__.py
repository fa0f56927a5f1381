"""What VideoForge's services must agree on exactly, and what operators find identical everywhere.

Messages, object keys, the token check, problems, settings and logs. No SQL and no video rules; at
most 650 lines in all, enforced by tests/test_dependency_rule.py.
"""
