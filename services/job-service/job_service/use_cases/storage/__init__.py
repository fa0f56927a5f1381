"""Uploads: granting, signing parts, completing, giving up."""
