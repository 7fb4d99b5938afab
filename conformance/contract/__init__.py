"""The target's own OpenAPI document: read, made into validators, drawn from."""
