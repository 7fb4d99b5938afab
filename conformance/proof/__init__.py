"""The kill matrix: each fault judged, each variant, and what that proves."""
