"""Commands beside the main job."""
