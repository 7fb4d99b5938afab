"""Reports of a run: one document, and what is rendered from it."""
