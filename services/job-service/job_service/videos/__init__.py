"""Videos on job-service's side: confirming a source, inspecting it, changing and deleting."""
