"""Pictures, contributions and self-contained reports; libraries that are slow to import load inside the functions."""
